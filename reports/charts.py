"""Geometry of the report's small charts; the templates draw them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from reports.words import Number

_TOPS = (0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True)
class Line:
    """A line chart: each run of months without a gap is a polyline, the last month a dot."""

    runs: list[str]
    last: tuple[str, str] | None
    top: float


def line(values: Sequence[Number | None], width: float, height: float) -> Line:
    """Lays percentages out from 0 at the foot to a round number at the top.

    Args:
        values: one a month, oldest first; None leaves a gap.
        width: width of the plot in SVG units.
        height: height of the plot in SVG units.
    """
    known = [float(value) for value in values if value is not None]
    most = max(known, default=0.0)
    top = next((bound for bound in _TOPS if bound >= most), most)
    step = width / max(1, len(values) - 1)
    points = [
        None if value is None else (f"{number * step:.1f}", f"{height - float(value) / top * height:.1f}")
        for number, value in enumerate(values)
    ]
    runs = [" ".join(",".join(p) for p in run if p) for known, run in groupby(points, lambda p: p is not None) if known]
    return Line(runs, points[-1] if points else None, top)


def share(value: Number | None) -> str:
    """Length of a bar of at most 100 units for a percentage."""
    return f"{min(100.0, max(0.0, float(value or 0))):.1f}"
