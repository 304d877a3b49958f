"""The words by which people say of rows that they do not count, or are other than they stand there: one table for all.

They stand in a remark beside a row, in the comment of a cell, behind a name or a document's number, in a title, a text
box, or a print header. Patterns are of RE2, as DuckDB has them, and are matched without case.
"""

from __future__ import annotations

import re

from expectations.contract import Contract
from transforms.told_months import MONTHS

BACK = (
    r"\b(pengembalian|dikembalikan|refund(s|ed)?|restitusi|retur|returned|reversal"
    r"|pembatalan|dibatalkan|batal|void(ed)?)\b"
)
"""What was received was paid back."""
FAILED = r"gagal|failed|invalid|(tidak|tdk) (sah|valid)|dobel|duplikat|duplicate"
VOID = (
    r"\b(uji ?coba|dummy|jangan (di)?(proses|input|pakai|gunakan|hitung)|salah (input|entri?)|do not (process|load|use)"
    r"|tertukar|belum (di)?setujui|belum final|not final"
    r"|(data|baris|file|contoh) (contoh|sampel|tes|testing|percobaan)|contoh (data|baris|isian|pengisian)"
    rf"|(test|sample|training) (data|rows?|file)|{FAILED}"
    r"|(data|input|entri|iuran|pembayaran|klaim|peserta|pendaftaran) ganda)\b"
)
"""Rows are none: of a training, a sample, a draft, a mistake, failed or double (a count of these says nothing)."""
CANCELLED = (
    r"\b(dibatalkan|batal|cancel(l?ed)?|void(ed)?|dihapus|hapus|deleted|double|ganda"
    r"|(di)?coret|(tidak|tdk) (di)?(pakai|hitung)|(tidak|tdk|blm|belum) cair|(cek|giro) kosong|tertukar|ralat"
    r"|(se|yang |yg )?harusnya|y(an)?g (benar|betul)"
    r"|salah (input|ketik|entri|entry)|(di)?abaikan|tidak jadi"
    r"|jangan (di)?(proses|hitung|input|bayar)|belum (di)?(bayar|lunas|setor)|unpaid"
    rf"|uji ?coba|dummy)\b|{VOID}"
)
"""A row of any feed does not count."""
_LEFT = (
    r"\b(mengundurkan diri|undur diri|resign(ed|s)?|(sudah |telah )?meninggal|wafat|almarhum(ah)?|almh?|deceased|died"
    r"|(di)?berhenti(kan)?|(tidak|tdk|non|gak?|bukan)[ -]?(lagi )?aktif( lagi)?|di ?non ?aktifkan|inactive|pensiun"
    r"|(sudah|telah) (keluar|pindah)|pindah (ke )?(cabang|kantor|kota|provinsi|kacab)|keluar (per|sejak|tgl|tanggal)"
    r"|kartu (sudah |telah )?(ditarik|dicabut|dikembalikan)|terminated|left"
    r"|putus (kontrak|pks|kerja ?sama)|(kontrak|pks|kerja ?sama) (di)?putus(kan)?"
    r"|(di)?bekukan|pembekuan|(di)?skors(ing)?|(di)?tangguhkan|suspend(ed)?|blacklist(ed)?|(izin|pks) dicabut)\b"
)
_HELD = (
    r"pending|on hold|(di|ter)tahan|(di|ter)tunda|tolakan|ditolak bank|rek(ening)?\.? (pasif|dormant|beku|dibekukan)"
    r"|salah (rek(ening)?|norek|transfer|setor|kirim|bayar|nominal|va)|(ke)?lebih(an)? (pem)?(bayar|setor)(an)?"
    r"|(minta|mohon|diminta|harap) (di)?kembali(kan)?"
    r"|(rek(ening)?|norek)\b[^|]{0,30}\b(di)?(tutup|salah|blokir|mati|tidak (aktif|valid|ditemukan))"
)
"""Money is not where it should be."""
_BOUNCED = (
    r"\b(dikembalikan|retur(ed)?|returned|bounced?|(uang|dana|transfer(an)?|trf) (masuk |di|ter)?(kembali|balik)"
    r"|(masuk|balik|kembali) (lagi )?ke (kas|rekening (kantor|cabang|bpjs))|kembali masuk|ditolak bank"
    r"|(gagal|tidak|tdk|belum|blm) (di|ter)?(transfer|bayar(kan)?|kirim|terima|masuk|cair(kan)?)"
    rf"|(account|acc) closed|closed account|{_HELD})\b"
)
_YET = r"(belum|blm|blum|tidak|tdk|gagal)( ada)?( di ?| ter ?| | mem| pem)"
_CHECKED = r"(verif\w*|valid\w*|konfirmasi|approv\w*|setujui|persetujuan)"
_UNPAID = (
    rf"\b({_YET}(se?tor(an|kan)?|masuk|cair|bayar(kan|an)?|lunas(i)?|posting|terima|transfer|rekon\w*|proses|{_CHECKED})"
    rf"|unpaid|not (yet )?paid|(me)?nunggak|menunggu (setor\w*|bayar\w*|pembayaran|transfer|dana|bank|{_CHECKED})"
    rf"|{_HELD})\b"
)
_UNFINISHED = (
    rf"(^|\x1f)pending($|\x1f)|\b({_YET}(lengkap|lolos|padan|rekam|proses|memenuhi|tanda tangan|ttd|{_CHECKED})"
    r"|(kurang|tidak|tdk) (lengkap|sesuai)|(belum|blm|tidak|tdk) (lulus|lolos) (uji|tes|seleksi|verif\w*)"
    r"|(berkas|dokumen|syarat|ktp|kk|foto|formulir) (\w+ )?(menyusul|kurang|(belum|blm|tidak|tdk) ada)"
    rf"|menunggu (berkas|dokumen|ktp|dukcapil|tanda tangan|ttd|{_CHECKED})"
    rf"|pending (berkas|dokumen|ktp|data|{_CHECKED})|(di|ter)tunda|(di)?tolak(an)?"
    r"|(sudah|sdh|telah|pernah) (ter)?daftar (sebelum(nya)?|lama|dulu|sejak|tahun|thn?|oleh|lewat|melalui agen|\d{4}"
    r"|di (cabang|pt|cv|perusahaan|kantor))|sudah (jadi|menjadi|ada sebagai) peserta|peserta lama|(ganti|pindah) agen"
    r"|(pen)?daftar(an)? ulang|re ?-?aktivasi|(peng)?aktif(an)? kembali)\b"
)
MEANINGS = {"left": _LEFT, "bounced": _BOUNCED, "unpaid": _UNPAID, "unfinished": _UNFINISHED}
"""What the words of a contract's ``deniedBy`` and ``notOf`` are.

Somebody left or died; what was paid out came back; a contribution was not received; a registration is not done.
"""
_LATER = (
    r"\b(sempat|tadinya|awalnya|semula|kemarin)\b[^\x1f]{0,40}\b(sudah|sdh|telah|kini|akhirnya|sekarang)\b"
    r"|\b(tidak|tdk|tak|bukan|tanpa)( ada)?( yang| yg)? (pending|tunggakan|tertahan|ditahan|tolakan|ditolak|lebih bayar"
    r"|salah \w+)"
)
"""Takes it back that something is not done yet."""
WITHOUT_LATER = f"regexp_replace(rest, '(?i){_LATER}', '', 'g')"
"""SQL of what stands beside a row, without that."""
NOT_SO = (
    r"\b(belum|tidak|tdk|batal|tidak jadi|bukan|jika|bila|kalau|apabila)"
    r" (mengundurkan|berhenti|resign|pensiun|meninggal)"
)
"""Takes it back that somebody left."""
BEHIND_A_NAME = r"[(\[{].*|\s[-/=*]+ .*|, *alm\w*\.?$"
"""Where words stand behind a name that are none of it."""
OF_ANOTHER = r"\b(bin|binti|bt|bte|b|anak|istri|suami|janda|duda)\b.*\balm"
"""In a name: who died is the father, the wife or the husband."""
BEFORE_A_NUMBER = (
    r"^(rfd|rfnd|refund|retur|reversal|rev|pengembalian|btl|batal|void|contoh|sample|tes|test|dummy|gagal|salah)[-/. ]+"
)
BEHIND_A_NUMBER = (
    r"[-/.]+(btl|batal|dibatalkan|void(ed)?|cancel(l?ed)?|cxl|hapus|rfn?d|refund|retur|reversal|rev|koreksi|gagal|failed"
    r"|dup|dupl?ikat|duplicate|dobel|double|ganda|copy|salah|contoh|sample|tes|test|dummy)$"
)

