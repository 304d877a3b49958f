"""Which form a column of dates or months has in a delivery: decided once, by the weight of evidence, or refused.

Cells vote that stand in rows which are data. No month is above 12, so a place that holds more is the day: such cells
are *telling*. What they decide for the dates of one separator:

* The form of the contract (``dayFirst``, the official template) stays while few cells tell otherwise; one, if none
  tells for it. It gives way if ``MANY`` or more do, hardly any for it, and they are a good part of the dates or the
  business date agrees; and if all that tell do so and the business date agrees.
* Where the contract has no form the telling cells decide, if hardly any contradict and if they are no odd few or the
  business date agrees; for the month first it takes two cells, or another witness.
* The business date agrees with an order, in a column of recent dates (``dated: recent``), if of the dates that both
  orders explain almost all lie within ``NEAR`` days before it in that order, and in that order only.
* Everything else is refused: two forms explain many cells, or nothing shows which comes first.

A column without telling cells has the order that ``MANY`` cells of the other columns of dates show for the separator,
if these agree and the business date does not contradict; else, where the contract has no form, the one that the
business date shows: two dates would lie after it in the other order, or nine in ten lie in the week before it, or in
the two weeks before it and in the other order over months.

More than ``FEW`` cells that contradict the others are no typing errors but another computer's dates, and some of its
dates do not tell: two orders. What is odd about a separator of few cells rejects the rows with it (``unclear -``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

import duckdb

from expectations.contract import Column, Contract
from transforms import dates
from transforms.date_cells import FEW, GOOD_PART, HARDLY, MANY, ODD, Family, cells
from transforms.date_damage import a_year_early, damage, said

APART = " | "

Weighed = Mapping[str, list[Family]]
"""By delivery what the cells of a column tell."""
Looked = dict[str, tuple[str, str]]
"""By delivery the form of a column, and why the delivery is refused (empty if it is not)."""
Order = Literal["day", "month"]
Told = Order | Literal["unclear", "mixed"]
Shown = Mapping[str | None, set[Order]]
"""By separator the orders that the columns of a delivery show, and under None those that its header tells."""


def look(
    con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, weighed: Weighed, shown: Mapping[str, Shown]
) -> Looked:
    """Decides the form of a column in each delivery of ``cell_<column>`` (see transforms.dates.take_apart).

    Args:
        con: has that table.
        contract: the feed's contract.
        column: the column.
        weighed: what its cells tell.
        shown: what all columns of dates of a delivery show together, see ``show``.
    """
    ids = [row[0] for row in con.execute(f"select distinct delivery_id from cell_{column.name}").fetchall()]
    looked = {each: _decide(contract, column, weighed.get(each, []), shown.get(each, {})) for each in ids}
    forms = _with_midnights(con, contract, column, {delivery_id: form for delivery_id, (form, _) in looked.items()})
    return {delivery_id: (forms[delivery_id], refusal) for delivery_id, (_, refusal) in looked.items()}


def show(
    contract: Contract, weighed: Mapping[str, Weighed], headings: Iterable[tuple[str, Order]] = ()
) -> Mapping[str, Shown]:
    """By delivery and separator the orders that its columns of dates show by cells that tell.

    Args:
        contract: the feed's contract.
        weighed: by column what its cells tell.
        headings: deliveries, and an order that their header tells.
    """
    shown: dict[str, dict[str | None, set[Order]]] = defaultdict(lambda: defaultdict(set))
    telling: dict[tuple[str, str | None], int] = defaultdict(int)
    for delivery_id, told in headings:
        shown[delivery_id][None].add(told)
    for column in contract.exported:
        for delivery_id, families in weighed.get(column.name, {}).items():
            for family in families:
                order = _order(contract, column, family, {}) if family.sep else "unclear"
                if (order == "day" and family.day) or (order == "month" and family.month):
                    shown[delivery_id][family.sep].add(order)
                    telling[delivery_id, family.sep] += family.day + family.month
    for (delivery_id, sep), told_by in telling.items():
        if told_by < MANY:  # columns of one file may differ, and a few cells say nothing of another column
            del shown[delivery_id][sep]
    return shown


def _with_midnights(
    con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, forms: dict[str, str]
) -> dict[str, str]:
    """The forms, to which ``midnight WIT`` and the like is added where a program wrote days as instants.

    JavaScript turns a date into UTC from midnight of the zone that the computer is set to, which need not be the
    branch's. Nine in ten stamps with a zone that are midnight in one zone of Indonesia say so.
    """
    dates.register(con, forms)
    counts = ", ".join(cells(dates.is_midnight(zone)) for zone in dates.ZONES.values())
    found = con.execute(
        f"""with cell as (
            select cell.*, {dates.ordered(column, "form.form", contract.day_first)} as day
            from cell_{column.name} as cell
            join form using (delivery_id)
            where zone is not null
        )
        select delivery_id, {cells("true")}, {counts} from cell group by delivery_id"""
    ).fetchall()
    added = dict(forms)
    for delivery_id, zoned, *at_midnight in found:
        most = max(at_midnight)
        if most and most >= (1 - HARDLY) * zoned:
            zone = list(dates.ZONES)[at_midnight.index(most)]
            added[delivery_id] += f"{APART}{dates.MIDNIGHT}{zone}"
    return added


def _decide(  # noqa: PLR0911 (one for each refusal)
    contract: Contract, column: Column, families: list[Family], shown: Shown
) -> tuple[str, str]:
    """The form of a column in one delivery, and why it is refused."""
    ordered = [family for family in families if family.sep is not None and family.dates]
    rest = next((family for family in families if family.sep is None), None)
    total = sum(family.dates for family in ordered) + (rest.known if rest else 0)
    if unsure := _year_in_front(column, families) or _in_utc(column, families):
        return "", unsure
    if damaged := a_year_early(column, families) or (rest and damage(column, rest, ordered)):
        return "", damaged
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
        beside = max([rest.known if rest else 0, *(each.dates + each.same for each in ordered if each is not family)])
        odd = family.dates <= ODD * total or (family.dates <= FEW and beside >= MANY)
        order = _order(contract, column, family, shown)
        two = order == "mixed" and min(family.day, family.month) > FEW
        if odd and not two and (order in ("unclear", "mixed") or (told and order != told[0][1])):
            words.append(f"{dates.UNCLEAR}{family.sep}")  # the row's problem
            continue
        if order == "mixed":
            return "", _mixed(
                column, family.day_line, _form(family.sep, "day"), family.month_line, _form(family.sep, "month")
            )
        if order == "unclear" or (family.both and shown.get(None, {order}) != {order}):
            return "", _unclear(column, family)
        told.append((family, order))
    for family, order in told:
        if order != told[0][1]:
            return "", _mixed(column, *_example(*told[0]), *_example(family, order))
        words.append(_form(family.sep, order))
    if rest and rest.named and not rest.odd_named:
        words.append(dates.NAME_LAST)
    words += [f"{dates.SHORT}{family.sep}" for family in families if rest and _unsure(family, rest)]
    months = [rest.shape] if rest and rest.shape and not words else []
    return APART.join(words + months) or dates.STANDARD, ""


def _year_in_front(column: Column, families: list[Family]) -> str:
    """What is said where years of two digits may stand in front; a few beside others are their rows' problem."""
    front, behind, either = (sum(getattr(f, name) for f in families) for name in ("front", "behind", "either"))
    alone = front == 1 and not behind + either and sum(family.cells for family in families) > 1
    many = front > behind or (front == behind and either) or front > max(FEW, HARDLY * (front + behind))
    if front and not alone and many:
        line = min(family.front_line for family in families if family.front_line)
    elif not front + behind and any(f.either > FEW and f.fronts < f.behinds for f in families):
        line = min(family.either_line for family in families if family.either_line)
    else:
        return ""
    return said(
        column,
        f"baris {line}: tahun dua angka mungkin di depan; tulis TTTT-BB-HH",
        f"line {line}: a year of two digits stands first, or may do so; write YYYY-MM-DD",
    )


