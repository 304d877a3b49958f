"""What Great Expectations says of the new rows of a feed, frame by frame."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import duckdb

from expectations.contract import Contract
from perisai import progress
from perisai.settings import Settings
from transforms import verdict
from transforms.delivery import Manifest
from transforms.identity import add_pseudonyms
from warehouse.duck import read_sealed


def judge_rows(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    rules: Contract,
    folder: Path,
    manifests: Mapping[str, Manifest],
) -> None:
    """Makes the temporary tables ``typed``, with pseudonyms, and those of ``verdict.register``; draws Data Docs."""
    from expectations import data_docs  # takes seconds, which other steps need not wait
    from expectations.judge import Judge

    sealed = read_sealed(folder / f"typed-{rules.version}-*.parquet")
    numbered = f"(select * replace (row_number() over () - 1 as row_no) from {sealed})"
    add_pseudonyms(con, "typed", rules, settings.secret_hmac, numbered)
    judge = Judge(rules, _value_sets(settings.reference))
    failures = [Judge.NO_FAILURES, verdict.still_broken(con, rules, manifests)]
    for number, where in enumerate(_frames(con, settings.frame_rows), start=1):
        frame = con.execute(judge.frame_query("typed", where)).to_arrow_table()
        said = judge.judge(frame)
        failures.append(said.failures)
        progress.tell("rows judged", frame.num_rows)
        page = folder / "data_docs" / f"{rules.feed}-{rules.version}-{number}.html"
        page.write_text(data_docs.page(said.result), encoding="utf-8")
    verdict.register(con, rules, failures)


def _frames(con: duckdb.DuckDBPyConnection, frame_rows: int) -> list[str]:
    """Conditions that cut ``typed`` into frames of whole deliveries, each of ``frame_rows`` at most if it can."""
    frames: list[list[str]] = []
    held = 0
    for delivery_id, rows in con.execute(
        "select delivery_id, count(*) from typed group by all order by all"
    ).fetchall():
        if not frames or held + rows > frame_rows:
            frames.append([])
            held = 0
        frames[-1].append(f"'{delivery_id}'")
        held += rows
    return [f"delivery_id in ({', '.join(ids)})" for ids in frames]


def _value_sets(reference: Path) -> dict[str, list[str]]:
    """The lists that contracts refer to by name."""
    with (reference / "region.csv").open(encoding="utf-8", newline="") as file:
        regions = {row["region_code"] for row in csv.DictReader(file) if row["region_level"] == "regency"}
    with (reference / "incentive_scheme.csv").open(encoding="utf-8", newline="") as file:
        schemes = {row["scheme"] for row in csv.DictReader(file)}
    return {"regions": sorted(regions), "schemes": sorted(schemes)}
