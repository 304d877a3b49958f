"""Which form a column of dates or months has in a delivery: decided once, by the weight of evidence, or refused.

Cells vote that stand in rows which are data. No month is above 12, so a place that holds more is the day: such cells
are *telling*. What they decide for the dates of one separator:

* The form of the contract (``dayFirst``, the official template) stays while few cells tell otherwise; one, if none
  tells for it. It gives way if ``MANY`` or more do, hardly any for it, and they are a good part of the dates or the
  business date agrees; and if all that tell do so and the business date agrees.
* Where the contract has no form the telling cells decide, if hardly any contradict and if they are no odd few or the
  business date agrees.
* The business date agrees with an order, in a column of recent dates (``dated: recent``), if of the dates that both
  orders explain almost all lie within ``NEAR`` days before it in that order, and in that order only.
* Everything else is refused: two forms explain many cells, or nothing shows which comes first.

A spreadsheet that understood some dates in the wrong order leaves those texts as they are that it did not understand:
true dates all up to the 12th beside texts all above it are refused, with the cause, unless that is no wonder for so
few cells, or the business date shows that nothing was exchanged.

More than ``FEW`` cells that contradict the others are no typing errors but another computer's dates, and some of its
dates do not tell: two orders. What is odd about a separator of few cells rejects the rows with it (``unclear -``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

import duckdb

from expectations.contract import Column, Contract
from transforms import dates

MANY, FEW = 5, 2
"""So many cells are enough to be believed, and so few may always be typing errors."""
HARDLY, GOOD_PART = 0.1, 0.2
"""Shares of the cells: up to the first they may be typing errors, from the second on they are not."""
ODD = 0.05
"""Up to this share of a column's dates a single kind of cell is odd."""
EARLY = 12 / 30.4
"""Share of the days of a year that are the 12th of a month or before."""
CHANCE = 0.05
"""What is likelier than this may be chance."""
NEAR = 62
APART = " | "

Looked = dict[str, tuple[str, str]]
"""By delivery the form of a column, and why the delivery is refused (empty if it is not)."""
Order = Literal["day", "month"]
Told = Order | Literal["unclear", "mixed"]


@dataclass(frozen=True)
class Family:
    """How many dates of one separator tell which order, or could have both, and on which line the first stands.

    ``near_day`` and ``near_month`` are those of ``both`` that lie near the business date in that order only.
    ``near_told`` are those of ``day`` and ``month`` that lie near it. ``sep`` is None for everything else: there
    ``known`` counts true dates and serials, of which ``early`` have a day up to the 12th. ``movable`` of these are
    another date with day and month exchanged; ``near_stand`` of these lie near the business date as they stand,
    ``near_known`` as they stand only.
    """

    sep: str | None
    day: int
    month: int
    both: int
    near_day: int
    near_month: int
    near_told: int
    day_line: int | None
    month_line: int | None
    both_line: int | None
    serial: int
    late_serial: int
    serial_line: int | None
    known: int
    early: int
    movable: int
    near_stand: int
    near_known: int
    iso_line: int | None
    short: int
    front: int
    front_line: int | None
    named: int
    odd_named: int

    @property
    def dates(self) -> int:
        """How many cells have an order."""
        return self.day + self.month + self.both


def look(con: duckdb.DuckDBPyConnection, contract: Contract, column: Column) -> Looked:
    """Weighs the form of a column in each delivery of ``cell_<column>`` (see transforms.dates.take_apart)."""
    if column.kind == "month":  # a whole date stands for a month only as its first day
        day, month, both = "first = 1 and second between 2 and 12", "second = 1 and first between 2 and 12", "false"
    else:
        day = "first between 13 and 31 and second between 1 and 12"
        month = "second between 13 and 31 and first between 1 and 12"
        both = "first <> second and day_first is not null and month_first is not null"
    near = {
        name: f"coalesce({name} between business_date - {NEAR} and business_date, false)"
        for name in ("day_first", "month_first", "known", "swapped")
    }
    front = dates.year_in_front(column)
    found = con.execute(
        f"""with cell as (
            select *, sep is not null and not {front} as ordered, coalesce(iso, serial) as known,
                day(known) <= 12 as early,
                case when early and day(known) <> month(known)
                    then make_date(year(known), day(known), month(known)) end as swapped
            from cell_{column.name}
            where cells > 0
        )
        select delivery_id, sep,
            {_cells(f"ordered and {day}")}, {_cells(f"ordered and {month}")}, {_cells(f"ordered and {both}")},
            {_cells(f"ordered and {both} and {near['day_first']} and not {near['month_first']}")},
            {_cells(f"ordered and {both} and {near['month_first']} and not {near['day_first']}")},
            {_cells(f"ordered and ({day} and {near['day_first']} or {month} and {near['month_first']})")},
            {_line(f"ordered and {day}")}, {_line(f"ordered and {month}")}, {_line(f"ordered and {both}")},
            {_cells("serial is not null")}, {_cells("serial is not null and not early")}, {_line("serial is not null")},
            {_cells("known is not null")}, {_cells("early")},
            {_cells("swapped is not null")}, {_cells(f"swapped is not null and {near['known']}")},
            {_cells(f"swapped is not null and {near['known']} and not {near['swapped']}")}, {_line("iso is not null")},
            {_cells("short")}, {_cells(front)}, {_line(front)},
            {_cells("front is not null")},
            {_cells("abs(front - year(business_date) % 100) > 1")}
        from cell
        group by delivery_id, sep
        order by delivery_id, sep"""
    ).fetchall()
    families: dict[str, list[Family]] = defaultdict(list)
    for delivery_id, *numbers in found:
        families[delivery_id].append(Family(*numbers))
    ids = con.execute(f"select distinct delivery_id from cell_{column.name}").fetchall()
    looked = {delivery_id: _decide(contract, column, families[delivery_id]) for (delivery_id,) in ids}
    forms = _with_midnights(con, contract, column, {delivery_id: form for delivery_id, (form, _) in looked.items()})
    return {delivery_id: (forms[delivery_id], refusal) for delivery_id, (_, refusal) in looked.items()}


