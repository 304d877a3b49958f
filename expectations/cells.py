"""What is looked for in every cell of a kind of column, whatever the feed: a table of SQL and words.

The contract makes of each entry a derived column, 1 where it is found, and a rule that rejects the row. Hardly any
cell holds one: what is found is listed by name in one column ``FOUND`` of the rows. So the
clerk is told the cause (a fraction, an exponent, an error of the spreadsheet), and nothing personal gets into a
column that is not personal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_BLANK = r"[ \x{a0}\x{2007}\x{202f}\x{200b}-\x{200f}\x{2060}\x{feff}]"
_YEAR, _MONTH, _DAY = "20[0-3][0-9]", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_PROVINCE = "(?:1-?[1-9]|2-?1|3-?[1-6]|5-?[1-3]|6-?[1-5]|7-?[1-6]|8-?[12]|9-?[1-7])"
_BIRTH = "(?:[04]-?[1-9]|[1256]-?[0-9]|[37]-?[01])-?(?:0-?[1-9]|1-?[0-2])-?[0-9]-?[0-9]"
_NIK = (
    "[0-9]{16}",
    f"(?:^|[^0-9]){_PROVINCE}(?:-?[0-9]){{4}}-?{_BIRTH}(?:-?[0-9]){{4}}(?:[^0-9]|$)",
)
_KPJ = "(?:^|[^0-9])[0-9]{11}(?:[^0-9]|$)"
_PHONE = r"(?:^|[^0-9])(?:08[1-9]|(?:00)?62-?0?-?8[1-9]|\+-?[1-9][0-9])(?:-?[0-9]){7}"


def _groups(*sizes: str) -> str:
    """A pattern of digits in groups of these sizes, none before or behind."""
    parts = ("-".join(f"[0-9]{{{size}}}" for size in each.split("-")) for each in sizes)
    return f"(?:^|[^0-9-]-?)(?:{'|'.join(parts)})(?:-?[^0-9-]|-?$)"


_SPLIT_NIK = _groups("4-4-4-4", "6-6-4", "8-8", "6-10", "12-4", "2-2-2-6-4", "4-2-6-4", "2-2-2-2-2-2-4")
_SPLIT_KPJ = _groups("5-6", "6-5", "3-3-5", "3-5-3", "5-3-3", "3-4-4", "4-3-4", "4-4-3", "2-3-3-3", "3-3-3-2")
# 4-7 and 7-4 are left to documents: a region's code and a running number


_MANY_DIGITS = "CASE WHEN length({text}) >= 10 THEN regexp_matches({text}, '(?:[0-9][^0-9A-Za-z]*){10}') ELSE FALSE END"


def _personal(column: str) -> str:
    """SQL that is true where a text holds what looks like a NIK, a KPJ or a phone.

    Digits are put together over blanks, and looked at in their groups between ``-``, ``/`` and ``.``. A group that
    is a year, a month or a short date, or that begins with a whole date belongs to a document's number: no NIK
    begins with 20. Few texts have ten digits with no letter between, and only those are looked at closely.
    """
    dashes = rf"regexp_replace({column}, '{_BLANK}*[./_:,()\\-]+{_BLANK}*', '-', 'g')"
    together = rf"regexp_replace({dashes}, '([0-9]){_BLANK}+', '\1', 'g')"
    whole = f"{_YEAR}{_MONTH}{_DAY}|{_DAY}{_MONTH}{_YEAR}"
    date = rf"(^|[^0-9])(?:{whole}|(?:{_YEAR}{_MONTH}?|{_DAY}{_MONTH}[0-9]{{2}}|[0-9]{{2}}{_MONTH}{_DAY})\b)"
    dateless = rf"regexp_replace({together}, '{date}', '\1Y', 'g')"
    patterns = "|".join([*_NIK, _KPJ, _PHONE, _SPLIT_KPJ])
    return (
        f"CASE WHEN {_MANY_DIGITS.replace('{text}', column)} THEN"
        f" regexp_matches({together}, '{_SPLIT_NIK}') OR regexp_matches({dateless}, '{patterns}') END"
    )


# NTB05231003001 is the branch's, the day's and a running number, although it has as many digits as a card
_OF_THE_BRANCH = (
    "starts_with({column}, sender_code) AND regexp_matches(sender_code, '^[A-Z]')"
    " AND length(regexp_replace({column}, '[^0-9]', '', 'g')) < 16"
)
_BEHIND_THE_BRANCH = "('X' || substr({column}, length(sender_code) + 1))"

_DITTO = (
    r"""(?i)[-\s]*(["“”„〃]|["“”]{2}|\x{27}{2}|\x{2019}{2}|,,|//|\^|idem[.]?|id[.]|ditto|s[.]?\s?d[.]?\s?a[.]?"""
    r"|(sama|seperti) (dengan |dgn )?(di )?atas)[-\s]*|#{2,}"
)

