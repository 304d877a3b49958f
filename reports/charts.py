"""The report's charts: Altair says what they show, vl-convert draws them as SVG, without a script in the page.

Colours are the page's own custom properties, so that one drawing serves light, dark and paper. What is written in a
drawing is numbers and months in digits, so that it serves both languages; names stand in the page beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup, escape

from reports.words import Number, number

WIDTH, HEIGHT = 360, 118
SERIES = ("--one", "--two", "--three", "--four")
"""Custom properties with the colours of a stack's series, from the foot up."""

# 1,234.5 as 1.234,5; a locale of vl-convert's own doubles the time that a drawing takes.
_INDONESIAN = "replace(replace(replace(datum.label, '.', ';'), regexp(',', 'g'), '.'), ';', ',')"
_DATA = "figures"
_ENDS = ("first", "last")
# What an SVG says to those who cannot see it is said by the page: the figure's caption and table.
_LONG = re.compile(r"[1-9]\d*\.\d{2,}")
"""A place in a drawing, finer than a tenth of a pixel."""
_SUPERFLUOUS = re.compile(
    r'<path class="(?:back|fore)ground"[^>]*/>|<rect[^>]* fill="none"/>'
    r'| (?:aria-[a-z]+|role|class|pointer-events|version|xmlns(?::xlink)?|stroke-miterlimit)="[^"]*"(?=[^<]*>)'
    r'| width="[0-9]+" height="[0-9]+"(?= viewBox)'
)


@dataclass(frozen=True)
class Chart:
    """What is to be drawn: figures by month, oldest first; None leaves a gap.

    Attributes:
        kind: ``line``, ``columns`` or ``stack``.
        months: the months.
        values: one series of figures, or several that are stacked from the foot up.
        target: what was to be reached, if that is known: one figure a month.
        running: whether the last month is not over yet; it is drawn paler.
    """

    kind: str
    months: Sequence[date]
    values: Sequence[Sequence[Number | None]]
    target: Sequence[Number | None] = ()
    running: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(value is None for series in self.values for value in series)


def svg(chart: Chart) -> Markup:
    """Draws a chart as the inside of a figure: the same bytes for the same figures."""
    labels = [f"{month:%m/%Y}" for month in chart.months]
    targets = chart.target or [None] * len(labels)
    rows = [
        {
            "month": label,
            "series": place_of_series,
            "value": None if value is None else float(value),
            "target": None if targets[place] is None else float(targets[place] or 0),
            "last": place == len(labels) - 1,
            "shade": 0.45 if chart.running and place == len(labels) - 1 else 1,
        }
        for place_of_series, series in enumerate(chart.values)
        for place, (label, value) in enumerate(zip(labels, series, strict=True))
    ]
    spec = _compiled(chart.kind).replace(f'"{_DATA}-rows"', json.dumps(rows))
    for end, label in zip(_ENDS, (labels[0], labels[-1]), strict=True):
        spec = spec.replace(f'"{_DATA}-{end}"', json.dumps(label))
    # Room for the figures of the axis, which otherwise are measured again and again until all fits: half of the time.
    heights = [sum(value or 0 for value in month) for month in zip(*chart.values, strict=True)]
    left = 14 + 7 * len(number(max(float(most) for most in [*heights, *(t for t in targets if t is not None)])))
    sizes = {"width": WIDTH - left, "padding": {"left": left, "right": 24, "top": 8, "bottom": 22}}
    spec = json.dumps(json.loads(spec) | sizes)
    drawn = _LONG.sub(lambda found: f"{float(found[0]):.1f}", _SUPERFLUOUS.sub("", vl_convert.vega_to_svg(spec)))
    figures = {"months": labels, "values": _short(chart.values), "left": left}
    if chart.running:
        figures["running"] = True
    if chart.target:
        figures["target"] = _short([chart.target])[0]
    said = escape(json.dumps(figures, separators=(",", ":")))
    head = f'<svg aria-hidden="true" focusable="false" data-chart="{said}" '
    return Markup(drawn.replace("<svg ", head, 1))  # noqa: S704  # drawn from figures and months alone


def _short(values: Sequence[Sequence[Number | None]]) -> list[list[float | None]]:
    """Figures for tooltips and downloads, with no more decimals than anybody reads."""
    return [[None if value is None else round(float(value), 3) for value in series] for series in values]


@cache
def _compiled(kind: str) -> str:
    """A kind of chart as a Vega specification with placeholders for rows and for the ends of the axis of months."""
    month = alt.X(
        "month:O",
        sort=None,
        axis=alt.Axis(
            values=[f"{_DATA}-{end}" for end in _ENDS],
            title=None,
            labelAngle=0,
            ticks=False,
            labelPadding=6,
            aria=False,
        ),
        scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1),
    )
    data = alt.Chart(alt.NamedData(_DATA))
    figure = alt.Axis(
        title=None, tickCount=3, domain=False, ticks=False, format=",~f", labelExpr=_INDONESIAN, aria=False
    )
    layers: list[Any]
    if kind == "line":
        y = alt.Y("value:Q", axis=figure, scale=alt.Scale(zero=False, nice=3))
        points = data.encode(month, y)
        layers = [
            points.mark_line(
                aria=False, stroke="var(--accent)", strokeWidth=2.5, strokeCap="round", strokeJoin="round"
            ),
            points.transform_filter("datum.last")
            .mark_circle(aria=False, fill="var(--accent)", size=55)
            .encode(opacity=alt.Opacity("shade:Q", scale=None)),
        ]
    else:
        stacked = kind == "stack"
        y = alt.Y("value:Q", axis=figure, stack="zero" if stacked else None)
        shade = alt.Opacity("shade:Q", scale=None)
        series = alt.Fill("series:O", scale=alt.Scale(domain=list(range(4)), range=[f"var({name})" for name in SERIES]))
        order = alt.Order("series:O")
        bars = data.mark_bar(aria=False, fill="var(--accent)")
        layers = [
            data.mark_bar(aria=False).encode(month, y, shade, series.legend(None), order)
            if stacked
            else bars.encode(month, y, shade)
        ]
    layers.append(
        data.mark_line(
            aria=False, stroke="var(--target)", strokeWidth=1.5, strokeDash=[5, 3], interpolate="step"
        ).encode(month, alt.Y("target:Q", axis=figure))
    )
    chart = (
        alt.layer(*layers)
        .properties(width=WIDTH, height=HEIGHT, background="none", autosize="none")
        .configure(font="Liberation Sans")  # which it measures by; the page has its own
        .configure_view(stroke=None)
        .configure_axis(labelColor="var(--soft)", labelFontSize=12, gridColor="var(--rule)", domainColor="var(--rule)")
        .configure_axisX(grid=False)
    )
    compiled = vl_convert.vegalite_to_vega(chart.to_dict(context={"pre_transform": False}))
    for source in compiled["data"]:
        if source["name"] == _DATA:
            source["values"] = f"{_DATA}-rows"
    return json.dumps(compiled)
