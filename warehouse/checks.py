"""Cross-checks of the marts: whether what was built may be published, and the table that says so.

A check lies beside the SQL of its mart, in ``models/marts/<mart>.yaml``: a query over the marts that returns the rows
that are wrong, with what names them. They name months, regions, branches and agents, never people, and hold no figure
of claims, since few claims may stand for one person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import yaml

from warehouse import duck, models, refill
from warehouse.duck import quoted
from warehouse.durable import transaction

CHECKS = Path(__file__).parent / "models" / "marts"
EXAMPLES = 3
# Branches of which a delivery counted when the last version was published, and does not count any more.
WITHDRAWN = """
create temp table withdrawn as
select distinct last.branch_code
from published.marts.delivery_day as last
left join marts.delivery_day as now on last.delivery_id = now.delivery_id
where last.outcome in ('accepted', 'accepted_with_rejects')
    and coalesce(now.outcome not in ('accepted', 'accepted_with_rejects'), true)
"""
TABLE = "marts.check_result"
STAMP = "core.check_stamp"
STAMP_HEAD = {"grain": "one row", "meaning": "Which build passed its checks."}
STAMP_COLUMNS = {"stamp": ("varchar", "Tells the build from others; empty if the last one failed")}
HEAD = {
    "grain": "one row per cross-check",
    "key": "check_name",
    "meaning": "What the cross-checks say of the marts before they are published, and what each of them is about.",
    "date": "none; as of this build",
    "source": "warehouse/models/marts/*.yaml; the marts, and those of the last published version",
    "owner": "head office, data team",
    "caveats": "a check against the last published version passes where there is none",
}
COLUMNS = {
    "check_name": ("varchar", "Name of the check"),
    "mart": ("varchar", "Table that it is about"),
    "severity": ("varchar", "error stops the publication, warning does not"),
    "outcome": ("varchar", "passed, failed, or waived: failed, and published all the same because somebody said so"),
    "failed": ("bigint", "Rows that are wrong: regions, months, branches or agents, as the examples name them"),
    "examples": ("varchar", "The first few of them; null if there are none"),
    "meaning": ("varchar", "What holds if it passes"),
    "meaning_indonesian": ("varchar", "The same in Indonesian"),
}


@dataclass(frozen=True)
class Check:
    """One cross-check.

    Attributes:
        name: What it is called; no other check has the same name.
        mart: The table that it is about, also the name of its file.
        severity: ``error`` stops the publication, ``warning`` is logged and listed.
        meaning: What holds if it passes.
        meaning_indonesian: The same in Indonesian.
        query: SQL of the rows that are wrong, on the marts of the default catalog.
        against_last: True if the query compares with the last published version, in the catalog ``published``.
    """

    name: str
    mart: str
    severity: str
    meaning: str
    meaning_indonesian: str
    query: str
    against_last: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a check: how many rows are wrong, and the first few of them."""

    check: Check
    failed: int
    examples: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """One sentence without personal data."""
        return (
            f"{self.check.name} of {self.check.mart} fails for {self.failed}: {'; '.join(self.examples)}"
            f" ({self.check.meaning})"
        )

    def stops(self, waived: Collection[str]) -> bool:
        """Whether it keeps the build from being published."""
        return bool(self.failed) and self.check.severity == "error" and self.check.name not in waived


@cache
def checks(folder: Path = CHECKS) -> tuple[Check, ...]:
    """All checks, by file and in the order of each.

    Raises:
        ValueError: Two checks have one name, or a severity is not known.
    """
    found = [
        Check(mart=f"marts.{path.stem}", **entry)
        for path in sorted(folder.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    names = [check.name for check in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"checks of the same name: {', '.join(twice)}")
    if wrong := [check.name for check in found if check.severity not in ("error", "warning")]:
        raise ValueError(f"neither error nor warning: {', '.join(wrong)}")
    return tuple(found)


def judge(con: duckdb.DuckDBPyConnection, chosen: Sequence[Check], published: Path | None = None) -> list[Outcome]:
    """Judges the marts of a connection.

    Args:
        con: A connection whose default catalog holds the schema ``marts``.
        chosen: The checks.
        published: The database of the last published version; without one nothing is compared with it.

    Returns:
        One outcome for each check, in their order.

    Raises:
        duckdb.Error: A check could not be evaluated, which is no verdict; a note names it.
    """
    if published:
        con.execute(f"attach {quoted(str(published))} as published (read_only)")
        con.execute(WITHDRAWN)
    try:
        with duck.transaction(con):  # each of its own would ask the lake's catalog anew for all that it knows
            return [
                _judged(con, check) if published or not check.against_last else Outcome(check, 0) for check in chosen
            ]
    finally:
        if published:
            con.execute("drop table temp.withdrawn")
            con.execute("detach published")


def _judged(con: duckdb.DuckDBPyConnection, check: Check) -> Outcome:
    try:
        wrong = con.execute(f"select count(*) over (), * from ({check.query}) order by all limit {EXAMPLES}")
        rows = wrong.fetchall()
    except duckdb.Error as error:
        error.add_note(f"in the check {check.name} of {check.mart}")
        raise
    names = [column[0] for column in wrong.description[1:]]
    examples = (", ".join(f"{n} {v}" for n, v in zip(names, row[1:], strict=True)) for row in rows)
    return Outcome(check, rows[0][0] if rows else 0, tuple(examples))


def write(con: duckdb.DuckDBPyConnection, outcomes: Sequence[Outcome], waived: Collection[str], stamp: str) -> bool:
    """Writes the outcomes, and if nothing stops the publication the stamp of the build that they are about.

    Args:
        con: A connection whose default catalog is the lake; no transaction may be open on it.
        outcomes: What became of each check.
        waived: Names of checks that are not to stop the publication.
        stamp: Of the build that was checked.

    Returns:
        Whether it may be published.
    """
    fit = not any(outcome.stops(waived) for outcome in outcomes)
    rows = [
        (
            outcome.check.name,
            outcome.check.mart,
            outcome.check.severity,
            "passed" if not outcome.failed else "waived" if outcome.check.name in waived else "failed",
            outcome.failed,
            "; ".join(outcome.examples) or None,
            outcome.check.meaning,
            outcome.check.meaning_indonesian,
        )
        for outcome in outcomes
    ]
    kinds = {name: kind for name, (kind, _) in COLUMNS.items()}
    types = {"varchar": pa.string(), "bigint": pa.int64()}
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
    said = pa.Table.from_pylist([dict(zip(kinds, row, strict=True)) for row in rows], schema)
    with transaction(con):
        con.register("said", said)
        refill.own_table(con, TABLE, HEAD, COLUMNS, "from said")
        con.unregister("said")
        # the dictionary is written with the models, and so without this table
        con.register("told", models.described(con, ["marts"], {TABLE: HEAD}))
        this = f"concat(schema_name, '.', table_name) = '{TABLE}'"
        refill.refill(
            con, "marts.dictionary", f"from marts.dictionary where not {this} union all from told where {this}"
        )
        con.unregister("told")
        refill.own_table(con, STAMP, STAMP_HEAD, STAMP_COLUMNS, f"select {quoted(stamp if fit else '')} as stamp")
    return fit


def stamp(con: duckdb.DuckDBPyConnection) -> str | None:
    """The stamp of the last build that was checked, empty if it failed; None before the first."""
    if not refill.columns_of(con, STAMP):
        return None
    row = con.execute(f"select stamp from {STAMP}").fetchone()
    return str(row[0]) if row else None
