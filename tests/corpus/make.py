"""Writes the corpus for looking at: ``PYTHONPATH=tests python tests/corpus/make.py FOLDER``.

The tests make the files anew each time. All people and numbers are invented. A delivery of a made file has
three rows or so, on lines 2 to 4 where nothing else is said, so that what is expected can be counted on one's
fingers.
"""

from __future__ import annotations

import sys
from pathlib import Path

from corpus.case import cases

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for each in cases():
        (folder / f"{each.trouble}{each.extension}").write_bytes(each.content)
