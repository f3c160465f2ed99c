"""Small charts as one SVG file, without a plotting package.

    write_charts([Chart("Accuracy", lines=[Line("ours", x, y)])], Path("figures.svg"))

Bars are lines of one point each. Colours are told apart by people with any colour vision
(Okabe and Ito, 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from looksmith.files import whole_file

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_WIDTH, _HEIGHT, _COLUMNS = 380, 290, 3
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 40, 34


@dataclass(frozen=True)
class Line:
    """One line of a chart; with a single point it is drawn as a bar."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    dashed: bool = False
    colour: int | None = None
    """Which colour; None takes the line's own place."""


@dataclass(frozen=True)
class Chart:
    """Lines over common axes, or bars."""

    title: str
    lines: Sequence[Line]
    mark: float | None = None
    """A level that is drawn across, as a target."""

    @property
    def bars(self) -> bool:
        """Whether each line is one point."""
        return all(len(line.x) == 1 for line in self.lines)


def write_charts(charts: Sequence[Chart], path: Path) -> None:
    """Write charts side by side.

    Raises:
        LooksmithError: the file can't be written.
    """
    columns = min(_COLUMNS, len(charts))
    rows = -(-len(charts) // columns)
    parts = [
        f'<g transform="translate({index % columns * _WIDTH} {index // columns * _HEIGHT})">'
        f"{_drawn(chart)}</g>"
        for index, chart in enumerate(charts)
    ]
    size = f'width="{columns * _WIDTH}" height="{rows * _HEIGHT}"'
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )
    with whole_file(path) as part:
        part.write_text(whole, encoding="utf-8")


def _drawn(chart: Chart) -> str:
    values = [y for line in chart.lines for y in line.y]
    most = max([*values, chart.mark or 0.0, 1e-9]) * 1.08
    title = f'<text x="{_LEFT}" y="16" font-size="13" font-weight="bold">{escape(chart.title)}'
    parts = [f"{title}</text>", _scale(most)]
    if chart.mark is not None:
        y = _y(chart.mark, most)
        parts.append(_stroke([(_LEFT, y), (_WIDTH - _RIGHT, y)], "#888", "2 3"))
    draw = _bars if chart.bars else _lines
    return "".join(parts) + draw(chart, most)


def _scale(most: float) -> str:
    """The axes, with five levels."""
    parts = []
    for level in np.linspace(0, most, 5):
        y = _y(float(level), most)
        parts.append(_stroke([(_LEFT, y), (_WIDTH - _RIGHT, y)], "#eee"))
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{level:.2g}</text>')
    return "".join(parts)


def _bars(chart: Chart, most: float) -> str:
    wide = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.lines))
    parts = []
    for index, line in enumerate(chart.lines):
        left, top = _LEFT + wide * (index + 0.15), _y(line.y[0], most)
        colour = _COLOURS[(index if line.colour is None else line.colour) % len(_COLOURS)]
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{0.7 * wide:.1f}" '
            f'height="{_HEIGHT - _BOTTOM - top:.1f}" fill="{colour}"/>'
            f'<text x="{left + 0.35 * wide:.1f}" y="{top - 3:.1f}" text-anchor="middle">'
            f"{line.y[0]:.3g}</text>"
            f'<text x="{left + 0.35 * wide:.1f}" y="{_HEIGHT - _BOTTOM + 13 + 11 * (index % 2)}" '
            f'text-anchor="middle" font-size="9">{escape(line.name)}</text>'
        )
    return "".join(parts)


def _lines(chart: Chart, most: float) -> str:
    farthest = max(x for line in chart.lines for x in line.x) or 1
    parts = []
    for index, line in enumerate(chart.lines):
        colour = _COLOURS[(index if line.colour is None else line.colour) % len(_COLOURS)]
        points = [
            (_LEFT + (_WIDTH - _LEFT - _RIGHT) * x / farthest, _y(y, most))
            for x, y in zip(line.x, line.y, strict=True)
        ]
        dashes = "5 4" if line.dashed else ""
        parts.append(_stroke(points, colour, dashes, 1.8))
        x, y = _LEFT + 110 * (index % 3), 27 + 11 * (index // 3)
        parts.append(_stroke([(x, y), (x + 14, y)], colour, dashes, 1.8))
        parts.append(f'<text x="{x + 18}" y="{y + 4}" font-size="9">{escape(line.name)}</text>')
    parts.append(
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - _BOTTOM + 13}" text-anchor="end">'
        f"{farthest:.3g}</text>"
    )
    return "".join(parts)


def _y(value: float, most: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP - 8) * value / most


def _stroke(
    points: Sequence[tuple[float, float]], colour: str, dashes: str = "", width: float = 1.0
) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-dasharray="{dashes}"/>'
    )
