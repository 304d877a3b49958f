"""What a person sees: who delivered, who did not and since when; how far a load is; a line a step in the logs."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from house import House, claim, registration
from rich.console import Console
from rich.table import Table

from perisai import console, progress, status
from perisai import day as steps
from perisai.settings import Settings
from perisai.status import summary, summary_json

DAY = "2023-09-30"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """NTB01 delivers claims every day, NTB02 until the 28th, NTB03 something useless, the others nothing."""
    settings = Settings(
        home=tmp_path_factory.mktemp("visible"), hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1
    )
    house = House(settings)
    for day in ("2023-09-28", "2023-09-29", DAY):
        row = {"submitted_date": "2023-09-01", "status_date": "2023-09-20"}
        house.leave("NTB01", "claims", day, [claim(int(day[-2:]), **row)])
    house.leave("NTB02", "claims", "2023-09-28", [claim(2, branch_code="NTB02")])
    house.leave("NTB03", "claims", DAY, b"")
    house.publish(DAY)
    return house


def rows_of(house: House, *, everyone: bool) -> Iterator[dict[str, str]]:
    (table,) = [
        part
        for part in summary(house.settings, everyone=everyone)
        if isinstance(part, Table) and re.search("usable", str(part.title))
    ]
    names = [str(column.header) for column in table.columns]
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        yield dict(zip(names, map(str, cells), strict=True))


def test_status_tells_who_is_behind_and_since_when(house: House) -> None:
    behind = {(row["branch_code"], row["feed"]): row for row in rows_of(house, everyone=False)}
    assert ("NTB01", "claims") not in behind
    late = behind["NTB02", "claims"]
    assert (late["last_usable"], late["missing_since"], late["days_behind"]) == ("2023-09-28", "2023-09-29", "2")
    assert (late["latest"], late["reason"]) == ("absent", "tidak ada file yang diterima / no file was received")
    useless = behind["NTB03", "claims"]
    assert (useless["last_usable"], useless["missing_since"], useless["latest"]) == ("", "2023-09-28", "refused")
    assert "the file is empty" in useless["reason"]
    assert int(useless["days_behind"]) == 3
    order = [int(row["days_behind"]) for row in behind.values()]
    assert order == sorted(order, reverse=True)


def test_status_is_the_same_for_tools(house: House) -> None:
    told = json.loads(summary_json(house.settings))
    assert told["as_of"] == DAY
    assert told["warehouse"] == str(house.settings.published / "warehouse.duckdb")
    assert [row["feed"] for row in told["deliveries"]] == ["agents", "claims", "contributions", "registrations"]
    shown = list(rows_of(house, everyone=False))
    assert [(row["branch_code"], row["feed"], str(row["days_behind"])) for row in told["behind"]] == [
        (row["branch_code"], row["feed"], row["days_behind"]) for row in shown
    ]
    everyone = json.loads(summary_json(house.settings, everyone=True))
    assert len(everyone["behind"]) > len(shown)


def test_status_shows_a_published_figure_that_agrees_and_of_the_rest_what_differs() -> None:
    rows = [
        # subject, branch, published, computed, difference
        ("protected", None, 286_000, 286_000, 0),
        ("agents", None, 50, None, None),  # out of the warehouse's reach
        ("manifest_lines", "NTB01", 10, 10, 0),
        ("manifest_lines", "NTB02", 10, 9, 1),
        ("repeated_rows", "NTB01", None, 3, None),
    ]
    with duckdb.connect() as con:
        con.execute(
            """create schema marts; create table marts.reconciliation (subject text, region_code text, branch_code text,
            period date, published decimal(20, 4), computed decimal(20, 4), difference decimal(20, 4),
            self_consistent boolean, source text)"""
        )
        con.executemany("insert into marts.reconciliation values (?, '52', ?, '2023-09-30', ?, ?, ?, true, '')", rows)
        script = Path(status.__file__).with_suffix(".sql").read_text(encoding="utf-8")
        con.execute(script[script.index("create or replace temp view published_figures") :])
        shown = con.execute("from temp.published_figures").fetchall()
    assert [subject for subject, *_ in shown] == ["manifest_lines", "protected"]


def test_status_tells_of_everyone_when_asked(house: House) -> None:
    everyone = [*rows_of(house, everyone=True)]
    branches = house.published("select count(*) from reference.branch")[0][0]
    assert len(everyone) == branches * 4
    (punctual,) = [row for row in everyone if (row["branch_code"], row["feed"]) == ("NTB01", "claims")]
    assert (punctual["last_usable"], punctual["days_behind"], punctual["latest"]) == (DAY, "0", "")


def test_each_step_logs_a_line_of_counts_without_personal_data(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(Settings(home=tmp_path, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    house.leave("NTB01", "registrations", DAY, [registration(1), registration(2, nik="5.27101E+15")])
    with caplog.at_level(logging.INFO, logger="perisai.day"):
        house.run(DAY)
        steps.report(house.settings)
    lines = [record.getMessage() for record in caplog.records if record.name == "perisai.day"]
    dated = re.compile(r"step=(\w+) business_date=2023-09-30 ")
    assert {match[1] for line in lines if (match := dated.match(line))} == {"extract", "plan", "judge", "load"}
    assert {line.split()[0] for line in lines if not dated.match(line)} == {"step=marts", "step=publish", "step=report"}
    assert all(re.fullmatch(r'(\w+=("[^"]*"|[^\s"=]+) ?)+', line) for line in lines), lines
    assert all(re.search(r" seconds=\d+\.\d$", line) for line in lines)
    (judged,) = [line for line in lines if "step=judge" in line]
    assert "lines=2 accepted=1 rejected=1 duplicates=0" in judged
    assert not re.search(r"Peserta|5\.27101|\d{11}", "".join(lines))


def test_progress_shows_counts_and_rates_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (True, False):
        out = io.StringIO()
        monkeypatch.setattr(console, "notes", Console(file=out, force_terminal=terminal, width=160))
        with console.bar("load", 2) as step:
            step("judge")
            progress.tell("rows read", 2_000)
            progress.tell("rows read", 3_000)
            step("judge again")
            progress.tell("rows judged", 5_000)
        if terminal:
            shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())
            assert "load: judge again" in shown
            assert "1/2" in shown
            assert re.search(r"rows read 5,000, rows judged 5,000 \([\d,]+/s\)", shown)
        else:
            assert out.getvalue() == ""
    progress.tell("rows read", 1)  # nobody listens any more
    assert progress._listeners == []


def test_the_steps_tell_how_far_they_are(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    house.leave("NTB01", "registrations", DAY, [registration(1), registration(2)])
    heard: list[tuple[str, int]] = []
    with progress.heard_by(lambda what, n: heard.append((what, n))):
        house.load(DAY)
    assert {(what, n) for what, n in heard if n} == {("files", 1), ("rows read", 2), ("rows judged", 2)}
