"""What spoils a delivery: each function does one thing that really happens to exports.

A function returns whether it could be done to the sheet. ``lost`` names the rows that the file no longer holds,
``noise`` counts rows that were put in and are no data, and ``repeats`` those that stand twice. Nothing is done that
nobody could notice: a digit that becomes another digit is not here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from corpus.tables import DATES, DOCUMENT, MONEY, Sheet

from expectations.contract import contract

Damage = Callable[[Sheet, Random], bool]
MANY = 3
TWELVE = 12


def _row(sheet: Sheet, choose: Random) -> int:
    return choose.randrange(len(sheet.rows))


def _set(sheet: Sheet, row: int, name: str, value: Any) -> bool:
    sheet.rows[row][sheet.at(name)] = value
    return True


def _meaning(sheet: Sheet, name: str) -> list[Any]:
    """What a column means, row by row; only before rows are put in or taken out."""
    return [values[name] for values in sheet.meant.values()]


def _one_of(choose: Random, names: list[str]) -> str | None:
    return choose.choice(names) if names else None


def _dates(sheet: Sheet) -> list[str]:
    return [column.name for column in sheet.of_kind("date")]


# one cell


def typo_in_a_date(sheet: Sheet, choose: Random) -> bool:
    name, row = _one_of(choose, _dates(sheet)), _row(sheet, choose)
    if not name:
        return False
    meant = _meaning(sheet, name)[row]
    wrong = ["2023-13-09", "31-02-2023", "2023-02-30", "belum", "35-09-23", "0", "13/2023", f"{meant:%d-%m}-20231"]
    if meant.day > TWELVE:
        wrong += [f"{meant:%m-%d-%Y}", f"{meant:%m/%d/%Y}", f"{meant:%Y-%d-%m}"] * 2
    return _set(sheet, row, name, choose.choice(wrong))


def typo_in_an_amount(sheet: Sheet, choose: Random) -> bool:
    name, row = _one_of(choose, sheet.money), _row(sheet, choose)
    if not name:
        return False
    plain = str(_meaning(sheet, name)[row])
    wrong = [f"{plain[:-1]}O", f"{plain}.", "Rp", "-", "x", f"{plain[:2]} {plain[2:]}", f"{plain}.5", f"{plain}+"]
    wrong += [f"{plain[:-3]},{plain[-3:]}.0", f"1e{plain[:1]}x"]
    if sheet.forms[name].startswith("points"):
        wrong += [f"{plain[:-3]}.{plain[-3:-1]}"] * 3
    return _set(sheet, row, name, choose.choice(wrong))


def amount_in_another_form(sheet: Sheet, choose: Random) -> bool:
    name, row = _one_of(choose, sheet.money), _row(sheet, choose)
    return bool(name) and _set(sheet, row, str(name), choose.choice([*MONEY.values()])(_meaning(sheet, str(name))[row]))


def date_in_another_form(sheet: Sheet, choose: Random) -> bool:
    """One cell with day and month the other way round than in the column is only told apart above twelve."""
    name, row = _one_of(choose, _dates(sheet)), _row(sheet, choose)
    if not name:
        return False
    meant = _meaning(sheet, name)[row]
    order = {form.startswith("month") for form in (sheet.forms[name],)}
    forms = [text for form, text in DATES.items() if meant.day > TWELVE or {form.startswith("month")} == order]
    return _set(sheet, row, name, meant.strftime(choose.choice(forms)))


def nik_as_number(sheet: Sheet, choose: Random) -> bool:
    if sheet.feed != "registrations":
        return False
    row = _row(sheet, choose)
    nik = int(_meaning(sheet, "nik")[row])
    if sheet.text:
        return _set(sheet, row, "nik", choose.choice([f"{nik:.5E}", f"{nik:.14E}".replace(".", ",")]))
    return sheet.container != "parquet" and nik % 10 != 0 and _set(sheet, row, "nik", float(nik // 10 * 10))


def card_as_number(sheet: Sheet, choose: Random) -> bool:
    if "kpj" not in sheet.columns or sheet.container == "parquet":
        return False
    row = _row(sheet, choose)
    card = _meaning(sheet, "kpj")[row]
    return card.startswith("0") and _set(sheet, row, "kpj", str(int(card)) if sheet.text else int(card))


def error_cell(sheet: Sheet, choose: Random) -> bool:
    if sheet.container != "xlsx":
        return False
    return _set(
        sheet, _row(sheet, choose), choose.choice(sheet.columns), choose.choice(["=NA()|#N/A", "=A1/0|#DIV/0!"])
    )


def required_cell_emptied(sheet: Sheet, choose: Random) -> bool:
    names = [column.name for column in contract(sheet.feed).exported if column.required]
    return _set(sheet, _row(sheet, choose), choose.choice(names), choose.choice(["", "NULL", "-", "\\N", "  "]))


def nul_in_a_cell(sheet: Sheet, choose: Random) -> bool:
    if not sheet.text or sheet.encoding == "utf-16":
        return False
    row, name = _row(sheet, choose), choose.choice(sheet.columns)
    cell = str(sheet.rows[row][sheet.at(name)])
    return bool(cell) and _set(sheet, row, name, f"{cell[:2]}\0{cell[2:]}")


def break_in_a_cell(sheet: Sheet, choose: Random) -> bool:
    """A line break without quotes tears a row in two."""
    document = str(sheet.rows[_row(sheet, choose)][sheet.at(DOCUMENT[sheet.feed])])
    name = choose.choice([column for column in sheet.columns if column != DOCUMENT[sheet.feed]])
    row = [str(cells[sheet.at(DOCUMENT[sheet.feed])]) for cells in sheet.rows].index(document)
    cell = str(sheet.rows[row][sheet.at(name)])
    if not sheet.text or sheet.quoting or len(cell) < MANY or any(c in cell for c in f'"{sheet.delimiter}'):
        return False
    sheet.noise = 1  # what stands behind the break may look like a note
    sheet.on_text.append(lambda text: text.replace("\x07", sheet.end))
    return _set(sheet, row, name, f"{cell[:2]}\x07{cell[2:]}")


# a column


def thousands_eaten(sheet: Sheet, choose: Random) -> bool:
    """A spreadsheet of the other locale took 36.800 for 36.8, and left 1.840.000 as it was."""
    name = _one_of(choose, [name for name in sheet.money if sheet.forms[name] in ("points", "commas")])
    if not name or not any(abs(value) < 10**6 and value % 1000 for value in _meaning(sheet, name)):
        return False
    point = choose.choice(".,")
    for row, value in enumerate(_meaning(sheet, name)):
        if abs(value) < 10**6:
            _set(sheet, row, name, f"{value / 1000:g}".replace(".", point) if sheet.text else value / 1000)
    return True


def days_and_months_swapped(sheet: Sheet, choose: Random) -> bool:
    """A spreadsheet of the other locale made dates of the texts that it could, with day and month swapped."""
    name = _one_of(choose, _dates(sheet))
    if not name:
        return False
    meant = _meaning(sheet, name)
    low = [value for value in meant if value.day <= TWELVE]
    if len(low) < MANY or len(meant) - len(low) < MANY:
        return False
    form = choose.choice(["%Y-%m-%d", "%Y-%m-%d 00:00:00"])
    for row, value in enumerate(meant):
        if value.day > TWELVE:
            _set(sheet, row, name, f"{value:%d/%m/%Y}")
        else:
            swapped = date(value.year, value.day, value.month)
            _set(sheet, row, name, swapped if not sheet.text else swapped.strftime(form))
    return True


def two_orders_of_dates(sheet: Sheet, choose: Random) -> bool:
    """Part of a column comes from a computer of another locale."""
    name = _one_of(choose, _dates(sheet))
    if not name:
        return False
    mark, half = choose.choice("-/."), choose.randint(1, max(1, len(sheet.rows) - 1))
    days = [value.day > TWELVE for value in _meaning(sheet, name)]
    if sum(days[:half]) < MANY or sum(days[half:]) < MANY:
        return False
    for row, value in enumerate(_meaning(sheet, name)):
        _set(sheet, row, name, value.strftime(f"%d{mark}%m{mark}%Y" if row < half else f"%m{mark}%d{mark}%Y"))
    return True


def two_forms_of_amounts(sheet: Sheet, choose: Random) -> bool:
    name = _one_of(choose, sheet.money)
    if not name:
        return False
    one, other = choose.sample([*MONEY.values()], 2)
    half = choose.randint(1, len(sheet.rows))
    for row, value in enumerate(_meaning(sheet, name)):
        _set(sheet, row, name, (one if row < half else other)(value))
    return True


def words_for_empty(sheet: Sheet, choose: Random) -> bool:
    names = [column.name for column in contract(sheet.feed).exported if not column.required]
    word, name = choose.choice(["NULL", "\\N", "-", "null", "N/A"]), _one_of(choose, names)
    if not name or name not in sheet.columns:
        return False
    for row in sheet.rows:
        row[sheet.at(name)] = row[sheet.at(name)] or word
    return None in _meaning(sheet, name)


def tricks_for_text(sheet: Sheet, choose: Random) -> bool:
    name = _one_of(choose, [name for name in ("nik", "kpj", "region_code") if name in sheet.columns])
    if not name or not sheet.text:
        return False
    trick = choose.choice(['="{}"', "'{}", "\t{}", "{}\u00a0", "\u200b{}"])
    if sheet.encoding == "cp1252" and "\u200b" in trick:
        return False
    for row, value in enumerate(_meaning(sheet, name)):
        _set(sheet, row, name, trick.format(value))
    return True


def midnight_in_utc(sheet: Sheet, choose: Random) -> bool:
    """All branches here are on WITA, eight hours before UTC."""
    name, form = _one_of(choose, _dates(sheet)), choose.choice(["%Y-%m-%dT16:00:00.000Z", "%Y-%m-%dT16:00:00Z"])
    if not name:
        return False
    for row, value in enumerate(_meaning(sheet, name)):
        _set(sheet, row, name, (value - timedelta(1)).strftime(form))
    return True


def year_of_two_digits_first(sheet: Sheet, choose: Random) -> bool:
    name = _one_of(choose, _dates(sheet))
    if not name or len(sheet.rows) < TWELVE:
        return False
    for row, value in enumerate(_meaning(sheet, name)):
        _set(sheet, row, name, f"{value:%y-%m-%d}")
    return True


def merged_cells(sheet: Sheet, choose: Random) -> bool:
    """Cells with the same value, merged: only the first one holds it."""
    name, size = choose.choice(sheet.columns), choose.randint(2, 4)
    top = _row(sheet, choose)
    values = _meaning(sheet, name)[top : top + size]
    if sheet.container != "xlsx" or len(values) < size or values[0] is None or name == DOCUMENT[sheet.feed]:
        return False
    for row in range(top, top + size):
        document = str(sheet.rows[row][sheet.at(DOCUMENT[sheet.feed])])
        sheet.meant[document][name] = values[0]
        _set(sheet, row, name, sheet.rows[top][sheet.at(name)] if row == top else "")
    first = len(sheet.above) + 1 + top
    sheet.merged = (first, first + size - 1, sheet.at(name))
    return True


# rows


def row_repeated(sheet: Sheet, choose: Random) -> bool:
    row = _row(sheet, choose)
    sheet.rows.insert(choose.randrange(len(sheet.rows) + 1), [*sheet.rows[row]])
    sheet.repeats = 1
    return True


def row_shifted(sheet: Sheet, choose: Random) -> bool:
    """A cell too many or too few; in a sheet, or with an end that was filled up, the row is as wide as the others."""
    row, place = _row(sheet, choose), choose.randrange(len(sheet.columns))
    before, filled = [*sheet.rows[row]], choose.random() < 0.5 or not sheet.text
    more = choose.random() < 0.5
    cells = [*before[:place], "", *before[place:]] if more else [*before[:place], *before[place + 1 :]]
    if filled:
        cells = cells[:-1] if more else [*cells, ""]
    sheet.rows[row] = cells
    required = [sheet.at(column.name) for column in contract(sheet.feed).exported if column.required]
    if not filled:  # an optional cell at the end may be left out
        return more or place < len(before) - 1
    return sheet.container != "parquet" and any(str(cells[at]) != str(before[at]) for at in required)


def rows_that_are_no_data(sheet: Sheet, choose: Random) -> bool:
    wide = len(sheet.columns)
    if sheet.container == "parquet":
        return False
    kinds: list[list[Any]] = [
        ["TOTAL", *[""] * (wide - 2), "1.840.000"],
        ["Halaman 2", *[""] * (wide - 1)],
        [*sheet.header],
        [f"({n})" for n in range(1, wide + 1)],
        [str(n) for n in range(1, wide + 1)],
        ["", *["Dicetak oleh kantor cabang"], *[""] * (wide - 2)],
        ["Subtotal", *[""] * (wide - 1)],
    ]
    for _ in range(choose.choice([1, 1, 3, 12])):
        sheet.rows.insert(choose.randrange(len(sheet.rows) + 1), [*choose.choice(kinds)])
        sheet.noise += 1
    return True


def blank_rows(sheet: Sheet, choose: Random) -> bool:
    branch = choose.random() < 0.5
    for _ in range(choose.choice([1, 5, 40])):
        row = [""] * len(sheet.columns)
        if branch:
            row[sheet.at("branch_code")] = sheet.branch
            sheet.noise += 1
        sheet.rows.append(row)
    return sheet.container != "parquet"


# the file


def stray_quotes(sheet: Sheet, choose: Random) -> bool:
    """Quotes that open or close nothing: in notes of an added column, in names, at either end."""
    if not sheet.text:
        return False
    sheet.quoting = 0
    name = choose.choice([*sheet.columns, "notes", "notes"])
    if name == "notes":
        sheet.columns, sheet.header = [*sheet.columns, "notes"], [*sheet.header, "KETERANGAN"]
        sheet.rows = [[*row, "lunas"] for row in sheet.rows]
    form = choose.choice(["\x07{}", "{}\x07", "\x07"] if name == "notes" else ["\x07{}", "{}\x07"])
    for row in choose.sample(range(len(sheet.rows)), min(len(sheet.rows), choose.choice([1, 2, 2, 5]))):
        _set(sheet, row, name, form.format(sheet.rows[row][sheet.at(name)]))
    sheet.on_text.append(lambda text: text.replace("\x07", '"'))
    return True


def delimiter_in_a_name(sheet: Sheet, choose: Random) -> bool:
    """A text with the delimiter in it, written without quotes."""
    names = [name for name in ("full_name", "occupation", "pks_no") if name in sheet.columns]
    if not sheet.text or not names or sheet.quoting:
        return False
    _set(sheet, _row(sheet, choose), choose.choice(names), "Contoh\x07 S.Pd")
    sheet.on_text.append(lambda text: text.replace("\x07", sheet.delimiter))
    return True


def cut_off(sheet: Sheet, choose: Random) -> bool:
    """The end is missing, from the middle of a row on: what stood behind is lost, and nobody can know of it."""
    if sheet.container != "csv" or sheet.encoding == "utf-16":
        return False

    def cut(text: str) -> str:
        end = text.rindex(sheet.delimiter, 0, choose.randint(text.index(sheet.end) + 1, len(text)))
        kept = text[: max(end - 1, text.index(sheet.end) + 3)]
        sheet.lost |= {document for document in sheet.meant if document not in kept}
        return kept

    sheet.on_text.append(cut)
    return len(sheet.rows) > 1 and not sheet.above


def cut_workbook(sheet: Sheet, choose: Random) -> bool:
    sheet.on_bytes.append(lambda content: content[: choose.randint(10, len(content) - 1)])
    return not sheet.text


def second_file_behind(sheet: Sheet, choose: Random) -> bool:
    """Two exports joined, with the second one's mark and header in the middle."""
    if not sheet.text or sheet.encoding != "utf-8-sig" or sheet.above:
        return False
    half = choose.randint(1, len(sheet.rows))
    sheet.rows.insert(half, [f"\ufeff{sheet.header[0]}", *sheet.header[1:]])
    sheet.noise = 1
    return True


def two_encodings(sheet: Sheet, choose: Random) -> bool:
    """Part of the file is in Windows-1252, the rest in UTF-8."""
    if not sheet.text or sheet.encoding != "utf-8" or "full_name" not in sheet.columns:
        return False
    _set(sheet, _row(sheet, choose), "full_name", "Zo\x07 Contoh")
    names = [cells[sheet.at("full_name")] for cells in sheet.rows]
    document = sheet.rows[names.index("Zo\x07 Contoh")][sheet.at(DOCUMENT[sheet.feed])]
    sheet.meant[document]["full_name"] = "Zoë Contoh"
    sheet.on_bytes.append(lambda content: content.replace(b"\x07", b"\xeb"))
    return True


DAMAGES: list[Damage] = [
    value
    for name, value in sorted(globals().items())
    if callable(value) and getattr(value, "__module__", "") == __name__ and name[0] != "_" and name[0].islower()
]
