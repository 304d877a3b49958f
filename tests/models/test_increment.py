"""An increment ends in what a full build gives, whatever comes in whatever order."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from models.random_branches import Branches

from warehouse import increment, lake, models, stamps
from warehouse.buckets import Buckets
from warehouse.duck import transaction

REFERENCE = Path(models.__file__).parent / "reference"
BEGIN = date(2023, 1, 1)


def tables(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> dict[str, list[Any]]:
    return {name: con.execute(f"from {name} order by all").fetchall() for name in names}


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty lake."""
    with lake.open_lake("", "", tmp_path / "lake", memory_limit="1GB", threads=1, spill=tmp_path / "spill") as one:
        yield one


INVENTED = """/*
grain: one row per branch and day of submission
by: branch_code, submitted_date
also: core.delivery through delivery_id in raw.claims
meaning: A table that the engine has never heard of.
source: raw.claims of effective deliveries
owner: a test
*/
with final as (
    select
        claims.branch_code,  -- Branch
        claims.submitted_date,  -- Day
        count(distinct claims.claim_no) as claims,  -- Claims
        max(claims.amount_rp) as largest_rp  -- Largest
    from raw.claims
    inner join core.delivery on claims.delivery_id = delivery.delivery_id
    where delivery.effective
    group by claims.branch_code, claims.submitted_date
)

select * from final
"""


@pytest.mark.parametrize("seed", [*(pytest.param(n, marks=pytest.mark.slow) for n in (0, 1)), 2])
def test_an_increment_gives_what_a_full_build_gives(
    con: duckdb.DuckDBPyConnection, raw_tables: str, reference: Path, tmp_path: Path, seed: int
) -> None:
    """Of core, and once of marts, too, which are built whole where anything changed that they read.

    Two days come between one build and the next: what costs time here is to build and to compare all.
    """
    chosen = [m for m in models.discover() if seed == 0 or m.schema != "marts"]
    if seed == 1:  # a cap, and a count of months of its own since February
        path = reference / "incentive_scheme.csv"
        path.write_text(path.read_text().replace(",0.10,5,,,,,", ",0.10,5,,9000,2023-02-01,,"))
    if seed == 2:  # payments have one of 16 numbers, and share them
        [place] = [place for place, model in enumerate(chosen) if model.table == "core.payment_number"]
        chosen[place] = replace(chosen[place], sql=chosen[place].sql.replace(">> 16", ">> 60"))
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "invented.sql").write_text(INVENTED)
    chosen.append(models.read_model(tmp_path / "core" / "invented.sql"))
    every = {model.table: model for model in chosen}
    names = [table for table in increment.kept(every) if not every[table].is_view]
    assert "core.invented" in names
    others = [m for m in chosen if m.table not in increment.kept(every) and m.schema != "reference" and not m.is_view]
    compared = [*names, *(model.table for model in others)]
    full = duckdb.connect(config={"threads": 1, "temp_directory": str(tmp_path / "full")})  # the tables are small
    branches = Branches(seed, persons=40)
    con.execute(raw_tables)
    models.build(con, reference, chosen)
    changed: set[str] = set()
    before = tables(con, compared)
    for step in range(6):
        for day in (2 * step, 2 * step + 1):
            branches.day(con, BEGIN + timedelta(days=day * branches.random.choice((1, 3, 20))))
        reread = increment.followed(every) if step == 3 and other_terms(reference) else ()
        with transaction(con):
            increment.update(con, every, int(str(stamps.snapshot(con))), reread, others)
            stamps.write(con, "", "", "")
        for schema in ("raw", "closed"):
            full.execute(f"drop schema if exists {schema} cascade")
        full.execute(raw_tables)
        for schema, name in con.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'lake' and schema_name in ('raw', 'closed')"
        ).fetchall():
            full.register("rows", con.execute(f"from {schema}.{name}").to_arrow_table())
            full.execute(f"truncate {schema}.{name}")
            full.execute(f"insert into {schema}.{name} by name from rows")
        models.build(
            full,
            reference,
            chosen,
            rows_of=Buckets(full, every, reference, tmp_path / "buckets", wanted=step % 3).rows_of,
        )
        expected, found = tables(full, compared), tables(con, compared)
        assert [name for name in expected if expected[name] != found[name]] == []
        changed |= {name for name in found if before[name] and found[name] != before[name]}
        before = found
        if step in {1, 2, 4}:
            close_a_month(con)
    assert set(names) - {"core.doubtful_payment", "core.incentive_adjustment"} <= changed
    assert before["core.doubtful_payment"]
    assert before["core.incentive_adjustment"]


