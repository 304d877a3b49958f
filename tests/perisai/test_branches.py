"""A table of branches that cannot be used is told of in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from perisai.branches import branches
from perisai.errors import DayFailed


def test_a_table_without_time_zones_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "branch.csv").write_text("branch_code,branch_name,office_code\nNTB01,Mataram,KW-BNP\n")
    with pytest.raises(DayFailed, match=r"branch.csv: time_zone of NTB01 is none of WIB, WITA, WIT; write"):
        branches(tmp_path)
