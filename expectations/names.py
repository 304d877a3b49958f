"""What is looked for in the name of a person, as names.yaml declares it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from expectations.cells import Finding


def _findings(said: dict[str, Any]) -> tuple[Finding, ...]:
    lists: dict[str, str] = {}

    def filled(text: str) -> str:
        for name, words in lists.items():
            text = text.replace(f"<{name}>", words)
        return text

    for name, words in said["words"].items():
        lists[name] = filled("|".join(words))
    return tuple(Finding(of="name", **each | {"condition": filled(each["condition"])}) for each in said["findings"])


NAMES = _findings(yaml.safe_load((Path(__file__).with_name("names.yaml")).read_text(encoding="utf-8")))
