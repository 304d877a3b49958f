"""Columns that a contract does not know, and whose headings say that they change what a row means.

The state of a payment, a deletion, a currency, a unit, a correction, a count, a fee, another channel, or a column of
the contract once more: a row is what the contract's columns say only where such a cell holds nothing, or what is known
to be harmless. So it is with a column that has no heading: it may hold what was cut off the cell before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from expectations.contract import CONTRADICTED, Contract
from transforms.cells import cleaned
from transforms.header import fold, known
from transforms.rows import EXTRA

MARK = "\x1e"
"""First among the cells of a row beside the contract's columns (``rest``) where one of them contradicts these."""
_NO = r"(0+([.,]0+)?|f|n|no|false|none|tidak|tdk|bukan|nihil|tidak ada|sesuai|aktif|active|0000-00-00.*|-+)"
_PAID = (
    r"(sukses|berhasil|success(ful)?|succeeded|lunas|selesai|oke?|paid|settled|settlement|valid|done|completed?"
    r"|posted|approved|disetujui|verified|terverifikasi|final|cocok|match(ed)?|diterima|received|terbayar|dibayar"
    r"|sudah .*|y|ya|yes|true|t|0+|1|normal|cleared|accepted|captured?|aktif|active)"
)
_CHECK = (
    r"(verifikasi|validasi|valid|approv|setuju|persetujuan|konfirmasi|otorisasi|periksa|pemeriksaan|cek|check|review)"
)
_NOTHING = r"(rp\.?|idr|v|x|ok|ya|sudah|lunas|tunai|transfer|[^0-9A-Za-z]+)"
"""What may stand in a column without a heading: a currency, a way to pay, or a mark that a row was looked at."""
_INDEX = rf"(\d+\.?|{_NOTHING})"
"""... in the first one: also the number of the row, which programs write before their tables."""
_ZERO = r"(rp\.? ?)?0+([.,]0+)?|-+"
_SCALES = r".*\b(ribu(an)?|juta(an)?|mil[iy]ar(an)?|rb|jt|sen|cents?|thousands?|millions?|000)\b.*"
_ONE = r"(rp\.?|rupiah( penuh)?|idr|360|penuh|1([.,]0+)?)"
_LETTERS = "regexp_replace(upper({cell}), '[^0-9A-Z]', '', 'g')"
_WHOLE = "try_cast(regexp_replace(regexp_replace({cell}, '[.,][0-9]{{1,2}}$', ''), '[^0-9]', '', 'g') as bigint)"
_AGENT = "AB[0-9]{5}"
_PART_OF_A_NAME = re.compile(
    r"(nama )?(belakang|tengah|keluarga|marga|akhir)|(last|middle|family|sur) ?name|marga|fam", re.IGNORECASE
)
_NAMES_ONE_AGAIN = re.compile(r"(.+?)(\d{1,2}|x|y|baru|new|copy|salinan|right|kanan)")


@dataclass(frozen=True)
class _Kind:
    """A kind of heading, in words with single blanks between, and which of its cells, if not empty, change nothing.

    ``feeds`` are those with ``rupiah``, with such an ``amount`` that is not personal, with a ``payment``, or of
    ``people``, without an amount; empty for all. A kind that is ``turned`` tells which cells are not harmless. With
    ``beside`` they are so only beside a value of that column.
    """

    heading: str
    harmless: str
    feeds: str = ""
    turned: bool = False
    beside: str = ""


