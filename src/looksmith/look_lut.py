"""A look as one 3D LUT: what it does to a colour wherever that colour lies.

A LUT sees one colour at a time; what the look does place by place stays behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.base import Base
from looksmith.feeds import SHEET_TILE
from looksmith.grading import apply_lut, identity_lut
from looksmith.look import Look
from looksmith.rendering import WORKING_SIZE, Rendering, Stage, render

SIZE = 33


def look_lut(look: Look, base: Base, size: int = SIZE) -> Tensor:
    """The look as a LUT ``(3, N, N, N)`` in [0, 1], indexed ``[channel, blue, green, red]``: the
    global look, and of the bilateral grid what it does to each tone on average over the places of
    the photos on the look's sheet."""
    return lut_of(any_photo(look, base), size)


def any_photo(look: Look, base: Base) -> Rendering:
    """A rendering for photos that nobody has seen yet, the same at every place: what the look does
    on average to the photos on its sheet."""
    grades = [Rendering((look.grade_stage(base, c.unsqueeze(0)),)) for c in _sheet_photos(look)]
    # The sheet's photos have the feed's tone already, so that of an ordinary photo is taken.
    return everywhere(grades).followed_by(*look.mood_stage(None))


def everywhere(renderings: Sequence[Rendering]) -> Rendering:
    """One rendering of several photos' renderings with one look, the same at every place."""
    stages = zip(*(rendering.stages for rendering in renderings), strict=True)
    return Rendering(tuple(map(_everywhere, stages)))


@torch.no_grad()
def lut_of(rendering: Rendering, size: int = SIZE) -> Tensor:
    """A rendering that is the same at every place as a LUT ``(3, N, N, N)`` in [0, 1]."""
    colours = identity_lut(size).view(1, 3, 1, -1)
    return render(colours, rendering).view(3, size, size, size).clamp(0, 1)


def _everywhere(versions: Sequence[Stage]) -> Stage:
    """A stage of several photos' renderings, the same at every place of every photo."""
    grids = [stage.grid for stage in versions if stage.grid is not None]
    luts = [stage.lut for stage in versions if stage.lut is not None]
    lut = torch.stack(luts).mean(0) if luts else None
    if not grids:
        return replace(versions[0], lut=lut)
    grid = torch.stack(grids).mean(0).mean((-1, -2), keepdim=True)
    return replace(versions[0], lut=lut, grid=grid.expand(-1, -1, -1, 2, 2))


def _sheet_photos(look: Look) -> Tensor:
    """Photos to average over, ``(N, 3, 128, 128)``; grey where the look has no sheet."""
    side = WORKING_SIZE
    grey = torch.full((1, 3, side, side), 0.5)
    if look.sheet is None or min(look.sheet.shape[:2]) < SHEET_TILE:
        return grey
    tiles = look.sheet.float().permute(2, 0, 1) / 255
    tiles = tiles.unfold(1, SHEET_TILE, SHEET_TILE).unfold(2, SHEET_TILE, SHEET_TILE)
    tiles = tiles.permute(1, 2, 0, 3, 4).flatten(0, 1)  # (N, 3, 32, 32)
    tiles = tiles[tiles.flatten(1).amin(1) < 1]  # what the last row lacks of photos is white
    if not len(tiles):
        return grey
    return F.interpolate(tiles, (side, side), mode="bilinear", align_corners=False)


def tone_curve(look: Look, base: Base, points: int = 33) -> list[tuple[float, float, float]]:
    """What the look makes of greys from black to white: RGB of each."""
    lut = look_lut(look, base, SIZE)
    axis = torch.linspace(0, 1, points).view(1, 1, 1, -1).expand(1, 3, 1, -1)
    return [tuple(rgb) for rgb in apply_lut(axis, lut)[0, :, 0].T.tolist()]