NONE_OF_IT = (
    r"\b(?<!balai )(?<!lembaga )latihan\b(?! kerja)|\b(simulasi|draft?|fiktif|(bukan|not) (data |file )?(yang |yg )?"
    r"(asli|riil|sebenarnya|real)|(estimasi|perkiraan)(?! (lahir|umur|usia|upah|gaji|penghasilan|pendapatan))|proyeksi"
    r"|prediksi|forecast|projections?|estimate[sd]?|rencana (penerimaan|iuran|pendaftaran|pembayaran|klaim|akuisisi))\b"
)
"""In a title: rows of no feed are meant."""
_RECEIVED = r"(penerimaan|pembayaran|pelunasan|setoran|realisasi|receipts?|payments?)"
TITLES = {
    "unpaid": (
        rf"^(?!.*\b{_RECEIVED}\b.*\b(tagihan|tunggakan|piutang))(?!.*\b(sudah|telah|lunas|terbayar|tidak ada|nihil)\b)"
        r".*\b(?<!kode )(?<!no )(?<!nomor )(?<!id )(tagihan|penagihan|tunggakan|piutang)\b"
    ),
    "unfinished": (r"\b((tidak|tdk|belum|blm|gagal) (lolos|lulus|valid|sah|padan|cocok|eligible)|menyusul|rejected)\b"),
    "prospects": r"\b(calon|kandidat|prospe[kc](ts?|tive)?|peminat|usulan)\b",
    "left": rf"{_LEFT}|\b(?<!surat )(?<!kartu )(?<!nomor )(?<!no )(?<!tanggal )(?<!tgl )keluar\b|\bpenonaktifan\b",
    "not_asked": (
        r"\b((belum|blm|tidak|tdk|akan) (di|ter|meng)? ?(aju(kan)?|daftar(kan)?|input|lapor(kan)?)"
        r"|(calon|potensi) klaim)\b"
    ),
    "wage_earners": (
        r"(?<!bukan )(?<!non )(?<!selain )\bpenerima upah\b|\bppu\b|\bpu( dan)? bpu\b|\bbpu( dan)? pu\b"
        r"|^pu$|\b(?<!non )(segmen|kategori|kepesertaan|peserta|iuran|pekerja|program) (pu|pmi|jakon)\b"
        r"|^(?!.*\b(bpu|bukan penerima upah)\b).*\b(jakon|jasa konstruksi|pekerja migran)\b"
    ),
}
"""What a title says of a list that is another than the feed's (``notOf``), beside the words of MEANINGS."""
_MARKING = (
    r"\b(kuning|merah|hijau|biru|abu|kelabu|oranye|orange|jingga|ungu|pink|coklat|warna|berwarna|arsir(an)?|diarsir"
    r"|blok|diblok|highlight|stabilo|bertanda|tanda(?! tangan)|bintang|tebal|miring|bold|italic|yellow|red|green|blue"
    r"|colou?r)\b"
)
_NUMBERED = r"\b(no|nomor|nomer|urut|baris|row|rows|line)( urut)? ?\d|^\W*\*"
_DOCUMENT = r"(?<!\S)(?=\S*\d)(?=\S*[A-Za-z])[\w./-]{6,}|\b\d{11}(\d{5})?\b"
LEGEND = f"{_MARKING}|{_NUMBERED}|{_DOCUMENT}"
"""In a note: it tells of some rows, by their colour, mark, place or number."""