_KINDS = (
    _Kind(
        r"(kanal|channel|saluran|jalur|sumber|cara|asal|metode|melalui|via)"
        r"( (pendaftaran|daftar|registrasi|akuisisi|data|peserta|masuk))*",
        r".*\b(mandiri|sendiri|self|loket|counter|kantor cabang|walk ?-?in|datang langsung|jmo|lapak ?asik"
        r"|petugas cabang|non[ -]?perisai|bukan perisai|tanpa perisai)\b.*",
        turned=True,
        beside="agent_code",
    ),
    _Kind(r"(status|state|sts) (\w+ )*(transaksi|trx|transaction|bayar|pembayaran|payment|setor\w*|posting)", _PAID),
    _Kind(r"status|state|sts", _PAID, "payment"),
    _Kind(
        r"(status|state|sts)( \w+)?",
        rf"(draf|ditolak|reject|invalid).*|(pending|menunggu|gagal)( {_CHECK}.*)?|belum (di)?{_CHECK}.*",
        "people",
        turned=True,
    ),
    _Kind(r"(.* )?(deleted?|(di|peng)?hapus(an)?|void(ed)?|cancell?ed|(di|pem)?batal(kan|an)?|removed)( .*)?", _NO),
    _Kind(r"(.* )?(mata ?uang|currency|ccy|valuta|kurs)( .*)?", _ONE, "rupiah"),
    _Kind(r"(.* )?(denominasi|denomination|pengali|multiplier)( .*)?", _ONE, "rupiah"),
    _Kind(r"(.* )?(satuan|unit|skala)( .*)?", _SCALES, "rupiah", turned=True),
    _Kind(
        r"(.* )?(koreksi|correct(ed|ion)|revisi|revised|perbaikan|pembetulan|ralat|(se|yang )harusnya|seharusnya"
        r"|sebenarnya|adjust(ed|ment)|penyesuaian|selisih)( .*)?",
        _NO,
    ),
    _Kind(
        r"(jumlah|jml|jlh|banyak(nya)?|count|number of)"
        r" (kasus|klaim|transaksi|trx|orang|jiwa|peserta|anggota|tk|tenaga kerja|pekerja|pembayaran|kali|item)"
        r"|qty|quantity|kuantitas|frekuensi",
        r"0*([2-9]|[1-9][0-9]{1,2})([.,]0+)?",
        turned=True,
    ),
    _Kind(
        r"(.* )?(biaya (admin\w*|bank|transfer|layanan|transaksi|va)|fee|ongkos|denda|penalty|diskon|discount"
        r"|potongan|pajak|tax|ppn|pph|m[ae]terai|(sur)?charge)( .*)?",
        _ZERO,
        "amount",
    ),
    _Kind(
        r"(kurang|lebih|sisa|belum) (bayar|setor|dibayar)|sisa( tagihan| pembayaran)?|tunggakan|kekurangan|outstanding",
        _ZERO,
        "amount",
    ),
    _Kind(
        r"(flag|is|sudah) (posting|posted|post|bayar|dibayar|paid|lunas|setor|valid)|posting|posted",
        r"1|y|ya|yes|true|t|post(ed|ing)?|sudah.*|lunas|paid|ok|sukses",
        "payment",
    ),
    _Kind(
        r"(jenis|tipe|type|kode|kd|kategori) (penerimaan|transaksi|trx|setoran|mutasi)",
        r".*\b(cetak|biaya|denda|fee|admin\w*|m[ae]terai|sumbangan|lain(nya)?|titipan|rv|rev\w*|refund|retur\w*|batal|void"
        r"|koreksi)\b.*",
        "payment",
        turned=True,
    ),
    _Kind(r"op|operation|operasi|aksi|action|dml( type)?|jenis perubahan", r"d|del(eted?)?|hapus|dihapus", turned=True),
    _Kind(
        r"(kode |jenis |nama |kategori )?(segmen(tasi)?|segment|kepesertaan)( peserta| kepesertaan| tk)?",
        r"(pekerja )?penerima upah.*|p?pu|jakon.*|jasa konstruksi.*|pmi.*|pekerja migran.*|formal|pns|asn|tni|polri",
        turned=True,
    ),
    _Kind(
        r"(status )?hubungan( keluarga| dengan peserta)?|relasi|relationship",
        r"suami|ist?e?ri|anak.*|orang ?tua|ayah|ibu|keluarga|saudara|mertua|ahli waris|husband|wife|spouse|child(ren)?",
        "people",
        turned=True,
    ),
    _Kind(
        r"tahap(an)?|stage|progress|posisi( berkas| data)?|kelengkapan( berkas| dokumen)?",
        r"(draf|konsep|belum|blm|tidak|tdk|menunggu|pending|batal|ditolak|calon|prospek|kurang).*",
        turned=True,
    ),
    _Kind(
        rf"keputusan|putusan|decision|rekomendasi|hasil( {_CHECK}\w*| keputusan)?",
        r"(tidak|tdk|tak|belum|blm) .*|(di)?tolak.*|reject.*|gagal.*|denied",
        turned=True,
    ),
    _Kind(
        rf"(status )?{_CHECK}\w*|kualifikasi|kelulusan|kelayakan|sertifikasi|ujian",
        r"x|n|no|0|f|false|salah|invalid|gagal.*|(tidak|tdk|tak|belum|blm) .*|(di)?tolak.*|reject.*",
        turned=True,
    ),
    _Kind(
        r"(status|state|sts|ket|keterangan) (transfer|trf|cair|pencairan|kirim|bayar)",
        r"retur.*|gagal.*|(di)?tolak.*|kembali.*|return.*|fail.*|bounce.*|pending.*|expired?|refund.*|batal.*",
        turned=True,
    ),
    _Kind(
        r"(jenis|status|kategori|tipe) (nik|pendaftaran|peserta|registrasi)",
        r"(nik |peserta )?(lanjut(an)?|lama|pindahan|mutasi|perpanjangan)",
        "people",
        turned=True,
    ),
)
_OTHER_AGENT = re.compile(
    r"(di|pe)?re?krut(er|men)?( oleh)?|(kode )?(agen|perisai|referr?al|pembina|pengakuisisi)( .*)?"
)
_OTHER_AMOUNT = re.compile(
    r"((nilai|jumlah|nominal|total) )?(yang )?(dibayar(kan)?|terbayar|disetujui|diterima|disetor|cair|dicairkan)( rp)?"
)


