"""What a monitor is told, and that each rule of the docs is about something that it is told."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from house import House
from typer.testing import CliRunner

from perisai import metrics
from perisai.cli import app

ROOT = Path(__file__).parents[2]
LINE = re.compile(r'(perisai_[a-z_]+)(\{[a-z]+="[a-z_]+"(?:,[a-z]+="[a-z_]+")*\})? ([0-9.e+]+)')


def test_a_monitor_is_told_how_far_a_home_is_and_how_alive(
    built: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perisai.settings.Settings", lambda: built.settings)
    file = tmp_path / "perisai.prom"
    assert CliRunner().invoke(app, ["metrics", "--file", str(file)]).exit_code == 0
    text = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o644
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    told = {found[1] + (found[2] or ""): float(found[3]) for found in map(LINE.fullmatch, samples) if found}
    assert len(told) == len(samples)
    assert told["perisai_published_business_date_seconds"] == 1696032000  # 30 September 2023
    assert told['perisai_rows{feed="registrations",outcome="accepted"}'] == 30
    assert told['perisai_rows{feed="registrations",outcome="rejected"}'] == 1
    came = [told[name] for name in told if name.startswith("perisai_deliveries") and "absent" not in name]
    assert sum(came) == 3
    assert told["perisai_branches_behind"] > 0
    assert 0 < told["perisai_disk_free_bytes"] < told["perisai_disk_bytes"]
    for step in ("extract", "plan", "judge", "load", "marts", "publish", "report", "freeze"):
        assert 0 < time.time() - told[f'perisai_step_done_seconds{{step="{step}"}}'] < 3600
        assert told[f'perisai_step_duration_seconds{{step="{step}"}}'] >= 0


def test_a_home_without_anything_has_metrics_all_the_same(house: House) -> None:
    text = metrics.as_text(house.settings)
    assert text.count("# TYPE") == 9
    assert [line for line in text.splitlines() if not line.startswith("#")] == []


def test_the_rules_of_the_docs_name_metrics_that_there_are(house: House) -> None:
    there = set(re.findall(r"# TYPE (\w+)", metrics.as_text(house.settings)))
    page = (ROOT / "docs" / "operate.md").read_text()
    rules = re.findall(r"expr: (.+)", page)
    assert len(rules) >= 8
    assert {name for rule in rules for name in re.findall(r"perisai_[a-z_]+", rule)} == there
