"""Numbers of persons in texts that are about to be published.

The contracts' rules keep them out of the lake's columns, one by one. This looks at what would be published as a whole,
so that a column which no rule looks at, or a reason that repeats what stood in a file, stops the publication.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

from warehouse import lake, versions

# Each as a number of its own: not within a longer number, a word or the hexadecimal digits of a hash.
KINDS = {
    "a NIK": r"\b[0-9]{16}\b|\b[0-9]{4}([ .-])[0-9]{4}([ .-])[0-9]{4}([ .-])[0-9]{4}\b",
    "a KPJ": r"\b[0-9]{11}\b",
    "a phone": r"(\+|\b)(?:62[ .-]?|0)8[0-9]{1,3}[ .-]?[0-9]{3,4}[ .-]?[0-9]{3,5}\b",
}
MONEY = r"\bRp ?[0-9]+\b"


REMEDY = (
    "Have the branch correct what it delivered; if these are no numbers of persons, name the column in"
    " PERISAI_WAIVED_CHECKS"
)


def found(
    database: Path,
    schemas: Collection[str],
    waived: Collection[str] = (),
    config: Mapping[str, str] | None = None,
) -> list[str]:
    """Columns whose texts hold what looks like the number of a person; never the text itself.

    The ledger's hashes are not looked at: the house makes them, and by chance one in some thousand is all digits.

    Args:
        database: a DuckDB file.
        schemas: of the tables that are looked at.
        waived: columns that are not looked at, as ``schema.table.column``.
        config: settings of DuckDB, such as its ``memory_limit``.
    """
    said = []
    counts = ", ".join(f"count(*) filter (regexp_matches(said, '{like}'))" for like in KINDS.values())
    with duckdb.connect(str(database), read_only=True, config={**(config or {})}) as con:
        for table, types in versions.columns_of(con, database.stem, schemas).items():
            texts = " union all ".join(
                f"select distinct {place} as place, {column} as said from {table}"
                for place, (column, kind) in enumerate(types.items())
                if kind == "VARCHAR" and column not in lake.HASHES and f"{table}.{column}" not in waived
            )
            said_of = f"select place, regexp_replace(said, '{MONEY}', '', 'g') as said from ({texts})"
            numbers = f"select place, {counts} from ({said_of}) group by place order by place"
            for place, *each in con.execute(numbers).fetchall() if texts else ():
                said += [
                    f"{table}.{[*types][place]} has {n} texts with what looks like {what}"
                    for what, n in zip(KINDS, each, strict=True)
                    if n
                ]
    return said
