"""The legal amounts of a payment, for the judgement of new rows; the marts read the same tables.

The numbers are in the reference tables of contributions, and what they make of a month is in `core.contribution_due`.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.duck import quoted

_MODELS = Path(__file__).parent / "models"
_READ = ("contribution_bracket", "contribution_programme", "contribution_discount")
# A call puts its arguments in as text, so that a column in here must not have the name of one out there.
# Months beyond 1 to 12 have another rule, and a range of them may be endless.
_LEGAL = """
create or replace temp macro legal(first, how_many, package, who) as table
with due_month as (
    select cast(
        first + to_months(cast(unnest(range(case when how_many between 1 and 12 then how_many else 0 end)) as integer))
        as date
    ) as due_month
),
due_total as (
    select sum(due_rp) as due_rp, sum(full_rp) as full_rp
    from due_month
    inner join temp.contribution_due
        on due_month >= due_from_month
            and due_month <= coalesce(due_to_month, due_month)
            and due_programmes = package
            and due_payer = who
    group by due_base_rp, due_sector
    having count(*) = how_many
)
select
    min(due_rp)::bigint as smallest_rp,
    max(full_rp)::bigint as largest_rp,
    list_sort(list(distinct due_rp::bigint)) as amounts_rp
from due_total
"""


def know_legal_amounts(con: duckdb.DuckDBPyConnection, reference: Path) -> None:
    """Makes the table macro ``legal(first month, months, programmes, payer)``, which contracts look up.

    Its one row has the smallest amount that such a payment may have, the largest one without any discount, and all
    legal ones, in rupiah and over all sectors, since a payment does not say which one is its person's. All are null
    for what no table knows.

    Args:
        con: any connection; it gets the temporary table ``contribution_due``.
        reference: folder of the reference CSV files.
    """
    con.execute(f"set variable reference = {quoted(str(reference))}")
    sql = (_MODELS / "core" / "contribution_due.sql").read_text(encoding="utf-8")
    for name in _READ:
        table = (_MODELS / "reference" / f"{name}.sql").read_text(encoding="utf-8")
        con.execute(f"create or replace temp table {name} as {table}")
        sql = sql.replace(f"reference.{name}", f"temp.{name}")
    con.execute(
        f"""create or replace temp table contribution_due as
        select from_month as due_from_month, to_month as due_to_month, base_rp as due_base_rp,
            programmes as due_programmes, payer as due_payer, sector as due_sector, due_rp, full_rp
        from ({sql})"""
    )
    con.execute(_LEGAL)
