"""Skin for browsers: what smoothing adds to a photo with its look, as a picture to be mixed.

The change is worked out on the preview by the same function that finishes the photo at full size.
It is linear in its strength (but for products of two small changes), so one layer serves the whole
slider; it depends on the rendering, so other looks and other amounts of them have layers of their
own.
"""

from __future__ import annotations

import io
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from looksmith.look import Look
from looksmith.people.find import People, find_people
from looksmith.people.skin import SkinAmounts, smooth_skin
from looksmith.rendering import Rendering, render_pixels

STEPS = 508.0
"""A layer's pixel p adds (p − 128) / ``STEPS``: what 8 bits hold of changes up to a quarter."""
_one_at_a_time = threading.Lock()  # other requests want a core, too


def faces_in(preview: Path) -> int:
    """How many faces a preview shows."""
    with _one_at_a_time:
        return len(_people(preview).faces)


def skin_layer(preview: Path, look: Look, rendering: Rendering) -> bytes:
    """What skin in full (1) adds to a preview with its rendering: a PNG of the preview's size."""
    with _one_at_a_time:
        people = _people(preview)
        rendered = render_pixels(people.pixels.astype(np.uint16) * 257, rendering)
        amounts = SkinAmounts.from_numbers(look.about.get("skin"))
        smooth = smooth_skin(rendered, people, amounts)
    change = (smooth.astype(np.float32) - rendered) * (STEPS / 65_535)
    layer = np.clip(np.rint(change) + 128, 0, 255).astype(np.uint8)
    data = io.BytesIO()
    Image.fromarray(layer).save(data, "PNG", compress_level=1)
    return data.getvalue()


@lru_cache(8)
def _people(preview: Path) -> People:
    """The people of a preview: a JPEG that a worker wrote, not a stranger's file."""
    return find_people(np.asarray(Image.open(preview).convert("RGB")))
