"""Columns that count from row to row: a cell was dragged down or up in a spreadsheet, which counts (fill handle).

A run is a series of rows under each other of which each has the value of the row above and one step more, or each one
step less: the last digits and 1, a rupiah, a day or a month. Numbers of documents and cards rise by themselves; the
columns that do not are the contract's ``counting``. Chance and sorting make short runs of codes, too, and a card is
paid for month after month:

* amounts, and values that another column fixes (``fixedBy``: an agreement has one last day), count in every run, the
  latter while that column stays;
* others do where chance makes hardly any such run of values that stand there so often, or where most of its values
  stand nowhere else, unless a whole column of codes is sorted.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from expectations.cells import FOUND
from expectations.contract import COUNTED_UP, Column, Contract

_RUN = 5
"""So many rows are a run."""
_RUN_OF_EVENTS = 14
"""... where they are days of events: no branch has one on each day of two weeks, or on each weekday of three, and never
two. Where all rows are sorted by day, a quiet season of a longer history looks so, too, unless it is most of them."""
_CHANCE = 1e-4
"""So many runs by chance are expected in a delivery at most."""
_MANY = 20
"""In so many rows a value that stands once is rare."""


def mark(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Adds to FOUND of the rows of the temporary table ``typed`` (see transforms.conform) which columns count up."""
    for column, step in [(each, step) for each in contract.counting for step in _both_ways(each)]:
        least = _least(column)
        # few deliveries have so many rows that lie as far from their line, and only those are looked at closely
        found = con.execute(
            f"""select distinct delivery_id from (
                select delivery_id, line_no, {step} as step from typed where row_problem is null{_spread(column, step)}
            ) where step is not null group by delivery_id, step - line_no having count(*) >= {least}"""
        ).fetchall()
        if not found:
            continue
        con.register("suspect", pa.table({"delivery_id": [delivery_id for (delivery_id,) in found]}))
        con.execute(
            f"""create or replace temp table suspects as
            select *, {step} as step, {_before(column)} as before
            from typed join suspect using (delivery_id) where row_problem is null and {step} is not null"""
        )
        runs = [con.execute(_runs(contract, column, other)).to_arrow_table() for other in column.fixed_by or [""]]
        con.register("run", pa.concat_tables(runs))
        con.execute(
            f"""update typed set {FOUND} = concat_ws(' ', {FOUND}, '{column.name}{COUNTED_UP}')
            where row_no in (select row_no from run)"""
        )
        con.execute("drop table suspects")
        con.unregister("suspect")
        con.unregister("run")


def _both_ways(column: Column) -> list[str]:
    """The steps, and those of a cell that was dragged up."""
    return [way for step in _steps(column) for way in (step, f"-{step}")]


def _steps(column: Column) -> list[str]:
    """SQL of a column's value as a number that rises by one with each step. A fill handle may leave out weekends."""
    name = f'"{column.name}"'
    if column.dated == "recent":
        since = f"({name} - date '1969-12-29')"  # a Monday
        weekday = f"case when {since} % 7 < 5 then 5 * ({since} // 7) + {since} % 7 end"
        return [f"({name} - date '1970-01-01')", f"({weekday})"]
    if column.kind == "string":
        number = f"try_cast(regexp_extract({name}, '([0-9]+)[^0-9]*$', 1) as bigint)"
        return [f"(case when regexp_matches({name}, '{column.random}') then {number} end)" if column.random else number]
    kinds = {"date": f"({name} - date '1970-01-01')", "month": f"(12 * year({name}) + month({name}))"}
    return [kinds.get(column.kind, name)]


def _least(column: Column) -> int:
    return _RUN_OF_EVENTS if column.dated == "recent" else _RUN


def _spread(column: Column, step: str) -> str:
    """SQL of whether a delivery's days of events are as many as a run of them: those of most are a few."""
    if column.dated != "recent":
        return ""
    few = f"having max({step}) - min({step}) >= {_RUN_OF_EVENTS - 1}"
    return f" and delivery_id in (select delivery_id from typed group by delivery_id {few})"


def _before(column: Column) -> str:
    """SQL of what is the same in all values of a run."""
    return f"""regexp_replace("{column.name}", '[0-9]+([^0-9]*)$', '#\\1')""" if column.kind == "string" else "''"


def _runs(contract: Contract, column: Column, fixed_by: str) -> str:
    """SQL of the row_no of rows in a run of a column."""
    gap = 1 if column.dated == "recent" else 2
    run = f'(delivery_id, before, step - line_no, "{fixed_by or "delivery_id"}")'
    person = next((each.name for each in contract.exported if each.hashed_as and each.required), "line_no")
    odd = "true"
    if not fixed_by and not column.rupiah:
        listed = "sorted and length < size" if column.kind == "string" else "false"
        odd = f"""2 * persons > length and not ({listed}) and (
            by_chance < ln({_CHANCE}) or (size >= {_MANY} and alone >= {_RUN} - 1)
        )"""
    if column.dated == "recent":
        odd += " and not (sorted and 2 * length <= size)"
    return f"""with valued as (
            select row_no, delivery_id, line_no, step, before, "{person}" as person, {run} as run_of,
                count(*) over (partition by delivery_id, before, step) as often,
                step < lag(step) over (partition by delivery_id order by line_no) as falls,
                line_no - lag(line_no) over (partition by {run} order by line_no) > {gap} as begins
            from suspects
        ),
        parted as (
            -- DuckDB counts with a filter anew for each row: a long run would take the square of its rows
            select *, count(case when begins then 1 end) over (partition by run_of order by line_no) as part from valued
        ),
        run as (
            select delivery_id, list(row_no) as row_nos, count(*) as length, count(distinct person) as persons,
                count(*) filter (often = 1) as alone, sum(ln(often)) as often
            from parted
            group by delivery_id, run_of, part
        ),
        whole as (
            select delivery_id, count(*) as size, count(distinct (before, step)) as kinds,
                not bool_or(coalesce(falls, false)) as sorted
            from valued
            group by delivery_id
        )
        -- by_chance: the logarithm of how many such runs are expected from how often each of the values stands there
        select unnest(row_nos) as row_no, ln(kinds) + (1 - length) * ln(size) + length * ln(2) + often as by_chance
        from run
        join whole using (delivery_id)
        where length >= {_least(column)} and {odd}"""
