"""The sheet of eight tastes: what a quiz of clear answers makes of one look."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from looksmith.look import Look

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import taste_sheet


def test_tastes_can_be_told_apart(
    look: Look,
    photos: list,  # type: ignore[type-arg]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tastes = {"warm": {"warmth": 1.0}, "cool": {"warmth": -1.0}}
    monkeypatch.setattr(taste_sheet, "TASTES", tastes)
    photo = np.asarray(Image.fromarray(photos[1]).resize((96, 64)))
    tiles = taste_sheet.tiles_of(look, photo)
    warmth = {
        name: float(tile[..., 0].mean() - tile[..., 2].mean()) for name, tile in tiles.items()
    }
    assert warmth["warm"] > warmth["the look"] > warmth["cool"] + 2
    assert taste_sheet.sheet_of(tiles).size == (5 * 96, 64)
