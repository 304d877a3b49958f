from __future__ import annotations

import re
from pathlib import Path

import pytest

from perisai.sentences import SAID, sentence

CLI = [Path("perisai/cli.py"), Path("perisai/rights/commands.py")]


def test_a_number_has_the_word_that_goes_with_it() -> None:
    judged = {"files": 1, "refused": 0, "lines": 1_200, "accepted": 1, "rejected": 1_199, "duplicates": 0}
    assert sentence("judge", judged) == (
        "Judged 1 file, of which 0 were refused whole."
        " Of 1,200 rows 1 was accepted, 1,199 rejected, and 0 there already."
    )
    assert "Judged 2 files, of which 1 was refused" in sentence("judge", judged | {"files": 2, "refused": 1})


def test_what_no_sentence_mentions_stands_behind_them() -> None:
    held = {"changed": False, "version": "2023-10-13-ab", "rolled_back": "2023-10-13-cd"}
    assert sentence("publish", held) == "Version 2023-10-13-ab is current and stays so. Rolled back: 2023-10-13-cd."


def test_lists_are_told_in_order_and_nothing_as_none() -> None:
    loaded = {"changed": True, "deliveries": 1, "accepted": 1, "refused": 0, "failed": 0}
    assert sentence("load", loaded | {"missing_branches": []}).endswith("usable: none.")
    assert sentence("load", loaded | {"missing_branches": ["STG01", "NTB01"]}).endswith("usable: NTB01, STG01.")


def test_checks_that_warn_are_named() -> None:
    built = {"changed": True, "models": 107, "warnings": []}
    assert sentence("marts", built) == "Built 107 models. Cross-checks that warn: none."
    assert sentence("marts", built | {"models": 1, "warnings": ["two", "one"]}).endswith(
        "1 model. Cross-checks that warn: one, two."
    )


@pytest.mark.parametrize(
    "words", [text for said in SAID.values() for text in ([said] if isinstance(said, str) else said)]
)
def test_what_is_said_are_sentences(words: str) -> None:
    assert re.match(r"[A-Z{]", words) and words.endswith(".")


def test_each_result_of_the_command_line_has_its_sentence() -> None:
    root = Path(__file__).parents[2]
    told = {name for file in CLI for name in re.findall(r'\bsay\("(\w+)"', (root / file).read_text(encoding="utf-8"))}
    assert told | {"marts"} == set(SAID)
