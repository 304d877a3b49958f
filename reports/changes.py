"""What changed since the version before: a few figures of each place and branch, side by side."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import duckdb

from reports.facts import NATION
from reports.read import Groups, Row
from warehouse.duck import records

# What came in during a month is that of the newer version's month, zero where the older one did not have it yet; what
# stands at a moment is that of each version's own.
_FIGURES = """
with line as (
    select month, branch_code, province_code as province, new_2 + new_3 as new, contribution_rp as received
    from marts.monev_branch_month
)
select region_code as place, 'protected' as figure, cast(protected as bigint) as value
from marts.coverage_month where definition = 'bpu' and month = (select max(month) from marts.coverage_month)
union all
select region_code, 'protected_by_perisai', cast(perisai as bigint)
from marts.coverage_month where definition = 'bpu' and month = (select max(month) from marts.coverage_month)
union all
select branch_code, 'new_participants', cast(sum(new) as bigint) from line where month = $month group by all
union all
select branch_code, 'contributions_received_rp', cast(sum(received) as bigint)
from line where month = $month group by all
union all
select province, 'new_participants', cast(sum(new) as bigint) from line where month = $month group by all
union all
select '00', 'new_participants', cast(sum(new) as bigint) from line where month = $month
union all
select branch_code, 'rows_accepted', cast(sum(accepted) as bigint) from marts.delivery_day group by all
union all
select '00', 'rows_accepted', cast(sum(accepted) as bigint) from marts.delivery_day
union all
select '00', 'payable_rp', cast(payable_rp as bigint) from marts.incentive_close where month = $month
"""


def between(older: duckdb.DuckDBPyConnection, newer: duckdb.DuckDBPyConnection, month: date | None) -> Groups:
    """By the code of a place or branch the figures that differ between two versions, the nation's under ``00``.

    Args:
        older: a connection to the version before.
        newer: a connection to the version that the report shows.
        month: the month of the report.

    Raises:
        duckdb.Error: one of them has not the tables that are compared.
    """
    before, now = ({(row["place"], row["figure"]): row["value"] for row in records(con, _FIGURES, {"month": month})}
                   for con in (older, newer))  # fmt: skip
    found: Groups = defaultdict(list)
    for place, figure in now:
        one: Row = {"figure": figure, "before": before.get((place, figure)) or 0, "now": now[place, figure] or 0}
        if one["before"] != one["now"]:
            found[place or NATION].append(one | {"difference": one["now"] - one["before"]})
    return found
