"""Bringing the marts up to date, and checking them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

import duckdb

from perisai import occupations
from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import Receipt
from warehouse import (
    checks,
    closed,
    durable,
    increment,
    lake,
    models,
    reference_check,
    reference_files,
    stamps,
    versions,
)
from warehouse.buckets import Made
from warehouse.spark.build import Engine, SparkFailed
from warehouse.spark.translate import NotProven

log = logging.getLogger(__name__)


def up_to_date(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    spark: bool = False,
    made: Callable[[], Made] | None = None,
) -> Receipt:
    """Brings the marts up to date and checks them, if anything changed since; the caller holds the lock.

    Args:
        con: a connection whose default catalog is the lake.
        settings: the settings.
        spark: build all of them anew, by Apache Spark.
        made: build all of them anew, of the buckets that this gives; see perisai.full.

    Raises:
        DayFailed: no day was loaded yet, the reference tables contradict themselves, Spark failed or would not be
            sure to give the same, or a cross-check of severity error failed. What was built then stays, to be looked
            at, but is not published.
    """
    ensure_buildable(con, settings)
    anew, stamp = spark or made is not None, stamp_of(con, settings)
    if stamps.stamp(con) == checks.stamp(con) == stamp and not anew:
        return {"changed": False, "stamp": stamp}
    built = 0
    durable.check(con)
    if stamps.stamp(con) != stamp or anew:
        occupations.spell(con, settings)
        try:
            built = increment.bring_up_to_date(
                con,
                settings.reference,
                stamp=stamp,
                code=code_of(con, settings),
                scratch=settings.buckets,
                buckets=settings.build_buckets,
                made=made() if made else None,
                engine=Engine(settings.spark_python, settings.spark_master) if spark else None,
            )
        except (SparkFailed, NotProven) as problem:
            raise DayFailed(f"nothing was built, the tables are as they were: {problem}") from problem
    warnings = _check(con, settings, stamp)
    return {"changed": True, "stamp": stamp, "models": built, "warnings": warnings}


def ensure_buildable(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Makes what the models read where it is missing.

    Raises:
        DayFailed: no day was loaded yet, or the reference tables contradict themselves.
    """
    lake.ensure_tables(con, settings.contracts)
    closed.ensure_tables(con)
    try:
        reference_check.check(settings.reference, settings.contracts)
    except reference_files.ReferenceProblem as problem:
        raise DayFailed(f"nothing was built, {settings.reference} contradicts itself:\n{problem}") from problem
    if lake.last_day(con) is None:
        raise DayFailed("no day was loaded yet; run `perisai load`")


def _check(con: duckdb.DuckDBPyConnection, settings: Settings, stamp: str) -> list[str]:
    """Judges what was built and lists the outcomes in ``marts.check_result``; names of the warnings."""
    last = versions.current(settings.published)
    outcomes = checks.judge(con, checks.checks(), last.database if last else None)
    for outcome in outcomes:
        if outcome.failed:
            log.warning("%s: %s", outcome.check.severity, outcome.said)
    if not checks.write(con, outcomes, settings.waived_checks, stamp):
        said = [outcome.said for outcome in outcomes if outcome.stops(settings.waived_checks)]
        raise DayFailed(f"the marts contradict each other and are not published: {' | '.join(said)}")
    return [outcome.check.name for outcome in outcomes if outcome.failed]


def stamp_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Fingerprint of all that the models are built from: deliveries, days run, months closed, reference tables, SQL."""
    digest = hashlib.sha256(code_of(con, settings).encode())
    for query in (
        "select delivery_id, arrival from raw.delivery",
        "select business_date from raw.business_day",
        "select business_date, branch_code, reason from raw.landing_problem",
        "select period, content_hash from closed.month",
        "select delivery_id, sha256 from raw.erased",
    ):
        for row in con.execute(f"{query} order by all").fetchall():
            digest.update(repr(row).encode())
    return digest.hexdigest()[:12]


def code_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Fingerprint of the models, their words and checks included, of the reference tables and of the feeds."""
    digest = hashlib.sha256(repr(con.execute("from raw.feed order by all").fetchall()).encode())
    for path in [*sorted(settings.reference.glob("*.csv")), *sorted(models.MODELS.glob("*/*.*"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]
