"""Keeps a lake as large as its data: small files become few, snapshots that nobody needs go, and then their files.

DuckLake's own calls do the second and third. Small files and files with deleted rows are written anew by plain SQL, in
a transaction that takes rows out and puts the same ones in: ``rewrite_data_files`` of this version loses rows of
earlier snapshots, and ``delete_orphaned_files`` was seen to delete live files. Nobody else may work on the lake then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from warehouse import durable, files, stamps
from warehouse.duck import quoted
from warehouse.versions import counted

SMALL = 32 << 20
"""Bytes below which a file is small."""
MANY, VERY_MANY = 10, 50
"""Small files of which a table, or a part of it, is written anew; the second number whatever else there is beside."""
_META = "__ducklake_metadata_lake"
_GROUPS = f"""
with key as (
    select
        value.data_file_id,
        list({{'column': field.column_name, 'type': field.column_type, 'transform': part.transform,
            'value': value.partition_value}} order by value.partition_key_index) as parts
    from {_META}.ducklake_file_partition_value as value
    join {_META}.ducklake_data_file as file using (data_file_id)
    join {_META}.ducklake_partition_column as part
        on part.partition_id = file.partition_id and part.partition_key_index = value.partition_key_index
    join {_META}.ducklake_column as field
        on field.table_id = file.table_id and field.column_id = part.column_id and field.end_snapshot is null
    group by value.data_file_id
),

live as (
    select file.table_id, key.parts, file.file_size_bytes as bytes, false as is_delete
    from {_META}.ducklake_data_file as file left join key using (data_file_id)
    where file.end_snapshot is null
    union all
    select file.table_id, key.parts, gone.file_size_bytes, true
    from {_META}.ducklake_delete_file as gone
    join {_META}.ducklake_data_file as file using (data_file_id)
    left join key using (data_file_id)
    where gone.end_snapshot is null and file.end_snapshot is null
)

select
    concat(schema.schema_name, '.', its.table_name),
    parts,
    count(*) filter (bytes < $small) as small_files,
    sum(bytes) filter (bytes < $small) as small_bytes,
    sum(bytes) as bytes
from live
join {_META}.ducklake_table as its using (table_id)
join {_META}.ducklake_schema as schema using (schema_id)
where its.end_snapshot is null and schema.end_snapshot is null
group by all
having
    small_files >= $many and (small_files >= $very_many or small_bytes * 10 >= sum(bytes))
    or $deleted and bool_or(is_delete)
