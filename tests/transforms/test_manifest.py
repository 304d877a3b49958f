"""A manifest is read strictly: what it says is of the right kind, or the manifest cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from perisai.intake import _disowns
from transforms.delivery import Manifest, parsed, read_manifest

BAD = {
    "no lines": '{"sha256": "a"}',
    "a list": "[]",
    "corrects is a list": '{"lines": 1, "corrects": ["a"]}',
    "sha256 is a number": '{"lines": 1, "sha256": 5}',
    "still is a list": '{"lines": 1, "still": []}',
    "still beyond 64 bits": '{"lines": 1, "still": {"a": [9223372036854775808]}}',
    "still has true": '{"lines": 1, "still": {"a": [true]}}',
    "lines beyond 64 bits": '{"lines": 99999999999999999999}',
    "a part of a line": '{"lines": 1.9}',
    "true": '{"lines": true}',
    "not a number": '{"lines": NaN}',
    "total is a list": '{"lines": 1, "amount_rp": [1]}',
    "half a character": '{"lines": 1, "sha256": "\\ud800"}',
    "deep": "[" * 200_000,
    "digits without end": '{"lines": ' + "1" * 5000 + "}",
}


@pytest.mark.parametrize("said", BAD.values(), ids=BAD)
def test_what_cannot_be_understood_is_refused_in_words_that_repeat_nothing(tmp_path: Path, said: str) -> None:
    file = tmp_path / "a.manifest.json"
    file.write_text(said)
    with pytest.raises(ValueError, match=r"^Manifest tidak dapat dibaca / the manifest cannot be read$"):
        read_manifest(tmp_path / "a.csv", "amount_rp")
    assert not _disowns(file, "a" * 64)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_can_be_understood_is_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.manifest.json"
    said = '{"lines": "5", "amount_rp": 184000.0, "sha256": "AB", "corrects": null, "still": {"r": [2]}, "other": [1]}'
    file.write_text(said, encoding=encoding)
    assert parsed(file, "amount_rp") == Manifest(5, 184_000, "AB", None, {"r": [2]})
    assert vars(parsed(file)) == {"lines": 5, "total_rp": None, "sha256": "AB", "corrects": None, "still": {"r": [2]}}
    assert _disowns(file, "cd")
    assert not _disowns(file, "ab")