def other_terms(reference: Path) -> bool:
    """Another threshold, whether acquisitions need a contribution, and another rate, from a day amid the history on."""
    scheme, rule = reference / "incentive_scheme.csv", reference / "incentive_rule.csv"
    scheme.write_text(scheme.read_text() + "perisai-13-2022,2023-02-01,,2,true,false,true,0.9,0.10,5,,,,,invented\n")
    first = "perisai-13-2022,contribution,,1,24,,,,0.15,2022-01-01,"
    assert first in rule.read_text()
    other = f"{first}2023-01-31,before\n{first.replace('0.15,2022-01-01', '0.2,2023-02-01')}"
    rule.write_text(rule.read_text().replace(first, other))
    return True


def test_the_engine_names_no_table_and_is_short() -> None:
    folder = Path(increment.__file__).parent
    lines = []
    for name in ("increment.py", "touched.py", "lookup.py", "declared.py", "rewrite.py", "buckets.py"):
        text = (folder / name).read_text(encoding="utf-8")
        named = [model.table for model in models.discover() if model.table in text]
        assert not named, f"{name} names {named}"
        lines.append(len(text.splitlines()))
    assert lines[0] <= 350


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("by: branch_code, submitted_date", "core.delivery has not; say 'also'"),
        ("by: region_code", "'by' names region_code, which is no column of 'final'"),
        ("by: branch_code\nsums: branch_code", "either 'by' or as 'sums'"),
        (
            "by: branch_code\nalso: core.delivery through",
            "also: 'core.delivery through' is not",
        ),
        ("by: row\nindex: raw.claims", "index: 'raw.claims' is not"),
    ],
)
def test_a_declaration_that_is_missing_or_cannot_be_read_is_refused(
    con: duckdb.DuckDBPyConnection, raw_tables: str, tmp_path: Path, head: str, said: str
) -> None:
    (tmp_path / "core").mkdir()
    path = tmp_path / "core" / "invented.sql"
    begin, end = INVENTED.index("by:"), INVENTED.index("meaning:")
    path.write_text(INVENTED[:begin] + head + "\n" + INVENTED[end:])
    con.execute(raw_tables)
    every = {model.table: model for model in models.discover() if model.table in {"core.delivery", "reference.feed"}}
    models.build(con, REFERENCE, every.values())
    with pytest.raises(models.ModelError, match=re.escape(said)):
        increment.update(con, every | {"core.invented": models.read_model(path)}, int(str(stamps.snapshot(con))))


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Reference files to be changed."""
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


@pytest.mark.slow
def test_what_a_day_builds_anyway_may_change_without_building_all(
    con: duckdb.DuckDBPyConnection, raw_tables: str, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person whom no delivery names stands in core as long as core is not built anew."""
    con.execute(raw_tables)
    Branches(0, persons=40).day(con, BEGIN)
    scratch = reference.parent / "buckets"

    def persons(code: str) -> int:
        increment.bring_up_to_date(con, reference, stamp=code, code=code, scratch=scratch)
        assert (stamps.stamp(con), stamps.code(con)) == (code, code)
        (count,) = con.execute("select count(*) from core.participant where participant_key = 'nobody'").fetchone()
        return count

    def everything(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        """Every table and view with its comment, columns and rows."""
        kinds = " union all ".join(
            f"select schema_name, {kind}_name, '{kind}', comment from duckdb_{kind}s() where database_name = 'lake'"
            for kind in ("table", "view")
        )
        found = {}
        for schema, name, kind, comment in con.execute(kinds).fetchall():
            columns = (
                "select column_name, data_type, comment from duckdb_columns()"
                " where database_name = 'lake' and schema_name = ? and table_name = ? order by column_index"
            )
            found[f"{schema}.{name}"] = (
                kind,
                comment,
                con.execute(columns, [schema, name]).fetchall(),
                con.execute(f"from {schema}.{name} order by all").fetchall(),
            )
        return found

    assert persons("first") == 0
    con.execute("insert into core.participant (participant_key) values ('nobody')")
    con.execute("create table marts.of_an_earlier_version as select 1 as x")
    assert persons("first") == 1

    regions = reference / "region.csv"
    regions.write_text(regions.read_text().replace("Kota Mataram", "Mataram"))
    every = {model.table: model for model in models.discover()}
    turned = {"core.agent", "core.participant", "core.payment", "marts.wadah_watch"}
    for table in turned:
        sql, head = every[table].sql.replace("final as", "-- So\nfinal as"), every[table].head
        every[table] = replace(every[table], sql=sql, head=head | {"meaning": "Other words."})
    monkeypatch.setattr(models, "discover", lambda: list(every.values()))
    assert persons("other words, another region") == 1
    name = "select region_name from reference.region where region_code = '5271'"
    assert con.execute(name).fetchone() == ("Mataram",)
    con.execute("delete from core.participant where participant_key = 'nobody'")
    found = everything(con)
    assert {models.head_of(found[table][1])["meaning"] for table in turned} == {"Other words."}
    now = str(stamps.stamp(con))
    models.build(con, reference, stamp=now, code=now, kept=str(stamps.kept(con)))
    whole = everything(con)
    others = {table for table in found | whole if found.get(table) != whole.get(table)}
    assert others == {"core.build_stamp"}  # of another snapshot

    parameters = reference / "parameter.csv"
    parameters.write_text(parameters.read_text().replace("arrears_months,3", "arrears_months,2"))
    assert persons("another rule") == 0


@pytest.mark.slow
def test_terms_of_a_scheme_touch_what_is_of_their_days_and_nothing_else(
    con: duckdb.DuckDBPyConnection, raw_tables: str, reference: Path
) -> None:
    con.execute(raw_tables)
    Branches(0, persons=40).day(con, BEGIN)
    scratch = reference.parent / "buckets"
    increment.bring_up_to_date(con, reference, stamp="first", code="first", scratch=scratch)

    def rewritten(terms: str) -> set[str]:
        """Tables of which rows came or went by terms of a scheme."""
        schemes = reference / "incentive_scheme.csv"
        schemes.write_text(f"{schemes.read_text().rstrip()}\n{terms},invented\n")
        current = "select id from ducklake_current_snapshot('lake')"
        (before,) = con.execute(current).fetchone()
        increment.bring_up_to_date(con, reference, stamp=terms, code=terms, scratch=scratch)
        (now,) = con.execute(current).fetchone()
        changes = f"select count(*) from ducklake_table_changes('lake', ?, ?, {before + 1}, {now})"
        there = con.execute("select schema_name, table_name from duckdb_tables() where database_name = 'lake'")
        return {f"{one}.{two}" for one, two in there.fetchall() if con.execute(changes, [one, two]).fetchone() != (0,)}

    ahead = rewritten("perisai-13-2022,2099-01-01,,30,false,true,true,1.0,0.10,5,,,,")
    assert ahead == {"reference.incentive_scheme", "core.build_stamp", "marts.dictionary"}
    past = rewritten("perisai-13-2022,2022-12-01,,1,false,false,true,1.0,0.10,5,,,,")
    assert past > {"core.acquisition", "core.incentive_agent_month"}
    assert not past & {"core.contribution", "core.contribution_month", "core.participant"}


def close_a_month(con: duckdb.DuckDBPyConnection) -> None:
    """Freezes the earliest open month, as far as core looks at what is frozen."""
    (period,) = con.execute(
        "select coalesce((select max(period) + interval 1 month from closed.month), min(period))::date"
        " from core.incentive_open"
    ).fetchone()
    con.execute("insert into closed.month (period) values (?)", [period])
    con.execute("insert into closed.incentive_line by name from core.incentive_open where period = ?", [period])
    con.execute(
        "insert into closed.incentive_agent_month by name"
        " select * exclude (status) from core.incentive_agent_month where period = ?",
        [period],
    )