_MONTH_NAME = "jan|feb|mar|apr|may|mei|jun|jul|aug|agu|agt|sep|oct|okt|nov|dec|des"
_DATE_OF_A_SPREADSHEET = (
    "({text} LIKE '____-__-__%' AND regexp_full_match({text}, '[0-9]{4}-[01][0-9]-[0-3][0-9]( [0-9:.]+)?'))"
    f" OR (length({{text}}) < 12 AND regexp_full_match({{text}}, '(?i)[0-9]{{1,2}}-({_MONTH_NAME})(-[0-9]{{2,4}})?"
    f"|({_MONTH_NAME})-[0-9]{{2,4}}|[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}'))"
)

_BEHIND = bytes(range(0x80, 0xC0)).decode("cp1252", "ignore")  # what the second byte of UTF-8 looks like
_SIGNS = bytes.fromhex("8283848687 88898b98 a1a2a3a4a5a6a7 acb1b6").decode("cp1252")  # letters of code page 850 or 437
_MARKS = bytes.fromhex("85 93949599 9b a9aeb0").decode(
    "cp1252"
)  # also such letters, but beside a letter they may stand
_MISREAD = "|".join(
    (
        r"[\x{fffd}\x{80}-\x{9f}]",
        f"[\u00c2\u00c3][{_BEHIND}]|[\u00c4\u00c5][{_SIGNS}\u00a8-\u00bf]|\u00e2\u20ac",
        rf"\pL[{_SIGNS}]|[{_SIGNS.replace(chr(0x201E), '').replace(chr(0x2039), '')}]\pL",
        rf"\pL[{_MARKS}?]\pL",
        r"&(?:[A-Za-z]{2,8}|#[xX]?[0-9A-Fa-f]{1,6});",
        r"\\[ux\x22\x27\\]",  # as programs write letters and quotes
        r"[\p{Cyrillic}\p{Greek}]",  # of which some look like Latin ones
        r"[\x{fb00}-\x{fb06}]",  # two letters in one, as a PDF has them
        r"\pL\x{2018}[^\x{2019}]*$|\pL\x{178}\p{Ll}",  # \u00eb and \u00fc of a Mac; a quotation is closed again
        r"\p{Ll}[\x{178}\x{160}\x{152}\x{17d}\x{c6}\x{d5}]|\p{Lu}\x{161}\p{Lu}",
    )
)


FOUND = "found"
"""Column of the typed rows that names the derived columns which are 1, with blanks between; null where none is."""


@dataclass(frozen=True)
class Finding:
    """What is looked for.

    Attributes:
        rule: the rule's name without that of the column.
        of: the columns that are looked at, none of which has a list of values: ``text`` (that is not personal),
            ``words`` (any text), ``name`` (of a person), ``rupiah`` or ``any`` (but a time,
            which is a hint).
        condition: SQL with the column as ``{column}``, what the file said as ``{text}``, and that no other column says
            that the person left as ``{there}``, and the column that ``variesMoreThan`` names, or the column itself, as
            ``{beside}``; the row's ``sender_code`` is there.
        reason: what it says of the column, in English.
        saran: the same in Bahasa Indonesia.
        only_if: SQL that costs little and is true wherever the condition is, with ``{text}``. Where it is true for no
            cell of a column, the condition is not asked.
        severity: of the rule.
    """

    rule: str
    of: str
    condition: str
    reason: str
    saran: str
    only_if: str = "TRUE"
    severity: Literal["error", "warning"] = "error"

    def sql(self, column: str, kind: str, there: str) -> str:
        """The derived column's SQL."""
        text = column if kind == "string" else f"{column}_text"
        condition = (
            self.condition.replace("{column}", f'"{column}"').replace("{text}", f'"{text}"').replace("{there}", there)
        )
        return f"CASE WHEN {condition} THEN 1 END"


# most cells begin with a digit, or with a letter with which no such mark begins
_FIRST = "ord({text})"
_MAY_BE_DITTO = (
    f"{_FIRST} NOT BETWEEN {ord('0')} AND {ord('9')} AND ({_FIRST} NOT BETWEEN {ord('A')} AND {ord('z')}"
    f" OR {_FIRST} IN ({', '.join(str(ord(letter)) for letter in '^DISdis')}))"
)
_IS_NO_PLAIN_NUMBER = "regexp_matches({text}, '(?s).[^0-9]')"