def _with_midnights(
    con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, forms: dict[str, str]
) -> dict[str, str]:
    """The forms, to which ``midnight WIT`` and the like is added where a program wrote days as instants.

    JavaScript turns a date into UTC from midnight of the zone that the computer is set to, which need not be the
    branch's. Nine in ten stamps with a zone that are midnight in one zone of Indonesia say so.
    """
    dates.register(con, forms)
    counts = ", ".join(_cells(dates.is_midnight(zone)) for zone in dates.ZONES.values())
    found = con.execute(
        f"""with cell as (
            select cell.*, {dates.ordered(column, "form.form", contract.day_first)} as day
            from cell_{column.name} as cell
            join form using (delivery_id)
            where zone is not null
        )
        select delivery_id, {_cells("true")}, {counts} from cell group by delivery_id"""
    ).fetchall()
    added = dict(forms)
    for delivery_id, zoned, *at_midnight in found:
        most = max(at_midnight)
        if most and most >= (1 - HARDLY) * zoned:
            zone = list(dates.ZONES)[at_midnight.index(most)]
            added[delivery_id] += f"{APART}{dates.MIDNIGHT}{zone}"
    return added


def _cells(where: str) -> str:
    return f"coalesce(sum(cells) filter ({where}), 0)::bigint"


def _line(where: str) -> str:
    return f"min(line) filter ({where})"


def _decide(contract: Contract, column: Column, families: list[Family]) -> tuple[str, str]:  # noqa: PLR0911 (one for each refusal)
    """The form of a column in one delivery, and why it is refused."""
    ordered = [family for family in families if family.sep is not None and family.dates]
    rest = next((family for family in families if family.sep is None), None)
    short = sum(family.short for family in families)
    front = [family for family in families if family.front]
    in_front = sum(family.front for family in front)
    total = sum(family.dates for family in ordered) + (rest.known if rest else 0)
    if in_front >= (FEW if short + total > in_front else 1) and (
        in_front >= short * (HARDLY if column.dated == "birth" else 0.5)
    ):
        line = min(family.front_line or 0 for family in front)
        return "", _said(
            column,
            f"baris {line}: tahun dua angka di depan; tulis TTTT-BB-HH",
            f"line {line}: a year of two digits stands first; write YYYY-MM-DD",
        )
    if rest and (swapped := _swapped(column, rest, ordered)):
        return "", swapped
    words: list[str] = []
    if rest and rest.serial:
        if rest.serial >= (1 - HARDLY) * total or (rest.serial > FEW and rest.late_serial > HARDLY * rest.serial):
            words.append(dates.SERIAL)
        elif rest.serial > max(FEW, HARDLY * total):
            lines = [(rest.iso_line, dates.STANDARD)] + [_example(family) for family in ordered]
            line, form = min((line, form) for line, form in lines if line)
            return "", _mixed(column, rest.serial_line, "45199", line, form)
    told: list[tuple[Family, Order]] = []
    for family in sorted(ordered, key=lambda each: -each.dates):
        beside = max([rest.known if rest else 0, *(other.dates for other in ordered if other is not family)])
        odd = family.dates <= ODD * total or (family.dates <= FEW and beside >= MANY)
        order = _order(contract, column, family)
        two = order == "mixed" and min(family.day, family.month) > FEW
        if odd and not two and (order in ("unclear", "mixed") or (told and order != told[0][1])):
            words.append(f"{dates.UNCLEAR}{family.sep}")  # the row's problem
            continue
        if order == "mixed":
            return "", _mixed(
                column, family.day_line, _form(family.sep, "day"), family.month_line, _form(family.sep, "month")
            )
        if order == "unclear":
            return "", _unclear(column, family)
        told.append((family, order))
    for family, order in told:
        if order != told[0][1]:
            return "", _mixed(column, *_example(*told[0]), *_example(family, order))
        words.append(_form(family.sep, order))
    if rest and rest.named and not rest.odd_named:
        words.append(dates.NAME_LAST)
    return APART.join(words) or dates.STANDARD, ""


