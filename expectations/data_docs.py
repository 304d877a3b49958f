"""Data Docs: the pages that Great Expectations draws of a result, made fit to be opened anywhere.

The library's pages load styles, scripts and a logo from outside addresses, the logo with an identifier in
its address. Here everything that would be fetched or run is taken out, a small style is put in, and a
Content-Security-Policy makes the browser refuse whatever might have been missed.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup

if TYPE_CHECKING:  # it takes seconds, which a step that lists pages need not wait
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

_POLICY = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { border-bottom: 1px solid #8886; padding: .3rem .6rem; text-align: left; vertical-align: top; }
.badge { border: 1px solid #8886; border-radius: .6rem; padding: 0 .5rem; }
.text-success { color: #17803d; } .text-danger { color: #b42318; }
@media (prefers-color-scheme: dark) { body { background: #14171a; color: #e6e6e6; } a { color: #8ab4f8; } }
"""


@cache  # it compiles its templates when they are first used
def _view() -> Any:
    from great_expectations.render.view.view import DefaultJinjaPageView

    return DefaultJinjaPageView()


def page(result: ExpectationSuiteValidationResult) -> str:
    """One validation result as a page that fetches nothing and runs nothing."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    drawn = _view().render(ValidationResultsPageRenderer(run_info_at_end=False).render(result))
    soup = BeautifulSoup(drawn, "html.parser")
    for element in soup(["script", "link", "style", "img", "iframe", "footer", "form", "meta", "nav", "object"]):
        element.decompose()
    for link in soup("a"):
        if not str(link.get("href", "")).startswith("#"):
            link.unwrap()
    for element in soup(style=True):
        del element["style"]
    head = soup.head or soup.new_tag("head")
    head.append(BeautifulSoup(f'<meta charset="utf-8">{_POLICY}<style>{_STYLE}</style>', "html.parser"))
    return str(soup)


def write_index(folder: Path, title: str) -> None:
    """A list of the pages in a folder, as its ``index.html``."""
    pages = sorted(path.name for path in folder.glob("*.html") if path.name != "index.html")
    items = "".join(f'<li><a href="{escape(name)}">{escape(name.removesuffix(".html"))}</a></li>' for name in pages)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{_POLICY}<title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><ul>{items}</ul></body></html>"
    )
    (folder / "index.html").write_text(html, encoding="utf-8")
