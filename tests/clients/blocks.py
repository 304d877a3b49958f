"""The fenced blocks of a page of the docs, each under its heading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PART = re.compile(r"^(?:#+ (?P<heading>[^\n]+)|```(?P<language>\w+)\n(?P<text>.*?)^```)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    heading: str
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    found, heading = [], ""
    for part in _PART.finditer((ROOT / page).read_text(encoding="utf-8")):
        heading = part["heading"] or heading
        if part["language"]:
            found.append(Block(heading, part["language"], part["text"]))
    return found


def under(page: str, heading: str, language: str) -> list[str]:
    return [block.text for block in blocks(page) if (block.heading, block.language) == (heading, language)]
