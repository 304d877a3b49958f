"""Numbers, dates and words as the report shows them: in Indonesian form, in two languages."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from markupsafe import Markup, escape

from reports.read import listed

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
Number = int | float | Decimal

_MONTHS = (
    ("Januari", "January"),
    ("Februari", "February"),
    ("Maret", "March"),
    ("April", "April"),
    ("Mei", "May"),
    ("Juni", "June"),
    ("Juli", "July"),
    ("Agustus", "August"),
    ("September", "September"),
    ("Oktober", "October"),
    ("November", "November"),
    ("Desember", "December"),
)


class Numeral(str):
    """A number as Indonesians write it; ``english`` is how the English write it."""

    __slots__ = ()

    @property
    def english(self) -> str:
        """1.234,5 % as 1,234.5%."""
        return self.translate(_TO_ENGLISH).replace(" %", "%")

    def __html__(self) -> str:
        """Marked where the two differ, so that the page can write it the English way."""
        return f"<data>{self}</data>" if not _SAME.isdisjoint(self) else str(self)


_TO_ENGLISH = str.maketrans(",.", ".,")
_SAME = frozenset(".,%")


@lru_cache(maxsize=10_000, typed=True)  # the same few thousand stand on all pages; typed, as a str is escaped
def both(indonesian: str, english: str) -> Markup:
    """A text in both languages, of which the page shows one."""
    shown = f'<span class="t" lang="id">{escape(indonesian)}</span><span class="t" lang="en">{escape(english)}</span>'
    return Markup(shown)  # noqa: S704  # both are escaped


class _Counted(str):
    """A number in an English sentence, in which ``{0:row/rows}`` writes the word that goes with it."""

    __slots__ = ()

    def __html_format__(self, words: str) -> str:
        one, _, many = words.partition("/")
        return (one if self == "1" else many) if words else str(self)


def both_of(indonesian: str, english: str, *parts: object) -> Markup:
    """A sentence in both languages around the same parts, which are escaped; the sentences are our own."""
    there = [_Counted(part.english) if isinstance(part, Numeral) else part for part in parts]
    here = [str(part) if isinstance(part, Numeral) else part for part in parts]
    return both(Markup(indonesian).format(*here), Markup(english).format(*there))  # noqa: S704


def counted(value: Number | None, indonesian: str, english: str) -> Markup:
    """How many there are of something: 1 as ``1 cabang`` and, of ``{0:branch/branches}``, as ``1 branch``."""
    return both_of(f"{{}} {indonesian}", f"{{0}} {english}", number(value))


@cache
def codes() -> dict[str, tuple[str, str]]:
    """What codes of the warehouse are called, in Indonesian and in English."""
    return {row["code"]: (row["indonesian"], row["english"]) for row in listed("codes.csv")}


def label(key: str | None) -> Markup | str:
    """The label of a code of the warehouse; a code without a label is shown as it is."""
    if key is None:
        return DASH
    return both(*codes()[key]) if key in codes() else key


def reason(text: str | None) -> Markup | str:
    """A reason as the warehouse writes it, ``<Indonesian> / <English>``, or in one language where it has no two."""
    halves = _languages(text or "")
    return both(*halves) if halves else text or ""


def first_sentence(text: str) -> Markup | str:
    """The first sentence of a reason, without its full stop."""
    halves = _languages(text)
    return both(*(half.partition(". ")[0].removesuffix(".") for half in halves)) if halves else text.partition(". ")[0]


def _languages(text: str) -> tuple[str, str] | None:
    halves = text.split(" / ")
    if len(halves) % 2:  # none, or one that a quoted heading brought along
        return None
    middle = len(halves) // 2
    return " / ".join(halves[:middle]), " / ".join(halves[middle:])


def number(value: Number | None, decimals: int = 0, *, sign: bool = False) -> Numeral:
    """1234567.8 as 1.234.567,8, rounded half up; nothing as an en dash."""
    if value is None:
        return Numeral(DASH)
    if isinstance(value, int) and not decimals and not sign and value >= 0:  # most are, and this is quick
        return Numeral(f"{value:,}".replace(",", "."))
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,f}".translate(str.maketrans(",.", ".,"))
    mark = MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
    return Numeral(mark + text)


def signed(value: Number | None, decimals: int = 0) -> Numeral:
    """3 as +3: how much something has changed."""
    return number(value, decimals, sign=True)


def sector(code: str, indonesian: str | None) -> Markup | str:
    """A sector, by its name in the reference table and the code, which is English."""
    english = code.replace("_", " ").capitalize()
    return both(indonesian or english, english)


def percent(value: Number | None, decimals: int = 1, *, sign: bool = False) -> Numeral:
    """26 as 26,0 %; nothing as an en dash, for a share of nothing is not zero."""
    return Numeral(DASH if value is None else f"{number(value, decimals, sign=sign)} %")


def rupiah(value: Number | None) -> Numeral:
    """64100000000 as Rp 64.100.000.000."""
    return Numeral(DASH if value is None else f"Rp {number(value)}")


def short_rupiah(value: Number | None) -> Markup | str:
    """64100000000 as Rp 64,1 miliar, for where the exact amount stands elsewhere on the page."""
    for power, indonesian, english in ((12, "triliun", "trillion"), (9, "miliar", "billion"), (6, "juta", "million")):
        if value is not None and abs(value) >= 10**power:
            text = Numeral(f"Rp {number(Decimal(str(value)).scaleb(-power), 1)}")
            return both_of(f"{{}} {indonesian}", f"{{}} {english}", text)
    return rupiah(value)


def figure(value: Number | None, subject: str, *, as_printed: bool = False, sign: bool = False) -> Markup | str:
    """A figure in the unit that its subject's name ends with.

    Args:
        value: the figure.
        subject: subject of the reconciliation; ``_rp``, ``_pct`` and ``_points`` tell the unit.
        as_printed: with the decimals that the figure has, rather than those that computed ones get.
        sign: with a plus before what is more than zero.
    """
    if value is None:
        return DASH
    in_points = subject.endswith("_points") or (subject.endswith("_pct") and sign)
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    printed = max(0, -exponent) if isinstance(exponent, int) else 0
    text = number(value, printed if as_printed else int(subject.endswith(("_pct", "_points"))), sign=sign)
    if in_points:
        return both_of("{} poin", "{} points", text)
    if subject.endswith("_pct"):
        return Numeral(f"{text} %")
    return Numeral(f"Rp {text}") if subject.endswith("_rp") else text


def day(value: date | None) -> Markup | str:
    """2023-10-13 as 13 Oktober 2023."""
    if value is None:
        return DASH
    indonesian, english = _MONTHS[value.month - 1]
    return both(f"{value.day} {indonesian} {value.year}", f"{value.day} {english} {value.year}")


def in_digits(value: date) -> str:
    """2023-10-03 as 03/10, for the narrow columns of the last days."""
    return f"{value:%d/%m}"


def month(value: date | None) -> Markup | str:
    """2023-10-01 as Oktober 2023."""
    return DASH if value is None else both(*month_names(value))


def month_names(value: date) -> tuple[str, str]:
    """2023-10-01 as Oktober 2023, and October 2023."""
    indonesian, english = _MONTHS[value.month - 1]
    return f"{indonesian} {value.year}", f"{english} {value.year}"