def contradicts(
    header: tuple[str, ...], positions: Mapping[str, int], contract: Contract, cell: Callable[[int], str]
) -> str:
    """SQL: whether a column that the contract does not know says that a row is not what the others say.

    Args:
        header: the file's header.
        positions: of the contract's columns in it.
        contract: the feed's contract.
        cell: SQL of a cell as it was written, by its position.

    Returns:
        Empty where no heading is of such a kind.
    """
    has = {
        "": True,
        "payment": any(column.refunds for column in contract.exported),
        "rupiah": any(column.rupiah for column in contract.exported),
        "amount": (amount := any(column.rupiah and not column.personal for column in contract.exported)),
        "people": not amount,
    }
    found = []
    for at, name in enumerate(header):
        if at in positions.values():
            continue
        if not name.strip():
            beside = _INDEX if at == 0 else _NOTHING
            found.append(f"coalesce(not regexp_full_match({cleaned(cell(at))}, '(?i){beside}'), false)")
            continue
        words = re.sub("[^a-z0-9]+", " ", name.casefold()).strip()
        said = cleaned(cell(at))
        for kind in _KINDS:
            if has[kind.feeds] and re.fullmatch(kind.heading, words) and kind.beside in {"", *positions}:
                turn = "" if kind.turned else "not"
                there = f" and {cleaned(cell(positions[kind.beside]))} is not null" if kind.beside else ""
                found.append(f"coalesce({turn} regexp_full_match({said}, '(?i){kind.harmless}'){there}, false)")
        if _PART_OF_A_NAME.fullmatch(words):  # a name in two columns, of which the contract knows one
            found += [
                f"coalesce(not contains({_LETTERS.format(cell=cleaned(cell(positions[each])))},"
                f" {_LETTERS.format(cell=said)}), false)"
                for each in positions.keys() & {"full_name"}
            ]
        if (other := _again(name, contract)) in positions:
            once, again = (_LETTERS.format(cell=each) for each in (cleaned(cell(positions[other])), said))
            found.append(f"coalesce({once} <> {again}, false)")
        if "agent_code" in positions and _OTHER_AGENT.fullmatch(words):
            code = cleaned(cell(positions["agent_code"]))
            found.append(f"coalesce(regexp_full_match({said}, '{_AGENT}') and {said} <> {code}, false)")
        for column in contract.exported:
            if column.rupiah and not column.personal and column.name in positions and _OTHER_AMOUNT.fullmatch(words):
                rupiah = _WHOLE.format(cell=cleaned(cell(positions[column.name])))
                is_number = f"regexp_full_match({said}, '(?i)(rp[.]? ?)?[0-9][0-9.,]*')"
                found.append(f"coalesce({is_number} and {_WHOLE.format(cell=said)} not in ({rupiah}, 0), false)")
    return " or ".join(found)


def mark(con: duckdb.DuckDBPyConnection) -> None:
    """Gives the rows of the temporary table ``text`` whose ``rest`` begins with MARK their ``row_problem``."""
    con.execute(
        f"""update text set row_problem = '{CONTRADICTED}'
        where starts_with(rest, '{MARK}') and (row_problem is null or starts_with(row_problem, '{EXTRA}'))"""
    )


def _again(name: str, contract: Contract) -> str:
    """The column of the contract that a heading names once more: ``JUMLAH_IURAN.1``. No second phone or occupation."""
    meant = known(contract)
    found = _NAMES_ONE_AGAIN.fullmatch(fold(name))
    if not found or f"{found[1]}1" in meant:
        return ""
    column = next((each for each in contract.exported if each.name == meant.get(found[1])), None)
    return column.name if column and (column.required or not column.personal) else ""