BESIDE_THE_CELLS, NAME_INSIDE = -1, -2
"""Line of what stands in a text box, a print header or the heading of a page, and of the name of a packed file."""


def place(line: int) -> tuple[str, str]:
    """Where words stand that are no data, in both languages; line 0 is the name of the sheet."""
    others = {
        0: ("Nama lembar", "the sheet's name"),
        BESIDE_THE_CELLS: (
            "Kotak teks, kop cetak atau judul halaman",
            "a text box, a print header or a page's heading",
        ),
        NAME_INSIDE: ("Nama file di dalam kemasan", "the name of the packed file"),
    }
    return others.get(line, (f"Baris {line}", f"line {line}"))


def of_rows(contract: Contract) -> str:
    """The pattern of all words that say something of a feed's row beside the contract's columns."""
    denied = {meaning for column in contract.exported for _, meaning in column.denied_by}
    months = [MONTHS] if any(column.spans for column in contract.exported) else []
    return "|".join([BACK, CANCELLED, *months, *(MEANINGS[each] for each in sorted(denied)), *_not_of(contract)])


def cancelled(contract: Contract) -> str:
    """The pattern of words beside a row that say that it does not count."""
    return "|".join([CANCELLED, *_not_of(contract)])


def of_another_list(contract: Contract) -> re.Pattern[str]:
    """The pattern of titles, as ``plain`` has them, that name another list than the feed's."""
    said = [TITLES[each] for each in contract.not_of if each in TITLES]
    return re.compile("|".join([*said, *_not_of(contract)]) or "(?!)", re.IGNORECASE)


def _not_of(contract: Contract) -> list[str]:
    return [MEANINGS[each] for each in contract.not_of if each in MEANINGS and each != "left"]


def plain(title: str) -> str:
    """A title in words with single blanks between: ``BELUM_DI-BAYAR`` and ``BelumBayar`` have two words or more."""
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title)))
