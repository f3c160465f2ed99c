"""Oklab and palettes for arrays ``(H, W, 3)``."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from looksmith.color import oklab_to_srgb, srgb_to_oklab
from looksmith.people.filters import Floats


def oklab(pixels: NDArray[np.uint8]) -> Floats:
    """uint8 sRGB to Oklab."""
    image = torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)
    return np.ascontiguousarray(srgb_to_oklab(image).permute(1, 2, 0).numpy())


def to_srgb(colours: Floats) -> Floats:
    """Oklab to sRGB in [0, 1]; colours outside are clipped."""
    image = torch.tensor(colours, dtype=torch.float32).permute(2, 0, 1)
    return oklab_to_srgb(image).clamp(0, 1).permute(1, 2, 0).numpy()


def palette_of(pixels: NDArray[np.uint8], count: int = 6, seed: int = 0) -> Floats:
    """``(count, 3)`` Oklab colours of a picture, from dark to light: k-means with chroma counting
    twice, so that small accents get a place."""
    rng = np.random.default_rng(seed)
    colours = oklab(pixels).reshape(-1, 3)
    sample = colours[rng.permutation(len(colours))[:4096]]
    weighed = sample * (1.0, 2.0, 2.0)
    centres = weighed[:1]
    while len(centres) < count:  # each next centre is the colour farthest from those there are
        distance = ((weighed[:, None] - centres[None]) ** 2).sum(-1).min(1)
        centres = np.concatenate([centres, weighed[np.argmax(distance)][None]])
    for _ in range(12):
        nearest = ((weighed[:, None] - centres[None]) ** 2).sum(-1).argmin(1)
        centres = np.stack(
            [
                weighed[nearest == k].mean(0) if (nearest == k).any() else centres[k]
                for k in range(count)
            ]
        )
    palette = centres / (1.0, 2.0, 2.0)
    return np.asarray(palette[np.argsort(palette[:, 0])], np.float32)
