"""What a cell says, whatever a spreadsheet or a database put around it.

Blanks and invisible characters around a text go. ``="00000000001"`` and ``'00000000001`` are tricks that keep a
spreadsheet from making a number of it: the text inside counts. Words that stand for an empty cell make it empty;
an error of a spreadsheet (``#N/A``) is no such word, and the rules reject it.
"""

from __future__ import annotations

BLANKS = (
    " \t\r\n\u00a0\u2007\u202f\u3000"
    "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Blanks, and characters that are not to be seen: of no width, byte order marks, marks of direction."""

_ANY_CASE = ("null", "(null)", "<null>", "[null]", "n/a", "none", "nihil", "kosong", "tidak ada")
EMPTY = (
    *(word for each in _ANY_CASE for word in (each, each.upper(), each.capitalize())),
    *("nan", "NaN", "NaT", "NA", "<NA>", r"\N", "-", "--", "---", "\u2013", "\u2014", "'", ""),
)
"""Words for empty, as databases, programs and people write them. In capitals NAN may be somebody's name."""

_NOTHING_AROUND = "[!-&(-<>-~]([ -~]*[!-~])?"
"""Most cells: plain characters, no blank around them, no = or ' before them."""


def cleaned(cell: str) -> str:
    """SQL of what a cell says, null where it is empty.

    Args:
        cell: SQL of the cell's text.
    """
    stripped = f"trim({cell}, '{BLANKS}')"
    formula = rf"""regexp_replace({stripped}, '^="([^"]*)"$', '\1')"""
    # only before digits: a name may begin with an apostrophe
    apostrophe = rf"regexp_replace({formula}, '^''([^'']*[0-9][^'']*)$', '\1')"
    inside = f"trim({apostrophe}, '{BLANKS}')"
    # in a list, so that the odd way is written once: what stands twice DuckDB computes for every cell, odd or plain
    odd = f"list_filter([{inside}], lambda text: text not in ({_words()}))[1]"
    plain = f"case when {cell} not in ({_words()}) then {cell} end"
    return f"case when regexp_full_match({cell}, '{_NOTHING_AROUND}') then {plain} else {odd} end"


def _words() -> str:
    return ", ".join("'{}'".format(word.replace("'", "''")) for word in dict.fromkeys(EMPTY))
