"""The templates of pages: whatever is put into them is escaped, and what has no value is an error."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

FOLDER = Path(__file__).parent / "templates"


def environment(**own: str) -> Environment:
    """An environment of the folder ``templates``.

    Args:
        own: by name the files of the folder that stand within each page (``style``, ``script``). A page's policy lets
            only these run, by their hashes (``style_hash``), and nothing be loaded.
    """
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name, file in own.items():
        # without indents and comments, which every page would carry
        text = re.sub(r"^\s+(//.*\n)?", "", (FOLDER / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
        if file.endswith(".css"):
            text = re.sub(r" ?([{};]) ?", r"\1", re.sub(r"\s+", " ", text))
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        made.globals |= {name: Markup(text), f"{name}_hash": f"sha256-{digest}"}  # noqa: S704  # our own file
    return made
