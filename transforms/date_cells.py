"""What the cells of a column of dates or months tell about its form, counted in each delivery."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import duckdb

from expectations.contract import Column
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
WEEK, WEEKS = 7, 14
"""Days before the business date in which nine in ten payments of a daily file lie, and all of a weekly one."""
_SPREAD = 3
"""Dates of a few days lie in so many months, each on the same day of it, if they are read in the wrong order."""
UTC_HOURS = ("15:00:00", "16:00:00", "17:00:00", "22:00:00", "23:00:00")
"""Midnight in Indonesia's zones as UTC says it, since 1964, or one of the other zones."""
ALMOST = ("23:59:00", "23:59:58")
"""From and to: midnight of the next day, by a program that is some seconds off. 23:59:59 is the end of its day."""
LATER = {1904: 1462, 1960: 21916, 1970: 25569}
"""Days from the beginning of 1900, from which most spreadsheets count, to other beginnings: of other spreadsheets, of
programs for statistics, of databases."""


@dataclass(frozen=True)
class Family:
    """How many dates of one separator tell which order, or could have both, and on which line the first stands.

    ``near_day`` and ``near_month`` are those of ``both`` that lie near the business date in that order only,
    ``week_day`` and ``week_month`` those that lie within a ``WEEK`` of it, ``weeks_day`` and ``weeks_month`` within
    ``WEEKS``, where those of the other order lie in ``_SPREAD`` months or more, and ``only_day`` and ``only_month``
    those that would lie after it in the other order. ``same`` counts the dates that are one in both orders. ``front``
    are years of two digits that make sense only in front, ``behind`` only behind, ``either`` in both places; these have
    ``fronts`` numbers in front and ``behinds`` behind. ``utc`` are moments without a zone that are midnight in some
    zone of Indonesia if they are meant in UTC or in another one, or almost midnight; ``today`` of these would lie after
    the business date there. ``timed`` are all moments without a zone but the beginnings and ends of days, ``office`` of
    these from 10 to 22 hours, ``late`` after that, and ``dawn`` from 1 to 9. ``shape`` is how most months are written.
    ``sep`` is None for everything else: there ``known`` counts true dates and serials, of which ``early`` have a
    day up to the 12th. ``movable`` of these are another date with day and month exchanged; ``near_stand`` of these
    lie near the business date as they stand, ``near_known`` as they stand only. ``near`` counts all of ``known``
    that lie near it, ``near_1904`` and so on all if they were counted from there (see ``LATER``); ``near_any`` those of
    which any reading does, and ``near_year`` those of which one does a year later; ``months`` is in how many months of
    a year they lie. ``far`` are the movable ones that do not lie near it, in ``far_months`` months; ``far_turned`` of
    these do once day and month are exchanged.
    """

    sep: str | None
    day: int
    month: int
    both: int
    near_day: int
    near_month: int
    week_day: int
    week_month: int
    weeks_day: int
    weeks_month: int
    only_day: int
    only_month: int
    same: int
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
    near: int
    near_1904: int
    near_1960: int
    near_1970: int
    near_any: int
    near_year: int
    months: int
    far: int
    far_turned: int
    far_months: int
    far_line: int | None
    short: int
    front: int
    front_line: int | None
    behind: int
    either: int
    fronts: int
    behinds: int
    either_line: int | None
    named: int
    odd_named: int
    cells: int
    utc: int
    today: int
    utc_line: int | None
    timed: int
    office: int
    dawn: int
    late: int
    late_line: int | None
    shape: str | None

    @property
    def dates(self) -> int:
        """How many cells have an order."""
        return self.day + self.month + self.both


