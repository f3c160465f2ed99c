"""The gate before portraits: pictures that are probably sexual are refused.

The network is Yahoo's Open-NSFW (Mahadeokar and Pesavento 2016). It errs: below 0.2 a picture is
most likely safe, above 0.8 most likely not. An operator who answers for the pictures sets
``LOOKSMITH_UNSAFE=allow``.
"""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from looksmith.errors import LooksmithError
from looksmith.people.models import run
from looksmith.pixels import to_8_bit
from looksmith.texts import text

REFUSED = 0.8
_SIDE, _CROP = 256, 224
_MEAN_BGR = np.array((104.0, 117.0, 123.0), np.float32)


def unsafe(pixels: NDArray[Any]) -> float:
    """Probability in [0, 1] that an ``(H, W, 3)`` picture is sexual."""
    image = Image.fromarray(to_8_bit(pixels)).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    # The network has learned from JPEGs, and what it says depends on it.
    stored = BytesIO()
    image.save(stored, "JPEG")
    low = (_SIDE - _CROP) // 2
    crop = np.asarray(Image.open(stored), np.float32)[low : low + _CROP, low : low + _CROP]
    return float(run("open_nsfw", crop[None, ..., ::-1] - _MEAN_BGR)[0][0, 1])


def refuse_unsafe(pixels: NDArray[Any], path: Path | str) -> None:
    """
    Raises:
        LooksmithError: the picture is most likely unsafe, and the operator hasn't allowed it.
    """
    if os.environ.get("LOOKSMITH_UNSAFE") != "allow" and unsafe(pixels) > REFUSED:
        raise LooksmithError(text("people.unsafe", path=path))
