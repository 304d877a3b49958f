"""The bench runs, on a small day; how fast is for ``make bench`` to say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_bench_of_a_small_day_runs_and_fills_its_table(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text((ROOT / "bench" / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", "bench.national_day", "--size", "small", "--rounds", "1", "--readme", str(readme)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    words, _, table = readme.read_text(encoding="utf-8").partition("by the bench -->\n")
    assert words.startswith("# Benches")
    ways = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]
    assert ways == ["way", "perisai", "duckdb", "pandas"]
    assert table.strip() in done.stdout