FINDINGS = (
    Finding(
        "is_not_repeated",
        "any",
        f"regexp_full_match({{text}}, '{_DITTO}')",
        "holds a mark instead of a value: a ditto mark, idem, sda, or #### of a column that is too narrow. Repeat the"
        " value on each row, and export anew",
        "berisi tanda sebagai pengganti nilai: tanda kutip ulang, idem, sda, atau #### dari kolom yang terlalu sempit."
        " Tulis ulang nilainya di setiap baris, lalu ekspor ulang",
        _MAY_BE_DITTO,
    ),
    Finding(
        "letters_intact",
        "words",
        f"regexp_matches({{text}}, '[^ -~]|[A-Za-z][?]|&[A-Za-z#]|\\\\') AND regexp_matches({{text}}, '{_MISREAD}')",
        "has letters that were damaged on the way, such as \u00c3\u00a9, \u201a or &eacute; instead of é, signs of a"
        " program such as \\u0027, or letters that only look like Latin ones. Export anew as CSV UTF-8",
        "berisi huruf yang rusak di perjalanan, seperti \u00c3\u00a9, \u201a atau &eacute; sebagai ganti é, tanda"
        " program seperti \\u0027, atau huruf yang hanya mirip huruf Latin. Ekspor ulang sebagai CSV UTF-8",
        "strlen({text}) <> length({text}) OR contains({text}, '?') OR contains({text}, '&') OR contains({text}, '\\')",
    ),
    Finding(
        "not_a_date",
        "text",
        _DATE_OF_A_SPREADSHEET,
        "holds a date, which a spreadsheet made of another text: of 7/10 or 3/2023, perhaps. Format the column as text,"
        " type the value again, and export anew",
        "berisi tanggal, yang dibuat spreadsheet dari teks lain, misalnya dari 7/10 atau 3/2023. Format kolom sebagai"
        " teks, ketik ulang nilainya, lalu ekspor ulang",
        "contains({text}, '-') OR contains({text}, ':')",
    ),
    Finding(
        "not_an_error",
        "rupiah",
        "{column} IS NULL AND regexp_matches({text}, '^(#|Err:[0-9])')",
        "holds an error of the spreadsheet, such as #N/A, another number, sign or word in its number format, letters"
        " that are struck through, or a formula that adds the rows above. Mend the cell, and export anew",
        "berisi kesalahan spreadsheet seperti #N/A, angka, tanda atau kata lain dari format selnya, huruf tercoret,"
        " atau rumus yang menjumlahkan baris di atasnya. Perbaiki selnya, lalu ekspor ulang",
        "ord({text}) IN (35, 69)",
    ),
    Finding(
        "not_scientific",
        "rupiah",
        "{column} IS NULL AND regexp_matches({text}, '^[^A-Z]*[0-9][eE][+-]?[0-9]+$')",
        "was written with an exponent, such as 1.84E+06; its last digits may be lost. Format the column as a number"
        " without decimals, and export anew",
        "ditulis dengan pangkat seperti 1.84E+06; digit terakhirnya mungkin hilang. Format kolom sebagai angka tanpa"
        " desimal, lalu ekspor ulang",
        _IS_NO_PLAIN_NUMBER,
    ),
    Finding(
        "minus_before",
        "rupiah",
        "{column} IS NULL AND regexp_matches({text}, '[0-9] *-$')",
        "has its minus behind the number, where it may also be the half of ,-. Write a refund as -36800",
        "memuat minus di belakang angka, yang bisa juga separuh dari ,-. Tulis pengembalian sebagai -36800",
        _IS_NO_PLAIN_NUMBER,
    ),
    Finding(
        "not_a_fraction",
        "rupiah",
        "{column} IS NULL AND regexp_matches({text}, '([.,][0-9]{1,2}|[.,][0-9]{4,}|^0[.,][0-9]+)[^0-9A-Za-z]*$')",
        "has a fraction of a rupiah, such as 36.8 or 36800.50. Perhaps a spreadsheet took the sign of the thousands for"
        " decimals; write whole rupiah, digits only",
        "berisi pecahan rupiah seperti 36.8 atau 36800.50. Mungkin spreadsheet membaca pemisah ribuan sebagai desimal;"
        " tulis rupiah bulat, angka saja",
        _IS_NO_PLAIN_NUMBER,
    ),
    Finding(
        "in_one_form",
        "rupiah",
        "{column} IS NULL AND regexp_matches({text}, '[0-9][.,][0-9]{3}([^0-9]|$)')",
        "is written in another form than the rest of the column (1.840.000,00 or 1,840,000.00), or its thousands are"
        " not groups of three digits, or it may have three decimals (3.041,000); write digits only",
        "ditulis dalam bentuk lain daripada baris lain di kolom ini (1.840.000,00 atau 1,840,000.00), atau ribuannya"
        " bukan kelompok tiga angka, atau mungkin ada tiga desimal (3.041,000); tulis angka saja",
        _IS_NO_PLAIN_NUMBER,
    ),
    Finding(
        "not_personal",
        "text",
        f"{_personal('{column}')} AND NOT ({_OF_THE_BRANCH} AND NOT coalesce({_personal(_BEHIND_THE_BRANCH)}, FALSE))",
        "holds digits that look like a NIK, a KPJ or a phone. Personal data does not belong into this column; take it"
        " out",
        "berisi angka yang mirip NIK, KPJ atau nomor telepon. Data pribadi tidak boleh ada di kolom ini; hapuslah",
        _MANY_DIGITS,
    ),
)
