"""Whether the files of a home are the demo's: the demo's keys are for invented people only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perisai.branches import branches
from transforms.delivery import MANIFEST_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perisai.settings import Settings

MARK = ".demo"
"""File in the landing folder in which ``make demo`` lists what it wrote, a line each."""
_REVISION = re.compile(r"_r[1-9][0-9]?$")


def real_exports(settings: Settings) -> Iterator[Path | str]:
    """Files of the landing folders that ``make demo`` did not write, and landing places elsewhere.

    A correction of the demo's files, as ``perisai replay`` leaves it, is invented too.
    """
    mark = settings.landing / MARK
    made = mark.read_text(encoding="utf-8").splitlines() if mark.exists() else []
    known = {_without_revision(name) for name in made}
    for path in sorted(settings.landing.glob("*/*")):
        name = path.relative_to(settings.landing).as_posix()
        if path.is_file() and not name.endswith(MANIFEST_SUFFIX) and _without_revision(name) not in known:
            yield path
    yield from (branch.landing_url for branch in branches(settings.reference) if branch.landing_url)


def _without_revision(name: str) -> str:
    return _REVISION.sub("", name.split(".", maxsplit=1)[0])
