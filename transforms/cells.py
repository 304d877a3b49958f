"""What a cell says, whatever a spreadsheet or a database put around it.

Blanks and invisible characters around a text go. Inside, characters of no width go, no-break blanks and hyphens
become plain ones, a run of blanks becomes one, and what HTML writes for a sign (``&amp;``) becomes that sign.
``="00000000001"`` and ``'00000000001`` are tricks that keep a spreadsheet from making a number of it: the text inside
counts. Words that stand for an empty cell make it empty; an error of a spreadsheet (``#N/A``) is no such word, and the
rules reject it.
"""

from __future__ import annotations

_WIDE = " \t\r\n\x0b\x0c\x85\u2028\u2029\u00a0\u2007\u202f\u3000"
_NO_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
BLANKS = _WIDE + _NO_WIDTH
"""Blanks, and characters that are not to be seen: of no width, byte order marks, marks of direction."""

_ANY_CASE = ("null", "(null)", "<null>", "[null]", "n/a", "none", "nihil", "kosong", "tidak ada", "tdk ada")
EMPTY = (
    *(word for each in _ANY_CASE for word in (each, each.upper(), each.capitalize())),
    *("nan", "NaN", "NaT", "NA", "<NA>", r"\N", *("-" * n for n in range(1, 6)), ".", "\u2013", "\u2014", "'", ""),
)
"""Words for empty, as databases, programs and people write them. In capitals NAN may be somebody's name."""

_PLAIN = "[!-&(-:<>-~]( ?[!-:<-~])*"
"""Most cells: plain characters, single blanks between them and none around them, no = or ' before them, and no ;."""
_ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#34;": '"', "&#39;": "''", "&#039;": "''"}
_ENTITIES |= {"&apos;": "''", "&#160;": " ", "&#38;": "&", "&amp;": "&"}
_HYPHENS = "\u2010\u2011"


def cleaned(cell: str) -> str:
    """SQL of what a cell says, null where it is empty.

    Args:
        cell: SQL of the cell's text.
    """
    stripped = f"trim({cell}, '{BLANKS}')"
    formula = rf"""regexp_replace({stripped}, '^="([^"]*)"$', '\1')"""
    # only before digits: a name may begin with an apostrophe
    apostrophe = rf"regexp_replace({formula}, '^''([^'']*[0-9][^'']*)$', '\1')"
    decoded = apostrophe
    for entity, sign in _ENTITIES.items():
        decoded = f"replace({decoded}, '{entity}', '{sign}')"
    # UTF-8 that was read as Windows-1252 has such characters behind these letters; it is to be seen as what it is
    signs = f"{_WIDE}{_HYPHENS}{_NO_WIDTH}\u00ad"
    plain_signs = " " * len(_WIDE) + "-" * len(_HYPHENS)
    misread = "contains(t, '\u00c2') or contains(t, '\u00c3')"
    folded = f"case when {misread} then t else translate(t, '{signs}', '{plain_signs}') end"
    inside = f"trim(regexp_replace(list_transform([{decoded}], lambda t: {folded})[1], '  +', ' ', 'g'), '{BLANKS}')"
    # in a list, so that the odd way is written once: what stands twice DuckDB computes for every cell, odd or plain
    odd = f"list_filter([{inside}], lambda text: not list_contains({_words()}, text))[1]"
    plain = f"case when not list_contains({_words()}, {cell}) then {cell} end"
    return f"case when regexp_full_match({cell}, '{_PLAIN}') then {plain} else {odd} end"


def _words() -> str:
    """SQL of a list of EMPTY: for an IN of so many words DuckDB plans a join, which takes longer than a small file."""
    return "[{}]".format(", ".join("'{}'".format(word.replace("'", "''")) for word in dict.fromkeys(EMPTY)))