def _unsure(family: Family, rest: Family) -> bool:
    """Whether years of two digits may stand in front, as they do in the dates beside them."""
    return family.either > 0 and not family.behind and rest.known >= family.dates + family.same


def _in_utc(column: Column, families: list[Family]) -> str:
    """What is said where moments without a zone may be days in UTC, or another zone, and the next days in Indonesia."""
    names = ("utc", "today", "timed", "office", "dawn", "late", "cells")
    utc, today, timed, office, dawn, late, every = (sum(getattr(family, name) for family in families) for name in names)
    midnights = utc > FEW and utc >= (1 - HARDLY) * every and today < FEW
    nights = late and dawn and timed > 2 * MANY and not office
    if column.kind != "date" or not (midnights or nights):
        return ""
    line = min(at for family in families if (at := family.utc_line if midnights else family.late_line))
    if midnights:
        indonesian = "jamnya sama dengan tengah malam di Indonesia menurut UTC, zona lain atau program yang meleset"
        english = "the time of day is midnight in Indonesia as UTC, another zone or a program seconds off says it"
    else:
        indonesian = "tidak ada jam antara pukul 10 dan 22, hanya malam dan pagi, seperti jam kantor menurut UTC"
        english = "no time of day is from 10 to 22 hours, all are at night, as office hours of Indonesia are in UTC"
    return said(
        column,
        f"baris {line} dan lainnya: {indonesian}, sehingga harinya mungkin hari berikutnya; tulis TTTT-BB-HH tanpa jam",
        f"line {line} and others: {english}, so that the day may be the next one; write YYYY-MM-DD without a time",
    )