def _order(contract: Contract, column: Column, family: Family) -> Told:  # noqa: PLR0911 (one for each row of the table above)
    """The order of the dates of one separator."""
    day, month, both = family.day, family.month, family.both
    agrees: Order | None = None
    if column.dated == "recent" and both:
        for order, near in (("day", family.near_day), ("month", family.near_month)):
            agrees = order if near >= (1 - HARDLY) * both else agrees  # type: ignore[assignment]
    if min(day, month) > FEW and not (agrees and not min(family.near_day, family.near_month)):
        return "mixed"
    if family.sep in contract.day_first:
        if not month or (agrees == "day" and month <= max(FEW, HARDLY * family.dates)):
            return "day"
        clear = day <= HARDLY * (day + month)
        if clear and (agrees == "month" or (month >= MANY and month >= GOOD_PART * family.dates and not agrees)):
            return "month"
        few = month <= max(FEW, ODD * family.dates) or month <= HARDLY * (day + month)
        if few and (day or not both or (month < FEW and month <= HARDLY * family.dates)):
            return "day"
        return "mixed" if day else "unclear"
    if not day and not month:
        return "unclear" if both else "day"
    told: Order = "day" if day > month else "month"
    most, least = max(day, month), min(day, month)
    if least and (least > HARDLY * (day + month) or (agrees and agrees != told)):
        return "mixed"
    if both and (agrees or told) != told:
        return "unclear"
    return told if not both or most > ODD * family.dates or agrees else "unclear"


def _swapped(column: Column, rest: Family, ordered: list[Family]) -> str:
    """What is said where a spreadsheet exchanged day and month of the dates that it understood; else nothing."""
    day, month = sum(family.day for family in ordered), sum(family.month for family in ordered)
    left, both = max(day, month), min(day, month) + sum(family.both for family in ordered)
    if (
        column.kind != "date"
        or not rest.movable
        or not left
        or left < ODD * (rest.known + left)
        or rest.early < (1 - HARDLY) * rest.known
        or both > HARDLY * left
        or EARLY**rest.early * (1 - EARLY) ** left > CHANCE
    ):
        return ""
    near = sum(family.near_told for family in ordered)
    if (
        column.dated == "recent"
        and rest.near_known >= min(FEW, rest.movable)
        and rest.near_stand >= (1 - HARDLY) * rest.movable
        and near >= (1 - HARDLY) * left
    ):
        return ""  # as they stand they lie shortly before the business date, like the texts; exchanged dates do not
    line = min(line for line in (rest.iso_line, rest.serial_line) if line)
    text = min(line for f in ordered for line in (f.day_line, f.month_line) if line)
    return _said(
        column,
        f"baris {line} berisi tanggal dengan hari sampai 12, baris {text} teks dengan hari di atas 12, demikian semua"
        " baris: spreadsheet menukar hari dan bulan tanggal yang dikenalinya; ekspor ulang dari sumbernya dengan"
        " kolom berformat teks, atau tulis TTTT-BB-HH",
        f"line {line} holds a true date whose day is at most 12, line {text} a text whose day is above 12, and so do"
        " all lines: a spreadsheet has exchanged day and month of the dates that it understood; export again from the"
        " source with the column formatted as text, or write YYYY-MM-DD",
    )


def _form(sep: str | None, order: Order) -> str:
    return f"{'DD' if order == 'day' else 'MM'}{sep}{'MM' if order == 'day' else 'DD'}{sep}YYYY"


def _example(family: Family, order: Order = "day") -> tuple[int | None, str]:
    """A line that shows an order, and the form; of a family that tells none any line."""
    line = family.day_line if order == "day" else family.month_line
    return line or family.day_line or family.month_line or family.both_line, _form(family.sep, order)


def _mixed(column: Column, line: int | None, form: str, other_line: int | None, other: str) -> str:
    return _said(
        column,
        f"baris {line} berbentuk {_local(form)}, baris {other_line} berbentuk {_local(other)}; tulis semua TTTT-BB-HH",
        f"line {line} has the form {form}, line {other_line} the form {other}; write all as YYYY-MM-DD",
    )


def _unclear(column: Column, family: Family) -> str:
    line, kata, words = family.both_line, "", ""
    told, order = (family.month_line, "MM{0}DD{0}YYYY") if family.month else (family.day_line, "DD{0}MM{0}YYYY")
    if told:
        form = order.format(family.sep)
        kata, words = f" (baris {told} hanya dapat {_local(form)})", f" (line {told} can only be {form})"
    return _said(
        column,
        f"baris {line}: hari dan bulan tidak dapat dibedakan, juga tidak dari baris lain{kata}; tulis TTTT-BB-HH",
        f"line {line}: day and month cannot be told apart, and the other lines do not show which comes first{words};"
        " write YYYY-MM-DD",
    )


def _local(form: str) -> str:
    return form.replace("DD", "HH").replace("MM", "BB").replace("YYYY", "TTTT")


def _said(column: Column, kata: str, words: str) -> str:
    return f"Kolom {column.header}, {kata} / column {column.header}, {words}"
