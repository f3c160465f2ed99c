"""A set of avatars as files: squares, cut-outs, crops for platforms, a contact sheet, a list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from looksmith.files import whole_file
from looksmith.people.avatar import Avatar
from looksmith.people.filters import resized
from looksmith.photos import Photo, write_photo
from looksmith.provenance import COMPOSITE, content_id, xmp_label

CROPS = {"4x5": 4 / 5, "9x16": 9 / 16, "16x9": 16 / 9}
"""Width over height, as feeds, stories and videos want them."""


def write_avatars(avatars: Sequence[Avatar], folder: Path, look_name: str) -> list[Path]:
    """Write a set into a folder that exists; every picture carries its label.

    ``01-photo-gradient.jpg`` is the square, ``cutouts/`` has it transparent, ``crops/`` for feeds
    (4x5), stories (9x16), videos (16x9) and round profiles; ``contact-sheet.jpg`` shows all,
    ``avatars.json`` says what each is.

    Returns:
        The paths of the squares.

    Raises:
        PhotoError: a file can't be written.
    """
    for sub in ("cutouts", "crops"):
        (folder / sub).mkdir(exist_ok=True)
    listed: list[dict[str, Any]] = []
    paths = []
    for number, avatar in enumerate(avatars, 1):
        name = f"{number:02d}-{avatar.persona.name}"
        paths.append(folder / f"{name}.jpg")
        _write(avatar.pixels, paths[-1], look_name)
        cutout = avatar.cutout()
        _write(cutout, folder / "cutouts" / f"{name}.png", look_name)
        for crop, aspect in CROPS.items():
            _write(avatar.crop(aspect), folder / "crops" / f"{name}-{crop}.jpg", look_name)
        _write(_round(avatar.pixels), folder / "crops" / f"{name}-round.png", look_name)
        listed.append(
            {
                "file": paths[-1].name,
                "treatment": avatar.persona.treatment,
                "background": avatar.persona.background,
                "makeup": round(avatar.persona.makeup, 2),
                "seed": avatar.persona.seed,
                "likeness": round(avatar.likeness, 3),
            }
        )
    _write(contact_sheet(avatars), folder / "contact-sheet.jpg", look_name)
    with whole_file(folder / "avatars.json") as part:
        part.write_text(json.dumps({"look": look_name, "avatars": listed}, indent=2))
    return paths


def _write(pixels: NDArray[np.uint8], path: Path, look_name: str) -> None:
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    colours = np.ascontiguousarray(pixels[..., :3])
    write_photo(Photo(colours, alpha), path, xmp_label(look_name, COMPOSITE, content_id(colours)))


def _round(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``(S, S, 4)``: a disc that touches the sides."""
    side = pixels.shape[0]
    across = np.arange(side) - (side - 1) / 2
    distance = np.hypot(across[None], across[:, None])
    alpha = ((side / 2 - distance) * 255).clip(0, 255).astype(np.uint8)
    return np.dstack([pixels, alpha])


def contact_sheet(
    avatars: Sequence[Avatar], columns: int = 4, tile: int = 384
) -> NDArray[np.uint8]:
    """All avatars side by side on white, ``(H, W, 3)`` uint8."""
    columns = min(columns, len(avatars))
    rows = -(-len(avatars) // columns)
    sheet = np.full((rows * tile, columns * tile, 3), 255, np.uint8)
    for index, avatar in enumerate(avatars):
        top, left = index // columns * tile, index % columns * tile
        small = resized(avatar.pixels.astype(np.float32), (tile, tile))
        sheet[top : top + tile, left : left + tile] = (small + 0.5).astype(np.uint8)
    return sheet
