"""A reviewer reads which figures of which marts a change of SQL moves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from house import House, agent, contribution, registration

from perisai.settings import Settings

ROOT = Path(__file__).parents[2]
MART = Path("warehouse/models/marts/delivery_day.sql")


@pytest.mark.slow
def test_a_change_of_a_mart_is_told_with_the_figures_that_move(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path / "home"))
    house.leave("NTB01", "agents", "2023-09-30", [agent(1)])
    house.leave("NTB01", "registrations", "2023-09-30", map(registration, range(1, 4)))
    house.leave("NTB01", "contributions", "2023-09-30", map(contribution, range(1, 4)))
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--shared", ROOT, clone], check=True)
    listed = ["git", "ls-files", "-mo", "--exclude-standard"]
    for name in subprocess.run(
        listed, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines():  # the code as it stands, committed or not
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", "base"],
        cwd=clone,
        check=True,
    )
    before = (clone / MART).read_text(encoding="utf-8")
    after = before.replace("        delivery.not_data,\n", "        delivery.not_data + 1 as not_data,\n", 1)
    assert after != before
    (clone / MART).write_text(after, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "scripts/diff_marts.py", "HEAD", "--landing", house.settings.landing],
        cwd=clone,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(clone)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[0] == "### What this change moves, on the demo's exports, compared with `HEAD`"
    assert any(line.startswith("| `marts.delivery_day` |") and "`not_data` in 3" in line for line in lines)
    assert "| `marts.delivery_day.not_data` | 0 | 3 | 3 |  |" in lines
    assert "| `marts.coverage_month`" not in told.stdout
