"""The commands that README.md, CONTRIBUTING.md and the pages under docs/ tell somebody to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PROGRAMS = ("make", "perisai", "docker", "git", "set", "duckdb", "flock", "python", "pip", "npm", "bash", "sudo", "cat")
_COMMAND = re.compile(rf"(?:\.venv/bin/)?(?:{'|'.join(PROGRAMS)}) \S")
_COMMENT = re.compile(r"\s{2,}#.*|^#.*")


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(page: Path) -> Iterator[str]:
    """Commands of a page: shell blocks whole, lines of indented blocks, and those with arguments within a text.

    An indented block is commands if any of its lines is one: then each line has to be.
    """
    markdown = MarkdownIt("commonmark").enable("table")
    for token in markdown.parse(page.read_text(encoding="utf-8")):
        if token.type == "fence" and token.info in ("sh", "bash", "console"):
            yield token.content.strip()
        elif token.type == "code_block":
            lines = [_COMMENT.sub("", line).strip() for line in token.content.replace("\\\n", " ").splitlines()]
            if any(_COMMAND.match(line) for line in lines):
                yield from filter(None, lines)
        elif token.type == "inline":
            for child in token.children or ():
                if child.type == "code_inline" and _COMMAND.match(child.content) and child.content.count(" ") > 1:
                    yield child.content.replace("\\|", "|")


def mentioned(page: Path) -> Iterator[tuple[str, str]]:
    """(make or perisai, what) wherever a target or a command is named."""
    yield from re.findall(r"(?:^    |`)(?:\.venv/bin/)?(make|perisai) ([a-z][a-z-]*)", page.read_text(), re.MULTILINE)
