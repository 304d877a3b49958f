"""How a column of whole numbers is written, and how such a text is read.

An amount of rupiah is written in one of four forms, and a column in one of them (``look``):

* Indonesian (``1.840.000,00``), the form of the official template, or English (``1,840,000.00``). Three digits
  behind a sign are a group there, since rupiah have no thousandths. ``3.041,000`` is not read: its comma may have
  been a point.
* Three decimals, as a database writes a numeric(18,3): ``36800.000`` or ``36800,000``.

A column of another unit (months, programmes) has no thousands: there every ``.`` or ``,`` begins decimals.

What is not whole is not read. A number that only the last digits of a computer's arithmetic keep from being
whole (``36799.99999999999``, which a spreadsheet shows as 36,800) is: it is whole in its first 15 digits.
"""

from __future__ import annotations

import re

import duckdb

from expectations.contract import Column, Contract

INDONESIAN, ENGLISH, THREE_BEHIND_POINT, THREE_BEHIND_COMMA = "1.840.000,00", "1,840,000.00", "36800.000", "36800,000"
_GROUPED = r"[1-9][0-9]{{0,2}}(\{group}[0-9]{{3}})+(\{point}([0-9]{{0,2}}|[0-9]{{4,}}))?"
_UNGROUPED = r"[0-9]+(\{point}([0-9]{{0,2}}|[0-9]{{4,}}))?"
_EXACT_EXPONENT = "[1-9][.][0-9]{1,15}E[0-9]{1,2}"
"""Java writes 4.2E7 for 42000000, with all digits; a spreadsheet's 4.20E+07 may have lost some."""
_PATTERNS = {
    INDONESIAN: "|".join(part.format(group=".", point=",") for part in (_UNGROUPED, _GROUPED)),
    ENGLISH: "|".join([*(part.format(group=",", point=".") for part in (_UNGROUPED, _GROUPED)), _EXACT_EXPONENT]),
    THREE_BEHIND_POINT: "[0-9]+([.][0-9]{3})?",
    THREE_BEHIND_COMMA: "[0-9]+(,[0-9]{3})?",
}
_FORMS = tuple(_PATTERNS)
_WORDS = {
    INDONESIAN: ("titik memisahkan ribuan", "points part the thousands"),
    ENGLISH: ("koma memisahkan ribuan", "commas part the thousands"),
    THREE_BEHIND_POINT: ("tiga desimal di belakang titik", "three decimals behind a point"),
    THREE_BEHIND_COMMA: ("tiga desimal di belakang koma", "three decimals behind a comma"),
}
_TWIN = {INDONESIAN: THREE_BEHIND_POINT, ENGLISH: THREE_BEHIND_COMMA}
"""Both read 168.000, or 168,000; one of them as 168."""
_FEW, _FEW_OF_FEW = 10, 3
"""A form that is so many times as frequent as others is the column's, and the others' rows are rejected one by one;
so is a single row beside the second number of rows."""
_DIGITS = re.compile(r"\^\[0-9\]\{(\d+)\}\$")
_EXACT = 15
_LOST = r"[1-9][0-9]{0,2}[.,][0-9]{1,2}"
_SMALL = r"[1-9][0-9]{0,2}([.,]0{0,2})?"

Looked = dict[str, tuple[str, str]]
"""By delivery the form of a column, and why the delivery is refused (empty if it is not)."""


