"""The card of a look, for the terminal: what it was learned from and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from rich.color import Color
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from looksmith import palette
from looksmith.base import Base
from looksmith.look import Look
from looksmith.look_lut import tone_curve
from looksmith.texts import printable, text
from looksmith.tone import NO_EVIDENCE

_SUBTLE, _BOLD = 3.0, 8.0  # ΔE2000 that the grade makes of ordinary photos
_MUCH = 0.5  # of a tone or a mood, that is seen beside any grade
_ALIKE, _VARIED = 0.75, 1.15  # spread of lightness against that of plain photos
_NOTED = 0.02  # of Oklab lightness: less can hardly be seen
_CURVE_ROWS, _CURVE_COLUMNS, _SHEET_COLUMNS = 9, 33, 60

Strength = Literal["subtle", "clear", "bold"]


def card(look: Look, base: Base, coloured: bool = True) -> RenderableType:
    """Facts, tone curve and, where there are colours, a sample sheet in coloured half blocks."""
    parts: list[RenderableType] = [Columns([_facts(look), _curve(look, base)], padding=(0, 4))]
    if look.sheet is not None and coloured:
        parts.append(_sheet(look))
    return Group(*parts)


def _facts(look: Look) -> Table:
    about = look.about
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column(overflow="fold")

    def row(key: str, value: object) -> None:
        shown = value if isinstance(value, Text) else Text(printable(str(value)))
        table.add_row(text(f"card.{key}"), shown)

    row("name", look.name)
    row("photos", about.get("photos", "?"))
    if about.get("digest"):
        row("digest", about["digest"][:16])
    row("base", look.base)
    if "adapted" in about:
        row("adapted", text("yes") if about["adapted"] else text("no"))
    for key, sentence in described(look).items():
        row(key, sentence)
    for part in about.get("parts", []):
        row("part", f"{part['weight']:.0%} {part['name']}")
    if about.get("metrics"):
        row("metrics", ", ".join(f"{name} {value}" for name, value in about["metrics"].items()))
    if about.get("skin"):
        row("skin", _skin(about["skin"]))
    if about.get("makeup"):
        row("makeup", _makeup(about["makeup"]))
    row("consent", about.get("consent") or text("card.consent_none"))
    return table


def described(look: Look) -> dict[str, str]:
    """What the look does and how sure that is, as far as it is known: by ``grade``, ``variety``,
    ``tone`` and ``mood``, whose names are the texts ``card.…``."""
    about = look.about
    said = {}
    if "change" in about:
        said["grade"] = _grade(float(about["change"]))
    if about.get("variety"):
        said["variety"] = _variety(float(about["variety"]))
    if about.get("tone"):
        said["tone"] = _tone(look, about["tone"])
    if about.get("mood"):
        said["mood"] = _mood(about["mood"], few="variety" not in about)
    return said


def strength_of(about: Mapping[str, Any]) -> Strength | None:
    """How much a look does: by its grade, but not subtle where light or palette of the feed are
    given besides. None where that is not known."""
    if "change" not in about:
        return None
    how = _strength(float(about["change"]))
    tone, mood = about.get("tone") or {}, about.get("mood") or {}
    light = tone.get("amount", 0) if tone.get("evidence", 0) >= NO_EVIDENCE else 0
    return "clear" if how == "subtle" and max(light, mood.get("amount", 0)) >= _MUCH else how


def _strength(change: float) -> Strength:
    return "subtle" if change < _SUBTLE else "clear" if change < _BOLD else "bold"


def _grade(change: float) -> str:
    how = _strength(change)
    return text(f"grade.{how}", change=f"{change:.1f}")


def _variety(variety: float) -> str:
    how = "alike" if variety < _ALIKE else "usual" if variety < _VARIED else "varied"
    return text(f"variety.{how}", variety=f"{variety:.1f}")


def _tone(look: Look, numbers: Mapping[str, Any]) -> str:
    amount, evidence = float(numbers.get("amount", 0)), float(numbers.get("evidence", 0))
    shift = 0.0 if look.tone is None or amount == 0 else float(look.tone[0, 1].mean()) / amount
    how = "other" if abs(shift) < _NOTED else "darker" if shift < 0 else "lighter"
    if evidence < NO_EVIDENCE:
        how = "usual"
    return text(f"tone.{how}", amount=f"{amount:.0%}", evidence=f"{evidence:.1f}")


def _mood(numbers: Mapping[str, Any], few: bool) -> str:
    amount, evidence = float(numbers.get("amount", 0)), float(numbers.get("evidence", 0))
    how = "full" if amount >= 0.7 else "part"
    if amount == 0:
        # None is given of what is evident only where that would spoil skin or tones.
        how = "few" if few else "held" if evidence > palette.NO_EVIDENCE else "none"
    return text(f"mood.{how}", amount=f"{amount:.0%}", evidence=f"{evidence:.1f}")


def _skin(numbers: Mapping[str, Any]) -> str:
    names = ("texture", "marks", "blotches", "highlights")
    shown = {name: f"{numbers[name]:.3f}" if name in numbers else "–" for name in names}
    return text("card.skin_of", faces=numbers.get("faces", 0), **shown)


def _makeup(numbers: Mapping[str, Any]) -> Text:
    """The parts' colours on the skin of the feed, as blocks."""
    from looksmith.people.makeup_map import Layer

    shown = Text()
    for part, colour in Layer.from_numbers(numbers).swatches().items():
        shown.append("██", style=Style(color=Color.from_rgb(*colour)))
        shown.append(f" {text(f'card.{part}')}  ")
    return shown


def _curve(look: Look, base: Base) -> Text:
    """Red, green and blue of greys from black (left) to white (right)."""
    curve = tone_curve(look, base, _CURVE_COLUMNS)
    plot = Text(text("card.curve") + "\n", style="bold")
    for row in range(_CURVE_ROWS - 1, -1, -1):
        for column in range(_CURVE_COLUMNS):
            here = [round(v * (_CURVE_ROWS - 1)) == row for v in curve[column]]
            if any(here):
                red, green, blue = (255 if hit else 60 for hit in here)
                plot.append("●", style=f"not bold rgb({red},{green},{blue})")
            else:
                plot.append("·", style="not bold grey23")
        plot.append("\n")
    return plot


def _sheet(look: Look) -> Text:
    """The sample sheet, two pixels a character."""
    image = look.sheet_image()
    assert image is not None
    columns = min(_SHEET_COLUMNS, image.width)
    rows = max(2, round(columns * image.height / image.width / 2) * 2)
    pixels = np.asarray(image.resize((columns, rows))).tolist()
    drawn = Text()
    for y in range(0, rows, 2):
        for x in range(columns):
            top, bottom = pixels[y][x], pixels[y + 1][x]
            drawn.append(
                "▀", style=Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom))
            )
        drawn.append("\n")
    return drawn