order by 1, 2
"""


class Differs(Exception):
    """A table that was written anew would have other rows; nothing was changed."""


@dataclass(frozen=True)
class Kept:
    """What housekeeping did.

    Attributes:
        rewritten: Tables, or parts of them, whose small files were written anew.
        expired: Snapshots that are gone.
        deleted: Files that nothing named any more.
        orphans: Files of these that the lake never knew: a killed run left them.
    """

    rewritten: int
    expired: int
    deleted: int
    orphans: int


def keep_house(con: duckdb.DuckDBPyConnection, needed: Iterable[int], days: float) -> Kept:
    """Writes small files anew, drops snapshots, and deletes files that nothing names.

    May be killed at any moment and run again.

    Args:
        con: a connection of ``lake.open_lake``; no transaction may be open on it, and nobody else may use the lake.
        needed: snapshots that have to stay, besides those that tell the next build what changed.
        days: so many days every snapshot stays, for readers that are at work.
    """
    return _kept(con, _rewrite(con), needed, days)


def purge(con: duckdb.DuckDBPyConnection, needed: Iterable[int]) -> Kept:
    """Takes rows that were deleted out of the lake's files, too: no snapshot but those needed and the last one stays.

    Args:
        con: as for ``keep_house``, and so may this be killed. The marts are up to date.
        needed: snapshots that have to stay.
    """
    rewritten = _rewrite(con, deleted=True)
    with durable.transaction(con):
        stamps.has_read_all(con)
    return _kept(con, rewritten, needed, 0)


def _kept(con: duckdb.DuckDBPyConnection, rewritten: int, needed: Iterable[int], days: float) -> Kept:
    # what was rewritten is among what the next build looks at: without it the build would make everything anew
    expired = _expire(con, {*needed, *stamps.snapshots_since(con)}, days)
    scheduled = len(con.execute("call ducklake_cleanup_old_files('lake', cleanup_all => true)").fetchall())
    orphans = _delete_orphans(con)
    return Kept(rewritten, expired, scheduled + orphans, orphans)


def _rewrite(con: duckdb.DuckDBPyConnection, *, deleted: bool = False) -> int:
    """Writes what is in many small files anew, as few; and, if asked for, whatever has deleted rows in it."""
    limits = {"small": SMALL, "many": MANY, "very_many": VERY_MANY, "deleted": deleted}
    groups = con.execute(_GROUPS, limits).fetchall()
    done = 0
    for table, parts, *_ in groups:
        condition = _condition(parts or [])
        if condition is None and deleted:
            raise Differs(
                f"{table}: what is deleted in it cannot be taken out of its files, which are of an unknown kind"
            )
        if condition is None or (not deleted and not parts and any(o == table and those for o, those, *_ in groups)):
            continue
        with durable.transaction(con):
            con.execute(f"call ducklake_set_commit_message('lake', 'perisai', {quoted(stamps.SAME_ROWS)})")
            columns = [name for name, *_ in con.execute(f"describe {table}").fetchall()]
            before = counted(con, table, columns)
            con.execute(f"create or replace temp table rewritten as from {table} where {condition}")
            (rows,) = con.execute("select count(*) from temp.rewritten").fetchone() or (0,)
            if rows:  # a DELETE of no row beside an INSERT doubles rows in this version of the lake
                con.execute(f"delete from {table} where {condition}")
                con.execute(f"insert into {table} from temp.rewritten")
            con.execute("drop table temp.rewritten")
            if counted(con, table, columns) != before:
                raise Differs(f"{table}: writing its small files anew would change its rows; nothing was changed")
        done += 1
    return done


def _condition(parts: list[dict[str, str | None]]) -> str | None:
    """Which rows a part of a table has; None if it is of a kind that is not told here."""
    match [(one["column"], one["transform"], one["value"]) for one in parts]:
        case [(column, "year", str(year)), (other, "month", str(month))] if column == other:
            first = f"make_date({int(year)}, {int(month)}, 1)"
            return f"{column} >= {first} and {column} < {first} + interval 1 month"
        case [(column, "identity", None)]:
            return f"{column} is null"
        case [(column, "identity", value)]:
            return f"{column} = {quoted(value)}::{parts[0]['type']}"
        case []:
            return "true"
    return None


def _expire(con: duckdb.DuckDBPyConnection, needed: set[int], days: float) -> int:
    """Drops the snapshots that are older than some days, but for those that are needed and the last one."""
    old = con.execute(
        """select snapshot_id from ducklake_snapshots('lake')
        where snapshot_time < now() - to_seconds($seconds)
            and snapshot_id <> (select max(snapshot_id) from ducklake_snapshots('lake'))
        order by all""",
        {"seconds": days * 86_400},
    ).fetchall()
    gone = [str(snapshot) for (snapshot,) in old if snapshot not in needed]
    if gone:
        con.execute(f"call ducklake_expire_snapshots('lake', versions => [{', '.join(gone)}])")
    return len(gone)


def _delete_orphans(con: duckdb.DuckDBPyConnection) -> int:
    """Deletes files of the lake that its catalog names in no snapshot, and the notes of files that are gone."""
    named = {
        name
        for (name,) in con.execute(
            f"""select parse_filename(path) from {_META}.ducklake_data_file
            union all select parse_filename(path) from {_META}.ducklake_delete_file
            union all select parse_filename(path) from {_META}.ducklake_files_scheduled_for_deletion"""
        ).fetchall()
    }
    lost = files.remove_others(durable.data_of(con), ".parquet", named)
    durable.forget(con, named)
    return lost
