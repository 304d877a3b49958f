"""How the docs become a site: ``make docs``. The pages are those of the repository, read where they lie.

README.md is the entrance, as it is where the repository is browsed, so that links between pages work in both. What a
site needs beside that, the order of the pages and links to what this machine's warehouse has published, is added while
it is built; the pages of the data dictionary are written then, from the SQL and the contracts.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

from warehouse import dictionary

project = "Perisai warehouse"
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "docs/dictionary/*.md", "bench/*.md"]
exclude_patterns = ["build", "data", ".venv"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False
html_permalinks_icon = "#"

_DICTIONARY = "docs/dictionary/README"
_PAGES = re.compile(r"\]\(((?:docs|bench)/[^)#]+|CHANGELOG|CONTRIBUTING)\.md\)")
_PUBLISHED = {"data_docs": "What the judge found (Data Docs)", "report": "Report"}


def _complete(app: Sphinx, name: str, source: list[str]) -> None:
    """Adds to the entrance the pages that it links to, in their order, and what is published.

    The pages of the dictionary are found from its list, and would only fill every page's margin.
    """
    if name.startswith("docs/dictionary/") and name != _DICTIONARY:
        source[0] = "---\norphan: true\n---\n\n" + source[0]
    if name == root_doc:
        pages = dict.fromkeys([*_PAGES.findall(source[0]), _DICTIONARY])
        contents = "\n\n```{toctree}\n:hidden:\n:maxdepth: 1\n\n" + "\n".join(pages) + "\n```\n"
        source[0] += _published(Path(app.outdir)) + contents


def _write_dictionary(app: Sphinx) -> None:
    dictionary.write(Path(app.srcdir) / "docs" / "dictionary")


def _published(site: Path) -> str:
    """Links to the pages that were published beside, as far as there are any."""
    folder = Path(os.environ.get("PERISAI_HOME", "data")).absolute() / "published"
    there = {name: words for name, words in _PUBLISHED.items() if (folder / name / "index.html").exists()}
    links = [
        f'<li><a href="{os.path.relpath(folder / name / "index.html", site)}">{words}</a></li>'
        for name, words in there.items()
    ]
    return "\n\n## Published here\n\n<ul>" + "".join(links) + "</ul>\n" if links else ""


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("builder-inited", _write_dictionary)
    app.connect("source-read", _complete)
