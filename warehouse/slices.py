"""What of a published file belongs to one regional office: a DuckDB file of its own, for the office alone.

A row belongs to the office of the branch, office, province, region or wadah that it names, by the first of these
columns that the table has and the row fills (a pooled one is not filled). What names none is the nation's and stays
out. So does a row that names a branch or an agent of another office beside its own. Reference tables are for
everybody, but for those about branches.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from warehouse import files
from warehouse.copying import STORAGE_VERSION
from warehouse.duck import quoted, transaction
from warehouse.versions import DATABASE, MANIFEST, Version

POOLED = "pooled"
FOR_ALL = ("main.about", "marts.dictionary")
_OWNERS = {
    "branch_code": "branch",
    "source_branch_code": "branch",
    "office_code": "office",
    "province_code": "province",
    "region_code": "region",
    "unit_code": "unit",
    "wadah_code": "wadah",
}
"""Columns that say whose a row is, in the order in which they are asked, and of which kind their codes are."""
_BESIDE = {"other_branch_code": "branch", "other_agent_code": "agent"}
# A province or wadah is an office's if no branch of another one is in it.
_MINE = """
create temp table mine as
with place as (
    select branch.branch_code, branch.office_code, coalesce(region.parent_code, region.region_code) as province_code
    from whole.reference.branch as branch
    left join whole.reference.region as region using (region_code)
),
province as (
    select province_code as code from place
    group by province_code having bool_and(office_code is not distinct from $office)
)
select 'branch' as kind, branch_code as code from place where office_code = $office
union select 'office', $office
union select 'province', code from province
union select 'region', region_code from whole.reference.region
where region_code in (from province) or parent_code in (from province)
union select 'wadah', wadah_code from whole.marts.monev_wadah_month left join place using (branch_code)
where wadah_code is not null group by wadah_code having bool_and(office_code is not distinct from $office)
union select 'agent', agent_code from whole.marts.monev_agent_month left join place using (branch_code)
group by agent_code having bool_and(office_code is not distinct from $office)
union select 'unit', branch_code from place where office_code = $office
union select 'unit', $office
union select 'unit', code from province
"""


def offices(database: Path) -> list[str]:
    """Codes of the regional offices that a published file knows, if they can name a folder."""
    query = """select distinct office_code from reference.branch
        where regexp_full_match(office_code, '[A-Za-z0-9][A-Za-z0-9_-]*') order by all"""
    with duckdb.connect(str(database), read_only=True) as con:
        return [code for (code,) in con.execute(query).fetchall()]


def cut(version: Version, office: str, folder: Path) -> Path:
    """Writes what of a published version belongs to an office, and a manifest that says of which.

    Args:
        version: the published version.
        office: code of the regional office.
        folder: the folder to be written; it must not exist.

    Returns:
        The file in it.
    """
    folder.mkdir()
    said = {"business_date": version.business_date, "office": office, "stamp": version.stamp, "version": version.name}
    files.write(folder / MANIFEST, json.dumps(said, indent=2, default=str) + "\n")
    target = folder / DATABASE
    with duckdb.connect() as con:
        con.execute(f"attach {quoted(version.database)} as whole (read_only)")
        con.execute(f"attach {quoted(target)} as part (storage_version '{STORAGE_VERSION}')")
        con.execute("copy from database whole to part (schema)")
        con.execute(_MINE, {"office": office})
        found = con.execute(
            """select schema_name, table_name, list(column_name order by column_index) from duckdb_columns()
            semi join duckdb_tables() using (database_name, schema_name, table_name)
            where database_name = 'whole' group by all order by all"""
        ).fetchall()
        with transaction(con):
            for schema, table, columns in found:
                name = f"{schema}.{table}"
                con.execute(f"insert into part.{name} from whole.{name} where {_belongs(schema, table, columns)}")
        con.execute("checkpoint part")
    return target


def _belongs(schema: str, table: str, columns: list[str]) -> str:
    """The condition under which a row of a table is the office's."""
    stable = f"{schema.partition('_v')[0]}.{table}"
    owners = [name for name in _OWNERS if name in columns]
    about_branches = {"branch_code", "office_code"} & set(columns)
    if stable in FOR_ALL or (stable.startswith("reference.") and not about_branches):
        return "true"
    if not owners:
        return "false"
    asked = [_is_mine(f"nullif({name}, '{POOLED}')", _OWNERS[name]) for name in owners]
    others = {name: kind for name, kind in _BESIDE.items() if name in columns}  # several codes may stand in one cell
    beside = [
        f"not exists (from (select unnest(string_split({name}, ', ')) as code) where not {_is_mine('code', kind)})"
        for name, kind in others.items()
    ]
    return " and ".join([f"coalesce({', '.join(asked)}, false)", *beside])


def _is_mine(code: str, kind: str) -> str:
    return f"{code} in (select code from mine where kind = '{kind}')"
