"""The words by which people say of rows that they do not count, or are other than they stand there: one table for all.

They stand in a remark beside a row, in the comment of a cell, behind a name or a document's number, in a title, a text
box, or a print header. Patterns are of RE2, as DuckDB has them, and are matched without case.
"""

from __future__ import annotations

from expectations.contract import Contract
from transforms.told_months import MONTHS

BACK = (
    r"\b(pengembalian|dikembalikan|refund(s|ed)?|restitusi|retur|returned|reversal"
    r"|pembatalan|dibatalkan|batal|void(ed)?)\b"
)
"""What was received was paid back."""
VOID = (
    r"\b(uji ?coba|dummy|jangan (di)?(proses|input|pakai|gunakan|hitung)|salah (input|entri?)|do not (process|load|use)"
    r"|tertukar|belum (di)?setujui|belum final|not final"
    r"|(data|baris|file|contoh) (contoh|sampel|tes|testing|percobaan)|contoh (data|baris|isian|pengisian)"
    r"|(test|sample|training) (data|rows?|file))\b"
)
"""Rows are none: of a training, a sample, a draft, a mistake."""
CANCELLED = (
    r"\b(dibatalkan|batal|cancel(l?ed)?|void(ed)?|dihapus|hapus|deleted|dobel|double|duplikat|duplicate|ganda"
    r"|(di)?coret|(tidak|tdk) (di)?(pakai|hitung)|(tidak|tdk|blm|belum) cair|(cek|giro) kosong|tertukar|ralat"
    r"|(se|yang |yg )?harusnya|y(an)?g (benar|betul)"
    r"|(data|input|entri) ganda|salah (input|ketik|entri|entry)|(di)?abaikan|tidak jadi|gagal|failed|invalid"
    r"|jangan (di)?(proses|hitung|input|bayar)|(tidak|tdk) (sah|valid)|belum (di)?(bayar|lunas|setor)|unpaid"
    rf"|uji ?coba|dummy)\b|{VOID}"
)
"""A row of any feed does not count."""
_LEFT = (
    r"\b(mengundurkan diri|undur diri|resign(ed|s)?|(sudah |telah )?meninggal|wafat|almarhum(ah)?|almh?|deceased|died"
    r"|(di)?berhenti(kan)?|(tidak|tdk|non|gak?|bukan)[ -]?(lagi )?aktif( lagi)?|di ?non ?aktifkan|inactive|pensiun"
    r"|(sudah|telah) (keluar|pindah)|pindah (ke )?(cabang|kantor|kota|provinsi|kacab)|keluar (per|sejak|tgl|tanggal)"
    r"|kartu (sudah |telah )?(ditarik|dicabut|dikembalikan)|terminated|left)\b"
)
_BOUNCED = (
    r"\b(dikembalikan|retur(ed)?|returned|bounced?|(uang|dana|transfer(an)?|trf) (masuk |di|ter)?(kembali|balik)"
    r"|(masuk|balik|kembali) (lagi )?ke (kas|rekening (kantor|cabang|bpjs))|kembali masuk|ditolak bank"
    r"|(rek(ening)?|norek)\b[^|]{0,30}\b(di)?(tutup|salah|blokir|mati|tidak (aktif|valid|ditemukan))"
    r"|(gagal|tidak|tdk|belum) (di)?(transfer|bayar(kan)?|kirim)|(account|acc) closed|closed account)\b"
)
MEANINGS = {"left": _LEFT, "bounced": _BOUNCED}
"""What the words of a contract's ``deniedBy`` are: somebody left or died; what was paid out came back."""
NOT_SO = (
    r"\b(belum|tidak|tdk|batal|tidak jadi|bukan|jika|bila|kalau|apabila)"
    r" (mengundurkan|berhenti|resign|pensiun|meninggal)"
)
"""Takes it back that somebody left."""
BEHIND_A_NAME = r"[(\[{].*|\s[-/=*]+ .*|, *alm\w*\.?$"
"""Where words stand behind a name that are none of it."""
OF_ANOTHER = r"\b(bin|binti|bt|bte|b|anak|istri|suami|janda|duda)\b.*\balm"
"""In a name: who died is the father, the wife or the husband."""
BEHIND_A_NUMBER = r"[-/.]+(btl|batal|dibatalkan|void(ed)?|cancel(l?ed)?|cxl|hapus)$"


BESIDE_THE_CELLS = -1
"""Line of what stands in a text box or a print header."""


def place(line: int) -> tuple[str, str]:
    """Where words stand that are no data, in both languages; line 0 is the name of the sheet."""
    others = {
        0: ("Nama lembar", "the sheet's name"),
        BESIDE_THE_CELLS: ("Kotak teks atau kop cetak", "a text box or a print header"),
    }
    return others.get(line, (f"Baris {line}", f"line {line}"))


def of_rows(contract: Contract) -> str:
    """The pattern of all words that say something of a feed's row beside the contract's columns."""
    denied = {meaning for column in contract.exported for _, meaning in column.denied_by}
    months = [MONTHS] if any(column.spans for column in contract.exported) else []
    return "|".join([BACK, CANCELLED, *months, *(MEANINGS[meaning] for meaning in sorted(denied))])