def weigh(con: duckdb.DuckDBPyConnection, column: Column) -> dict[str, list[Family]]:
    """Counts in each delivery of ``cell_<column>`` (see transforms.dates.take_apart) what its cells tell."""
    if column.kind == "month":  # a whole date stands for a month only as its first day
        day, month, both = "first = 1 and second between 2 and 12", "second = 1 and first between 2 and 12", "false"
    else:
        day = "first between 13 and 31 and second between 1 and 12"
        month = "second between 13 and 31 and first between 1 and 12"
        both = "first <> second and day_first is not null and month_first is not null"
    past = column.dated in ("recent", "past")
    late = {name: f"{past} and {name} > business_date" for name in ("day_first", "month_first")}
    weeks = [
        f"case when count(distinct month({other})) filter (ordered and {both}) >= {_SPREAD} then"
        f" {cells(f'ordered and {both} and {name} between business_date - {WEEKS} and business_date')} else 0 end"
        for name, other in (("day_first", "month_first"), ("month_first", "day_first"))
    ]
    week = {name: f"{name} between business_date - {WEEK} and business_date" for name in late}
    hours = ", ".join(f"time '{hour}'" for hour in UTC_HOURS)
    timed = "(zone is null and time not in (time '00:00', time '23:59:59'))"
    utc = f"({timed} and (time in ({hours}) or time between time '{ALMOST[0]}' and time '{ALMOST[1]}'))"
    future = f"{past} and coalesce(iso, day_first, serial) >= business_date"
    letters = "regexp_replace(bare, '[A-Za-z]+', 'MMM')"
    digits = f"case bare when {letters} then 'MM' else 'YY' end"
    shape = f"regexp_replace(regexp_replace({letters}, '[0-9]{{4}}', 'YYYY'), '[0-9]+', {digits})"
    near = {
        name: f"coalesce({name} between business_date - {dates.NEAR} and business_date, false)"
        for name in ("day_first", "month_first", "known", "swapped")
    }
    around = f"between business_date - {dates.NEAR} and business_date"
    later = ", ".join(cells(f"known + {days} {around}") for days in LATER.values())
    years = " or ".join(f"({name} + interval 1 year)::date {around}" for name in ("known", "day_first", "month_first"))
    anyhow = " or ".join(near[name] for name in ("known", "day_first", "month_first"))
    front, short_first = dates.year_in_front(column), dates.sensible(column, "short_first")
    behind = f"(short and sep is not null and not {short_first} and ({dates.year_behind(column)}))"
    either = f"(short and sep is not null and {short_first} and not {front})"
    found = con.execute(
        f"""with cell as (
            select *, sep is not null and not {front} as ordered, coalesce(iso, serial) as known,
                day(known) <= 12 as early,
                case when early and day(known) <> month(known)
                    then make_date(year(known), day(known), month(known)) end as swapped,
                swapped is not null and not {near["known"]} as far
            from cell_{column.name}
            where cells > 0
        )
        select delivery_id, sep,
            {cells(f"ordered and {day}")}, {cells(f"ordered and {month}")}, {cells(f"ordered and {both}")},
            {cells(f"ordered and {both} and {near['day_first']} and not {near['month_first']}")},
            {cells(f"ordered and {both} and {near['month_first']} and not {near['day_first']}")},
            {cells(f"ordered and {both} and {week['day_first']} and not {near['month_first']}")},
            {cells(f"ordered and {both} and {week['month_first']} and not {near['day_first']}")},
            {", ".join(weeks)},
            {cells(f"ordered and {both} and {late['month_first']} and not ({late['day_first']})")},
            {cells(f"ordered and {both} and {late['day_first']} and not ({late['month_first']})")},
            {cells("ordered and first = second")},
            {line(f"ordered and {day}")}, {line(f"ordered and {month}")}, {line(f"ordered and {both}")},
            {cells("serial is not null")}, {cells("serial is not null and not early")}, {line("serial is not null")},
            {cells("known is not null")}, {cells("early")},
            {cells("swapped is not null")}, {cells(f"swapped is not null and {near['known']}")},
            {cells(f"swapped is not null and {near['known']} and not {near['swapped']}")}, {line("iso is not null")},
            {cells(near["known"])}, {later}, {cells(anyhow)}, {cells(years)}, count(distinct month(known)),
            {cells("far")}, {cells(f"far and {near['swapped']}")},
            count(distinct month(known)) filter (far), {line("far")}, {cells("short")}, {cells(front)}, {line(front)},
            {cells(behind)}, {cells(either)}, count(distinct first) filter ({either}),
            count(distinct year(day_first)) filter ({either}), {line(either)},
            {cells("front is not null")}, {cells("abs(front - year(business_date) % 100) > 1")},
            {cells("true")}, {cells(utc)}, {cells(f"{utc} and {future}")}, {line(utc)},
            {cells(timed)}, {cells(f"{timed} and hour(time) between 10 and 21")},
            {cells(f"{timed} and hour(time) between 1 and 8")},
            {cells(f"{timed} and hour(time) >= 22")}, {line(f"{timed} and hour(time) >= 22")},
            mode({shape}) filter (month is not null and front is null)
        from cell
        group by delivery_id, sep
        order by delivery_id, sep"""
    ).fetchall()
    families: dict[str, list[Family]] = defaultdict(list)
    for delivery_id, *numbers in found:
        families[delivery_id].append(Family(*numbers))
    return families


def cells(where: str) -> str:
    """SQL: how many cells there are of which something is true."""
    return f"coalesce(sum(cells) filter ({where}), 0)::bigint"


def line(where: str) -> str:
    """SQL: the first line of which it is true."""
    return f"min(line) filter ({where})"