def without_point(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Takes the ``.0`` off numbers of cards in ``text`` that a program wrote as floats, which have all of 15 digits."""
    for rule in contract.rules:
        form = _DIGITS.fullmatch(str(rule.kwargs.get("regex", "")))
        if form and int(form[1]) <= _EXACT:
            name = rule.kwargs["column"]
            con.execute(
                f"""update text set "{name}" = left("{name}", {form[1]})
                where suffix("{name}", '.0') and regexp_full_match("{name}", '[0-9]{{{form[1]}}}[.]0')"""
            )


def look(con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, odd: list[str]) -> Looked:
    """Looks at a column in the deliveries ``odd``, in which it is not all in the standard form.

    Rows that are no data do not vote. A text that two forms read differently (``168.000``: 168,000 or 168) votes
    for the one that has groups; it is evidence for three decimals only beside ``36800.000``, which has none.
    """
    if not column.rupiah:
        return {}
    reads = {form: _read("bare", form) for form in _FORMS}
    counted = ", ".join(
        f"""count(*) filter (fits[{n}]), count(*) filter (fits[{n}] and forms = 1),
        coalesce(min(line_no) filter (fits[{n}] and forms = 1), min(line_no) filter (fits[{n}]))"""
        for n in range(1, len(_FORMS) + 1)
    )
    rows = con.execute(
        f"""with bare as (
            select delivery_id, line_no, {_bare(f'"{column.name}"')} as bare
            from text
            where row_problem is null and "{column.name}" is not null and delivery_id in (select unnest($odd))
        ),
        seen as (
            select delivery_id, line_no, ltrim(bare, '-') as digits,
                [{", ".join(f"{sql} is not null" for sql in reads.values())}] as reads,
                case when regexp_full_match(bare, '-?[0-9]+') then [] else reads end as fits
            from bare
        ),
        judged as (
            select *, len(list_filter(fits, lambda fit: fit)) as forms,
                regexp_full_match(digits, '{_SMALL}') as is_small,
                regexp_full_match(digits, '{_LOST}') and not list_contains(reads, true) as is_lost
            from seen
        )
        select delivery_id, count(*) filter (is_lost), count(*) filter (is_small),
            count(*) filter (list_contains(reads, true) and not is_small), min(line_no) filter (is_lost),
            count(*) filter (forms > 0), {counted}
        from judged
        group by delivery_id""",
        {"odd": odd},
    ).fetchall()
    found: Looked = {}
    for delivery_id, lost, small, kept, lost_line, fitting, *numbers in rows:
        found[delivery_id] = _decide(column, fitting, [numbers[n : n + 3] for n in range(0, len(numbers), 3)])
        if lost and lost + small > 1 and ((lost + small) * _FEW > kept or (lost > 1 and small)):
            found[delivery_id] = found[delivery_id][0], _thousands_lost(column, lost_line)
    return found


def _decide(column: Column, fitting: int, evidence: list[list[int]]) -> tuple[str, str]:
    """The form of a column, and why it is refused.

    Args:
        column: the column.
        fitting: number of cells that some form reads and that are not digits alone.
        evidence: for each form how many of them it reads, how many it alone reads, and the first line of these.
    """
    reads, alone, lines = (dict(zip(_FORMS, counts, strict=True)) for counts in zip(*evidence, strict=True))
    votes = {form: alone[form] if form in _TWIN.values() else reads[form] for form in _FORMS}
    best = max(_FORMS, key=lambda form: votes[form])  # the Indonesian one stands first: it wins a draw
    others = [form for form in _FORMS if form != best and alone[form]]
    if not others:
        return best, ""
    against = fitting - reads[best]
    unproven = alone[best] == 0 and alone.get(_TWIN.get(best, ""), 0) > 0
    if not unproven and (against * _FEW <= reads[best] or (against == 1 and reads[best] >= _FEW_OF_FEW)):
        return best, ""
    second = max(others, key=lambda form: alone[form])
    kata, words = (
        ", ".join(f"{_WORDS[form][language]} {at} {lines[form]} ({form})" for form in (best, second))
        for language, at in ((0, "di baris"), (1, "on line"))
    )
    return best, (
        f"Kolom {column.header} ditulis dalam dua bentuk: {kata}; tulis angka saja"
        f" / column {column.header} is written in two forms: {words}; write digits only"
    )


def _thousands_lost(column: Column, line: int) -> str:
    return (
        f"Kolom {column.header}, baris {line}: rupiah dengan pecahan seperti 36.8; lembar kerja berbahasa Inggris"
        " membaca titik ribuan sebagai desimal, jadi 36.800 menjadi 36.8 dan 168.000 menjadi 168. Ekspor ulang dari"
        " sumbernya, dengan kolom itu berformat teks atau angka tanpa pemisah ribuan"
        f" / column {column.header}, line {line}: rupiah with a fraction such as 36.8; a spreadsheet set to English"
        " took the points of the thousands for decimals, so that 36.800 became 36.8 and 168.000 became 168. Export it"
        " anew from the source, with that column as text or as digits without a thousands sign"
    )


def cast(column: Column, style: str) -> str:
    """The last branch of an SQL ``case``, which reads a text of another form than the standard."""
    if column.rupiah:
        branches = " ".join(f"when '{form}' then {_read('n', form)}" for form in _FORMS[1:])
        read = f"case {style} {branches} else {_read('n', INDONESIAN)} end"
    else:
        number = "replace(n, ',', '.')"
        read = f"case when regexp_full_match(n, '-?[0-9]+([.,][0-9]*)?') then {_whole(number)} end"
    return "else " + _once(_bare(f'"{column.name}"'), "n", read)


def _bare(text: str) -> str:
    """SQL of a number without currency, blanks and what stands for no cents, its sign in front.

    In brackets it is negative, as in accounts. A minus behind it is left, and so is not read: it may be SAP's
    sign or the half of ``,-``. Blanks and apostrophes may part thousands, whichever sign parts the decimals.
    """
    plain = f"translate({text}, '\u00a0\u202f\u2007\u2009\u2019\u2212\u2013', '    ''--')"
    bracketed = rf"regexp_replace({plain}, '^(?:Rp\.?|IDR)? *\(([^()-]+)\)$', '-\1', 'i')"
    currency = rf"regexp_replace({bracketed}, '^([-+]?) *(?:(?:Rp\.?|IDR) *)?([-+]?) *([0-9])', '\1\2\3', 'i')"
    behind = rf"regexp_replace({currency}, ' *(?:[,.] *-{{1,2}})? *(?:Rp|IDR)?$', '', 'i')"
    unsigned = rf"regexp_replace({behind}, '^\+([0-9])', '\1')"
    parted = "regexp_full_match(u, '-?[1-9][0-9]{0,2}([ ''][0-9]{3})+([.,][0-9]*)?')"
    return _once(unsigned, "u", f"case when {parted} then translate(u, ' ''', '') else u end")


def _read(bare: str, form: str) -> str:
    """SQL that reads a number of that form as a whole one, null if it is not of it or not whole."""
    comma_is_decimal = form in (INDONESIAN, THREE_BEHIND_COMMA)
    number = f"replace(replace({bare}, '.', ''), ',', '.')" if comma_is_decimal else f"replace({bare}, ',', '')"
    return f"case when regexp_full_match({bare}, '-?({_PATTERNS[form]})') then {_whole(number)} end"


def _whole(number: str) -> str:
    whole = "regexp_full_match(format('{:.15g}', v), '-?[0-9]+') and abs(v - round(v)) < 1e-6"
    return _once(f"try_cast({number} as double)", "v", f"case when {whole} then cast(round(v) as bigint) end")


def _once(value: str, name: str, expression: str) -> str:
    """SQL of an expression over a value that is computed once, however often the expression names it."""
    return f"list_transform([{value}], lambda {name}: {expression})[1]"
