"""Charts are SVG that any viewer reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from looksmith.charts import Chart, Line, write_charts
from looksmith.errors import LooksmithError

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_high_as_their_values_and_names_are_escaped(tmp_path: Path) -> None:
    bars = [Line("a < b", [0], [1.0]), Line("b", [0], [0.5]), Line("none", [0], [0.0])]
    write_charts([Chart("R & D", bars, mark=0.5)], tmp_path / "c.svg")
    tree = etree.parse(tmp_path / "c.svg")
    high, half, none = (float(r.get("height")) for r in tree.iter(f"{SVG}rect") if r.get("x"))
    assert high == pytest.approx(2 * half, abs=0.2)
    assert none == 0
    words = [node.text for node in tree.iter(f"{SVG}text")]
    assert {"a < b", "R & D"} <= set(words)


def test_lines_stay_within_their_chart(tmp_path: Path) -> None:
    lines = [Line("up", [0, 4, 8], [0, 3, 9]), Line("flat", [0, 8], [0, 0], dashed=True)]
    write_charts([Chart("one", lines)] * 4, tmp_path / "c.svg")
    tree = etree.parse(tmp_path / "c.svg")
    points = [
        tuple(map(float, pair.split(",")))
        for node in tree.iter(f"{SVG}polyline")
        for pair in node.get("points").split()
    ]
    assert all(0 <= x <= 380 and 0 <= y <= 290 for x, y in points)


def test_a_chart_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LooksmithError, match="none"):
        write_charts([Chart("one", [Line("a", [0], [1.0])])], tmp_path / "none" / "c.svg")
