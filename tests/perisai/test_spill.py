"""What DuckDB has no memory for goes to the folder that each caller names."""

from __future__ import annotations

from pathlib import Path

from warehouse.duck import connect

SORTED = "from (select i, repeat(md5(i::varchar), 4) as text from range(1500000) as r(i) order by text)"


def test_each_spills_to_its_own_folder_also_after_another_has_spilled(tmp_path: Path) -> None:
    for name in ("one", "two", "one"):
        spill = tmp_path / name / "spill"
        with connect(memory_limit="60MB", threads=1, spill=spill) as con:
            assert con.execute("select current_setting('temp_directory')").fetchone() == (str(spill),)
            con.execute(f"create temp table sorted as {SORTED}")
            assert any(spill.iterdir()), f"{name} has not spilled"
