"""LUTs as pictures: HaldCLUT, which RawTherapee, darktable, G'MIC and ImageMagick open.

A HaldCLUT of level L is a square of L³ × L³ pixels: the colours of a cube of (L²)³ nodes, red
running fastest, then green, then blue (Eskil Steenberg, "Hald CLUT", 2003).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from looksmith.errors import LooksmithError
from looksmith.photos import Photo, read_photo, write_photo
from looksmith.pixels import peak_of
from looksmith.texts import text

LEVEL = 8  # 64³ nodes in 512 × 512 pixels
LEVELS = range(2, 17)


def read_haldclut(path: Path) -> Tensor:
    """A 3D LUT ``(3, N, N, N)``, indexed ``[channel, blue, green, red]``.

    Raises:
        LooksmithError: unreadable, or not a square whose side is the third power of its level.
    """
    pixels = read_photo(path).pixels
    height, width = pixels.shape[:2]
    level = next((level for level in LEVELS if level**3 == height == width), None)
    if level is None:
        raise LooksmithError(text("hald.size", path=path, width=width, height=height))
    values = torch.from_numpy(pixels.astype(np.float32) / np.float32(peak_of(pixels.dtype)))
    return values.view(*(level**2,) * 3, 3).permute(3, 0, 1, 2).contiguous()


def write_haldclut(lut: Tensor, path: Path) -> None:
    """Write a LUT ``(3, N, N, N)`` in [0, 1] of N = L² as a 16-bit picture, whole or not at all.

    Raises:
        LooksmithError: the file can't be written, or its format holds no 16 bits.
        ValueError: N is not the square of a level.
    """
    if path.suffix.lower() not in (".png", ".tif", ".tiff"):
        raise LooksmithError(text("hald.suffix", path=path))
    level = round(lut.shape[-1] ** 0.5)
    if level**2 != lut.shape[-1]:
        raise ValueError(f"{lut.shape[-1]} is not the square of a level")
    values = lut.flatten(1).T.reshape(level**3, level**3, 3).contiguous().numpy()
    write_photo(Photo((values * 65535 + 0.5).astype(np.uint16)), path)
