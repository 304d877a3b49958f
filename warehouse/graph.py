"""What is computed from what, drawn: every table as a box that leads to its page, in columns from left to right.

The picture is SVG that stands in the page. Pointing at a box, or reaching it by the keyboard, shows what it is computed
from and what is computed from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from html import escape

from warehouse.models import Model

_WIDE, _HIGH, _GAP, _BETWEEN = 204, 18, 5, 64
_COLOURS = {
    "raw": "#d9e1f2",
    "closed": "#ead1dc",
    "reference": "#fff2cc",
    "before": "#e2e2e2",
    "core": "#d5e8d4",
    "marts": "#f8cecc",
}
_STYLE = """
.lineage { overflow: auto; max-height: 85vh; border: 1px solid #888; }
@media (min-width: 80em) { .lineage { width: calc(100vw - 24em); } }
.lineage svg { background: #fff; }
.lineage text { font: 11px sans-serif; fill: #111; pointer-events: none; }
.lineage path { fill: none; stroke: #999; stroke-opacity: .35; }
.lineage rect { stroke: #666; }
.lineage a:focus rect, .lineage a:hover rect { stroke: #000; stroke-width: 2; }
.lineage.chosen g.node { opacity: .25; }
.lineage.chosen g.node.near { opacity: 1; }
.lineage path.from, .lineage path.to { stroke-width: 2; stroke-opacity: 1; }
.lineage path.from { stroke: #1f4e9c; }
.lineage path.to { stroke: #b04a00; }
"""
_SCRIPT = """
(() => {
  const box = document.querySelector('.lineage');
  const nodes = [...box.querySelectorAll('g.node')], lines = [...box.querySelectorAll('path')];
  const show = name => {
    box.classList.toggle('chosen', Boolean(name));
    const near = new Set([name]);
    for (const line of lines) {
      line.classList.toggle('from', line.dataset.to === name);
      line.classList.toggle('to', line.dataset.from === name);
      if (line.dataset.to === name) near.add(line.dataset.from);
      if (line.dataset.from === name) near.add(line.dataset.to);
    }
    for (const node of nodes) node.classList.toggle('near', near.has(node.dataset.name));
  };
  for (const node of nodes) {
    for (const kind of ['mouseenter', 'focusin']) node.addEventListener(kind, () => show(node.dataset.name));
    for (const kind of ['mouseleave', 'focusout']) node.addEventListener(kind, () => show(''));
  }
})();
"""


def page(every: Iterable[Model], with_pages: Collection[str]) -> str:
    """The page of the graph, in Markdown.

    Args:
        every: all models.
        with_pages: tables that have a page of the dictionary.
    """
    inputs = {model.table: sorted(model.inputs) for model in every}
    for name in sorted({one for said in inputs.values() for one in said} - inputs.keys()):
        inputs[name] = []
    words = (
        f"{len(inputs)} tables, from what branches send (left) to what is published (right), as the SQL says. Point at"
        " a box: blue lines lead to what it is computed from, brown ones to what is computed from it. Each box opens"
        " the page of its table."
    )
    drawn = f'<div class="lineage" tabindex="0" role="group" aria-label="All tables">{_svg(inputs, with_pages)}</div>'
    style, script = f"<style>{_STYLE}</style>", f"<script>{_SCRIPT}</script>"
    return "\n\n".join(["# What is computed from what", words, style, drawn, script]) + "\n"


def columns(inputs: Mapping[str, Collection[str]]) -> dict[str, int]:
    """In which column each table is drawn: sources, reference, core in two, marts in two.

    Where core or marts are split, what is computed from others of the same schema stands to the right.
    """
    depth: dict[str, int] = {}

    def deep(name: str) -> int:
        """How many tables of its schema stand before it, on the longest way."""
        schema = name.split(".", maxsplit=1)[0]
        if name not in depth:
            before = (deep(one) for one in inputs[name] if one.startswith(f"{schema}."))
            depth[name] = 1 + max(before, default=-1)
        return depth[name]

    first = {"raw": 0, "closed": 0, "reference": 1, "before": 2, "core": 2, "marts": 4}
    split = {"core": 2, "marts": 1}
    found = {}
    for name in inputs:
        schema = name.split(".", maxsplit=1)[0]
        found[name] = first[schema] + (schema in split and deep(name) >= split[schema])
    return found


def _svg(inputs: Mapping[str, list[str]], with_pages: Collection[str]) -> str:
    drawn: dict[int, list[str]] = defaultdict(list)
    for name, column in sorted(columns(inputs).items()):
        drawn[column].append(name)
    at: dict[str, tuple[int, int]] = {}
    for column, names in sorted(drawn.items()):
        # near the tables that it is computed from, so that lines are short
        heights = {n: [at[i][1] for i in inputs[n] if i in at] for n in names}
        names.sort(key=lambda name: (sum(heights[name]) / max(1, len(heights[name])), name))
        for row, name in enumerate(names):
            at[name] = (10 + column * (_WIDE + _BETWEEN), 10 + row * (_HIGH + _GAP))
    wide = max(x for x, _ in at.values()) + _WIDE + _BETWEEN // 2
    high = max(y for _, y in at.values()) + _HIGH + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">']
    for name, said in sorted(inputs.items()):
        parts += [_line(at[one], at[name], one, name) for one in said]
    parts += [_box(name, *place, linked=name in with_pages) for name, place in sorted(at.items())]
    return "".join([*parts, "</svg>"])


def _line(start: tuple[int, int], end: tuple[int, int], source: str, name: str) -> str:
    x1, y1, x2, y2 = start[0] + _WIDE, start[1] + _HIGH // 2, end[0], end[1] + _HIGH // 2
    if start[0] >= end[0]:  # in the same column: around its right side
        x2 = end[0] + _WIDE
        curve = f"{x1 + _BETWEEN // 2} {y1} {x2 + _BETWEEN // 2} {y2}"
    else:
        bend = (x2 - x1) // 2
        curve = f"{x1 + bend} {y1} {x2 - bend} {y2}"
    return f'<path data-from="{escape(source)}" data-to="{escape(name)}" d="M{x1} {y1}C{curve} {x2} {y2}"/>'


def _box(name: str, x: int, y: int, *, linked: bool) -> str:
    colour = _COLOURS.get(name.split(".", maxsplit=1)[0], "#ffffff")
    box = (
        f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="3" fill="{colour}"/>'
        f'<text x="{x + 5}" y="{y + 13}">{escape(name)}</text>'
    )
    inner = f'<a href="{escape(name)}.html">{box}</a>' if linked else box
    return f'<g class="node" data-name="{escape(name)}">{inner}</g>'
