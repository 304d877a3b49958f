"""The static report: a page for the nation, and one for each regional office, province, branch, wadah and agent.

The pages carry both languages, load nothing from anywhere, and are the same bytes for the same version. See
docs/report.md.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment
from markupsafe import Markup

from reports import changes, charts, pages, rendering, words
from reports.facts import DAYS, Facts
from reports.read import Groups, Row, listed
from reports.views import Views
from warehouse import files

_FILTERS = (
    *("number", "counted", "percent", "rupiah", "short_rupiah", "figure", "signed"),
    *("day", "month", "month_names", "in_digits", "label", "reason", "sector"),
)
_SHARED = {"report.js": "report.js", "script.js": "page.js", "style.css": "report.css"}
"""Files beside the pages, by the template that they are: the first for all, the others for the pages of agents."""
EXPLORER = Path(__file__).parent / "explorer" / "vendored"
"""The database that the explorer runs in a browser, fetched by ``make explorer``; without it there is no explorer."""


def write(database: Path, folder: Path, before: Path | None = None, office: str = "") -> list[Path]:
    """Draws the report of a published version, or of an office's slice of it.

    Args:
        database: the published DuckDB file; its version is read from the ``manifest.json`` beside it, if any.
        folder: where the pages are to be; it is replaced whole, in the end.
        before: the file of the version before, to tell what changed since; None if there is none.
        office: code of the office whose slice it is: its page is the first, and there is none of the nation.

    Returns:
        The pages, ``index.html`` first.

    Raises:
        duckdb.Error: the file is no published warehouse, or lacks a table that the report needs.
    """
    with duckdb.connect(str(database), read_only=True) as con:
        found = Facts(con)
        changed = _changed(before, con, found) if before else None
    known = {"version": _version(database), "before": before and before.parent.name, "changed": changed}
    names = []
    with files.built(folder) as beside:
        for file, name in _SHARED.items():
            shutil.copyfile(rendering.FOLDER / file, beside / name)
        if EXPLORER.exists() and not office:
            shutil.copytree(EXPLORER, beside / "explorer")
            shutil.copyfile(rendering.FOLDER / "arrow.js", beside / "explorer" / "arrow.js")
            shutil.copyfile(rendering.FOLDER / "explorer.js", beside / "explorer.js")
        views = Views(found, office)
        (beside / "search.js").write_text(_search(views), encoding="utf-8", newline="\n")
        for name, content in _drawn(views, known):
            (beside / name).write_text(content, encoding="utf-8", newline="\n")
            names.append(name)
    return [folder / name for name in names]


def _version(database: Path) -> str | None:
    manifest = database.with_name("manifest.json")
    return str(json.loads(manifest.read_text(encoding="utf-8"))["stamp"]) if manifest.exists() else None


def _changed(before: Path, con: duckdb.DuckDBPyConnection, found: Facts) -> Groups | None:
    """What changed since a version; None if it is of a release whose tables cannot be compared, which the page says."""
    with duckdb.connect(str(before), read_only=True) as older:
        try:
            return changes.between(older, con, found.month)
        except (duckdb.CatalogException, duckdb.BinderException):
            return None


def _search(views: Views) -> str:
    """All that can be found, as a script: page, name and code of each place, office, branch, wadah and agent."""
    found = views.facts
    entries = [["index.html", views.home[1] if views.office else "Indonesia", views.office]]
    for code, region in found.regions.items():
        now = found.regions.get(views.shown_code(code), region)
        place = f"province-{now['parent_code']}.html#w{now['region_code']}"
        page = f"province-{code}.html" if now["region_level"] == "province" else place
        entries.append([page, region["region_name"], code])
    entries += [
        [f"office-{code}.html", rows[0]["office_name"] or code, code]
        for code, rows in pages.offices(found).items()
        if not views.office
    ]
    entries += [[f"branch-{code}.html", views.names[code], code] for code in found.branches]
    entries += [[f"wadah-{code}.html", views.wadah_name(code) or "", code] for code in pages.wadahs_shown(found)]
    entries += [[f"agent-{code}.html", "", code] for code in pages.agents_shown(found)]
    return f"perisai.found({json.dumps(entries, ensure_ascii=False, separators=(',', ':'))});\n"


def _drawn(views: Views, known: Row) -> Iterator[tuple[str, str]]:
    """Name and HTML of each page.

    The charts are drawn in a thread of their own: vl-convert works outside of Python, while templates are filled here.
    """
    found = views.facts
    has_explorer = EXPLORER.exists() and not views.office
    every = list(pages.every(views, has_explorer=has_explorer))
    used: set[str] = set()  # definitions of what a page shows, noted while it is filled in
    known |= {
        "as_of": found.as_of,
        "month": found.month,
        "whole": found.whole,
        "running": found.month if found.running else None,
        "of_whole": lambda name: (name, words.month(found.whole) if found.running else None),
        "of_running": lambda name: (name, words.both("berjalan", "running") if found.running else None),
        "paler": [("one paler", words.both("bulan berjalan", "running month"))] if found.running else [],
        "months": found.months,
        "months_before": [] if views.office else pages.months_before(found),
        "claim_month": found.claim_month,
        "since": found.since,
        "feeds": views.feeds,
        "names": views.names,
        "branch_pages": frozenset(found.branches),
        "wadah_pages": frozenset(pages.wadahs_shown(found)),
        "agent_pages": frozenset(pages.agents_shown(found)),
        "offices": {}
        if views.office
        else {code: rows[0]["office_name"] or code for code, rows in pages.offices(found).items()},
        "due": found.due,
        "has_explorer": has_explorer,
        "used": used,
    }
    with ThreadPoolExecutor(1) as pen:
        drawings: list[dict[str, Future[Markup] | None]] = [
            {name: None if chart.empty else pen.submit(charts.svg, chart) for name, chart in page.charts.items()}
            for page in every
        ]
        for page, drawing in zip(every, drawings, strict=True):
            used.clear()
            drawn = {name: future and future.result() for name, future in drawing.items()}
            yield page.name, _templates().get_template(page.template, globals=known).render(page.shows, drawn=drawn)


@cache
def _templates() -> Environment:
    environment = rendering.environment(style="style.css", script="script.js")
    environment.filters |= {name: getattr(words, name) for name in _FILTERS}
    environment.globals.update(t=words.both, share=_share, days_shown=DAYS, definitions=_definitions())
    return environment


def _definitions() -> dict[Markup, Row]:
    """By the name of a column in both languages what it means, and its place on a page."""
    found = {}
    for number, row in enumerate(listed("definitions.csv")):
        name = words.both(row["label_indonesian"], row["label_english"])
        meaning = words.both(row["indonesian"], row["english"])
        found[name] = {"id": f"arti-{number}", "name": name, "meaning": meaning}
    return found


def _share(value: Any) -> str:
    """Length of a bar of at most 100 units for a percentage."""
    return f"{min(100.0, max(0.0, float(value or 0))):.1f}"