def _order(  # noqa: PLR0911 (one for each row of the table above)
    contract: Contract, column: Column, family: Family, shown: Shown
) -> Told:
    """The order of the dates of one separator."""
    day, month, both = family.day, family.month, family.both
    agrees: Order | None = None
    if column.dated == "recent" and both:
        for order, near in (("day", family.near_day), ("month", family.near_month)):
            agrees = order if near >= (1 - HARDLY) * both else agrees  # type: ignore[assignment]
    others = shown.get(family.sep, set()) | shown.get(None, set())
    beside: Order | None = next(iter(others)) if len(others) == 1 and not (agrees and agrees not in others) else None
    if min(day, month) > FEW and not (agrees and not min(family.near_day, family.near_month)):
        return "mixed"
    if family.sep in contract.day_first:
        if not day and both and month <= max(FEW, HARDLY * family.dates) and beside:
            return beside
        if not month or (agrees == "day" and month <= max(FEW, HARDLY * family.dates)):
            return "day"
        clear = day <= HARDLY * (day + month)
        if clear and (agrees == "month" or (month >= MANY and month >= GOOD_PART * family.dates and not agrees)):
            return "month"
        few = month <= max(FEW, ODD * family.dates) or month <= HARDLY * (day + month)
        if few and (day or not both or (month < FEW and month <= HARDLY * family.dates)):
            return "day"
        return "mixed" if day else "unclear"
    witness = beside or (_by_business_date(family) if both else None)
    if not day and not month:
        return (witness or "unclear") if both else "day"
    told: Order = "day" if day > month else "month"
    most, least = max(day, month), min(day, month)
    enough = most > FEW if told == "day" else most >= MANY
    if (least > HARDLY * (day + month) and not (least == 1 and enough)) or (least and agrees and agrees != told):
        return "mixed"
    if not both:
        return told
    if (agrees or told) != told or (told == "month" and most == 1 and told not in (agrees, witness)):
        return "unclear"
    return told if most > ODD * family.dates or told in (agrees, witness) else "unclear"


def _by_business_date(family: Family) -> Order | None:
    """The order of dates of which none tells, where the other one makes no sense on the business date.

    None lies after it, and almost all lie in the week before it in one order and not shortly before it in the other, or
    in the two weeks before it, and in the other over months.
    """
    most = (1 - HARDLY) * family.both
    if family.only_day >= min(FEW, family.both) and not family.only_month:
        return "day"
    if family.only_month >= FEW and not family.only_day:
        return "month"
    if max(family.week_day, family.weeks_day) >= most:
        return "day"
    return "month" if family.both > FEW and max(family.week_month, family.weeks_month) >= most else None


def _form(sep: str | None, order: Order) -> str:
    return f"{'DD' if order == 'day' else 'MM'}{sep}{'MM' if order == 'day' else 'DD'}{sep}YYYY"


def _example(family: Family, order: Order = "day") -> tuple[int | None, str]:
    """A line that shows an order, and the form; of a family that tells none any line."""
    line = family.day_line if order == "day" else family.month_line
    return line or family.day_line or family.month_line or family.both_line, _form(family.sep, order)


def _mixed(column: Column, line: int | None, form: str, other_line: int | None, other: str) -> str:
    return said(
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
    return said(
        column,
        f"baris {line}: hari dan bulan tidak dapat dibedakan, juga tidak dari baris lain{kata}; tulis TTTT-BB-HH",
        f"line {line}: day and month cannot be told apart, and the other lines do not show which comes first{words};"
        " write YYYY-MM-DD",
    )


def _local(form: str) -> str:
    return form.replace("DD", "HH").replace("MM", "BB").replace("YYYY", "TTTT")
