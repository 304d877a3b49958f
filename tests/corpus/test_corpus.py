"""Every file of the corpus, left by a branch and taken through the real steps, ends as the table says."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from corpus.make import Case, cases
from house import House

from perisai.settings import Settings

FIRST_DAY = date(2023, 10, 1)
RUN_DAY = date(2024, 12, 31)
CASES = {case.trouble: case for case in cases()}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What became of each case: all are deliveries of one run, each dated a day of its own."""
    home = tmp_path_factory.mktemp("corpus") / "home"
    house = House(Settings(home=home, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    folder = house.settings.landing / "NTB01"
    folder.mkdir(parents=True)
    names = {}
    for number, case in enumerate(CASES.values()):
        name = f"NTB01_{case.feed}_{FIRST_DAY + timedelta(number)}{case.extension}"
        (folder / name).write_bytes(case.content)
        names[name] = case.trouble
    house.load(RUN_DAY.isoformat())
    columns = ["file_name", "delivery_id", "judgement", "reason", "lines", "accepted", "rejected", "duplicates"]
    found = house.lake(f"select {', '.join(columns)} from raw.delivery")
    rejects = Counter[tuple[str, int]]()
    for path in house.settings.rejects.rglob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            rejects[row["delivery_id"], row["line_no"]] += 1
    assert set(rejects.values()) == {1}
    assert not [*home.parent.rglob("*escaped*"), *Path("/").glob("escaped*")]
    said = [dict(zip(columns, each, strict=True)) for each in found]
    return {
        names[each["file_name"]]: each | {"rejected_lines": sorted(n for i, n in rejects if i == each["delivery_id"])}
        for each in said
    }


def test_the_corpus_is_large_and_each_trouble_has_a_name_of_its_own() -> None:
    assert len(CASES) == len(cases()) >= 80


def test_every_file_has_an_outcome_whose_lines_add_up(outcomes: dict[str, dict[str, Any]]) -> None:
    assert set(outcomes) == set(CASES)
    for trouble, said in outcomes.items():
        assert said["lines"] == said["accepted"] + said["rejected"] + said["duplicates"], trouble


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_ends_as_expected(case: Case, outcomes: dict[str, dict[str, Any]]) -> None:
    said = outcomes[case.trouble]
    if case.refused:
        assert said["judgement"] == "refused", said
        assert case.refused in said["reason"]
        return
    assert said["judgement"] == "accepted", said
    assert (said["accepted"], said["duplicates"]) == (case.accepted, case.duplicates), said
    assert said["rejected_lines"] == sorted(case.rejected)
    assert said["rejected"] == len(case.rejected)
