"""Looks as ``.cube`` files: the 3D LUT format of Adobe, which grading tools and ffmpeg open.

A LUT sees one colour at a time; what the look does place by place stays behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.base import Base
from looksmith.feeds import SHEET_TILE
from looksmith.files import whole_file
from looksmith.grading import apply_lut, identity_lut
from looksmith.look import Look
from looksmith.rendering import WORKING_SIZE, Controls, Rendering, Stage, render

SIZE = 33
_WITHOUT_PHOTO = Controls(normalise=0)  # a LUT for all photos can't make one of them right


@torch.no_grad()
def look_lut(look: Look, base: Base, size: int = SIZE) -> Tensor:
    """The look as a LUT ``(3, N, N, N)`` in [0, 1], indexed ``[channel, blue, green, red]``: the
    global look, and of the bilateral grid what it does to each tone on average over the places of
    the photos on the look's sheet."""
    colours = identity_lut(size).view(1, 3, 1, -1)
    return render(colours, any_photo(look, base)).view(3, size, size, size).clamp(0, 1)


@torch.no_grad()
def any_photo(look: Look, base: Base) -> Rendering:
    """A rendering for photos that nobody has seen yet, the same at every place: what the look does
    on average to the photos on its sheet."""
    contents = _sheet_photos(look)
    renderings = [look.predict(base, content.unsqueeze(0), _WITHOUT_PHOTO) for content in contents]
    return Rendering(tuple(map(_everywhere, zip(*(r.stages for r in renderings), strict=True))))


def _everywhere(versions: Sequence[Stage]) -> Stage:
    """A stage of several photos' renderings, the same at every place of every photo."""
    grids = [stage.grid for stage in versions if stage.grid is not None]
    if not grids:
        return versions[0]
    grid = torch.stack(grids).mean(0).mean((-1, -2), keepdim=True)
    return replace(versions[0], grid=grid.expand(-1, -1, -1, 2, 2))


def _sheet_photos(look: Look) -> Tensor:
    """Photos to average over, ``(N, 3, 128, 128)``; grey where the look has no sheet."""
    side = WORKING_SIZE
    if look.sheet is None:
        return torch.full((1, 3, side, side), 0.5)
    tiles = look.sheet.float().permute(2, 0, 1) / 255
    tiles = tiles.unfold(1, SHEET_TILE, SHEET_TILE).unfold(2, SHEET_TILE, SHEET_TILE)
    tiles = tiles.permute(1, 2, 0, 3, 4).flatten(0, 1)  # (N, 3, 64, 64)
    tiles = tiles[: look.about.get("photos", len(tiles))]
    return F.interpolate(tiles, (side, side), mode="bilinear", align_corners=False)


def write_cube(look: Look, base: Base, path: Path, size: int = SIZE) -> None:
    """Write the ``.cube`` file, whole or not at all.

    Raises:
        LooksmithError: the file can't be written.
    """
    rows = look_lut(look, base, size).flatten(1).T.tolist()  # red runs fastest
    title = look.name.replace('"', "'")
    lines = [f'TITLE "{title}"', f"LUT_3D_SIZE {size}", "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1"]
    lines += [f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in rows]
    with whole_file(path) as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tone_curve(look: Look, base: Base, points: int = 33) -> list[tuple[float, float, float]]:
    """What the look makes of greys from black to white: RGB of each."""
    lut = look_lut(look, base, SIZE)
    axis = torch.linspace(0, 1, points).view(1, 1, 1, -1).expand(1, 3, 1, -1)
    return [tuple(rgb) for rgb in apply_lut(axis, lut)[0, :, 0].T.tolist()]
