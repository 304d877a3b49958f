"""Cross-checks of the marts: Great Expectations says whether what was built may be published.

A check is an entry of ``expectations/marts/<mart>.yaml``: a query over the aggregated marts, columns that name its
rows, and one expectation. Its rows name months, regions, branches and agents, never people. All checks are judged in
one frame in which each has columns of its own, because a frame costs more than an expectation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

CHECKS = Path(__file__).parent / "marts"
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
COLUMNS = ("column", "column_A", "column_B")


@dataclass(frozen=True)
class Check:
    """One cross-check.

    Attributes:
        name: What it is called; no other check has the same name.
        mart: The table that it is about, also the name of its file.
        severity: ``error`` stops the publication, ``warning`` is logged and listed.
        meaning: What holds if it passes.
        key: Columns of the query that say which row it is.
        query: SQL of the rows to be judged, on the marts of the default catalog.
        expectation: Name of a Great Expectations class.
        kwargs: Its arguments.
        against_last: True if the query compares with the last published version, in the catalog ``published``.
    """

    name: str
    mart: str
    severity: str
    meaning: str
    key: tuple[str, ...]
    query: str
    expectation: str
    kwargs: dict[str, Any]
    against_last: bool = False

    @property
    def judged(self) -> list[str]:
        """Columns that the expectation looks at."""
        return [self.kwargs[name] for name in COLUMNS if name in self.kwargs]


@dataclass(frozen=True)
class Outcome:
    """What became of a check: how many rows broke it, and the first few of them."""

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


@cache
def checks(folder: Path = CHECKS) -> tuple[Check, ...]:
    """All checks, by file and in the order of each.

    Raises:
        ValueError: Two checks have one name, or a severity is not known.
    """
    found = []
    for path in sorted(folder.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
            kind = entry.pop("expectation")
            where = {"mart": f"marts.{path.stem}", "key": tuple(entry["key"])}
            found.append(Check(**entry | where, expectation=kind.pop("type"), kwargs=kind))
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
        RuntimeError: A check could not be evaluated. An error of the judge is never a verdict.
    """
    if published:
        path = str(published).replace("'", "''")
        con.execute(f"attach '{path}' as published (read_only)")
        con.execute(WITHDRAWN)
    try:
        rows = {check.name: _rows(con, check) for check in chosen if published or not check.against_last}
    finally:
        if published:
            con.execute("drop table temp.withdrawn")
            con.execute("detach published")
    broken = _broken([check for check in chosen if check.name in rows], rows)
    return [Outcome(check, *broken.get(check.name, (0, ()))) for check in chosen]


def _rows(con: duckdb.DuckDBPyConnection, check: Check) -> pd.DataFrame:
    return con.execute(f"select * from ({check.query}) order by all").df()


def _broken(chosen: Iterable[Check], rows: dict[str, pd.DataFrame]) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Of each check how many rows broke it, and the keys of the first of them."""
    judged = [check for check in chosen if len(rows[check.name])]
    if not judged:
        return {}
    frame = pd.concat(
        [
            rows[check.name][check.judged].astype("float64").add_prefix(f"{check.name}.").reset_index(drop=True)
            for check in judged
        ],
        axis="columns",
    )
    found = {}
    for name, positions in _judged(tuple(judged), frame).items():
        check = next(check for check in judged if check.name == name)
        keys = rows[name].iloc[positions[:EXAMPLES]][list(check.key)].astype(str)
        examples = tuple(", ".join(f"{k} {v}" for k, v in row.items()) for row in keys.to_dict("records"))
        found[name] = (len(positions), examples)
    return found


def _judged(chosen: tuple[Check, ...], frame: pd.DataFrame) -> dict[str, list[int]]:
    """Of each check the positions of the rows that break it, as Great Expectations says."""
    from expectations.judge import RESULT_FORMAT

    result = _definition(chosen).run(batch_parameters={"dataframe": frame}, result_format=RESULT_FORMAT)
    positions = {}
    for outcome in result.results:
        name = outcome.expectation_config.meta["check"]
        if "unexpected_index_list" not in outcome.result:
            raise RuntimeError(f"check {name} could not be evaluated")
        if found := sorted(outcome.result["unexpected_index_list"]):
            positions[name] = found
    return positions


def _definition(chosen: tuple[Check, ...]) -> Any:
    """The checks as a suite over one frame, in a context of its own."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("marts")
    expected = []
    for check in chosen:
        columns = {name: f"{check.name}.{check.kwargs[name]}" for name in COLUMNS if name in check.kwargs}
        if "column_A" in columns:  # a row that another check has and this one has not is empty on both sides
            columns["ignore_row_if"] = "both_values_are_missing"
        expected.append(getattr(gxe, check.expectation)(**check.kwargs | columns, meta={"check": check.name}))
    return context.validation_definitions.add(
        gx.ValidationDefinition(
            name="marts",
            data=asset.add_batch_definition_whole_dataframe("frame"),
            suite=context.suites.add(gx.ExpectationSuite(name="marts", expectations=expected)),
        )
    )
