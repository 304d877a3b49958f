"""The base income that payments imply, beside the income that was declared: counts of people by branch.

A declared income is specific personal data and rests in the vault. So this is for whoever holds the vault's key: it is
computed when it is asked for, printed, and neither stored nor published; no count stands for fewer people than
`smallest_cell`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import duckdb
from rich.table import Table

from perisai.errors import DayFailed
from perisai.rights import lists
from perisai.settings import Settings
from perisai.step import alone, opened_lake
from warehouse import vault

_COMPARED = """
with declared as (
    select registrations.participant_key, registrations.declared_income_rp
    from vault.registrations
    inner join core.delivery on registrations.delivery_id = delivery.delivery_id
    where delivery.effective and not list_contains($restricted, registrations.participant_key::varchar)
    qualify row_number() over (
        partition by registrations.participant_key
        order by registrations.business_date desc, registrations.delivery_id desc, registrations.line_no desc
    ) = 1
),

last_payment as (
    select participant_key, branch_code, first_month, months, programmes, payer, amount_rp
    from core.contribution
    where amount_rp > 0 and participant_key in (select participant_key from declared)
    qualify row_number() over (
        partition by participant_key order by payment_date desc, receipt_no desc, branch_code desc
    ) = 1
),

asked as (select distinct first_month, months, programmes, payer, amount_rp from last_payment),

asked_month as (select *, unnest(range(months)) as step from asked),

legal as (
    select asked.first_month, asked.months, asked.programmes, asked.payer, asked.amount_rp, due.base_rp, due.sector
    from asked_month as asked
    inner join core.contribution_due as due
        on asked.programmes = due.programmes and asked.payer = due.payer
            and asked.first_month + to_months(cast(asked.step as integer)) >= due.from_month
            and asked.first_month + to_months(cast(asked.step as integer)) <= coalesce(due.to_month, date '9999-12-31')
    group by all
    having sum(due.due_rp) = asked.amount_rp and count(*) = asked.months
),

implied as (
    select first_month, months, programmes, payer, amount_rp, min(base_rp) as implied_rp from legal group by all
),

compared as (
    select
        last_payment.branch_code,
        implied.implied_rp,
        max(bracket.base_rp) as declared_rp
    from last_payment
    inner join declared on last_payment.participant_key = declared.participant_key
    left join implied using (first_month, months, programmes, payer, amount_rp)
    left join reference.contribution_bracket as bracket
        on declared.declared_income_rp >= bracket.income_from_rp
            and last_payment.first_month >= bracket.valid_from
            and last_payment.first_month <= coalesce(bracket.valid_to, last_payment.first_month)
    group by last_payment.participant_key, last_payment.branch_code, implied.implied_rp
)

select
    branch_code,
    count(*) as people,
    count(*) filter (implied_rp = declared_rp) as same,
    count(*) filter (implied_rp < declared_rp) as lower,
    count(*) filter (implied_rp > declared_rp) as higher,
    count(*) filter (implied_rp is null) as not_known,
    (select value from reference.parameter where parameter = 'smallest_cell') as smallest
from compared
group by branch_code
order by branch_code
"""


@dataclass(frozen=True)
class Compared:
    """People of a branch who declared an income and paid, by the base that their last payment implies.

    ``parts`` are the same base as declared, a lower one, a higher one, and no legal amount; None where one of them
    would stand for too few people.
    """

    branch_code: str
    people: int
    parts: tuple[int, int, int, int] | None


def compare(con: duckdb.DuckDBPyConnection, restricted: Collection[str] = ()) -> list[Compared]:
    """Each branch with enough people.

    Args:
        con: a connection to the lake as it is built, with the vault as the catalog ``vault``.
        restricted: pseudonyms of people whose data may not be used.
    """
    found = []
    for branch, people, *parts, smallest in con.execute(_COMPARED, {"restricted": sorted(restricted)}).fetchall():
        if people >= smallest:
            shown = all(part == 0 or part >= smallest for part in parts)
            same, lower, higher, not_known = parts
            found.append(Compared(branch, people, (same, lower, higher, not_known) if shown else None))
    return found


def as_table(settings: Settings) -> Table:
    """The comparison on paper.

    Raises:
        DayFailed: there is no vault, or nothing was built yet.
    """
    if not settings.vault.exists():
        raise DayFailed(f"{settings.vault} is not there: declared incomes rest in the vault, and nowhere else")
    key = settings.secret_vault
    with alone(settings, "incomes"), opened_lake(settings) as con, vault.reading(con, settings.vault, key):
        try:
            rows = compare(con, lists.restricted(settings))
        except duckdb.CatalogException as error:
            raise DayFailed("nothing was built yet; run `perisai marts`") from error
    table = Table("branch", "people", "same base", "lower base", "higher base", "no legal amount")
    for row in rows:
        parts = [f"{part:,}" for part in row.parts] if row.parts else ["too few"] * 4
        table.add_row(row.branch_code, f"{row.people:,}", *parts)
    return table
