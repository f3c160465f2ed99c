"""Differentiable augmentation for the discriminator (Zhao et al. 2020).

Only geometry: colour is what the discriminator must tell apart here.
"""

from __future__ import annotations

import random

import torch
import torch.nn.functional as F
from torch import Tensor

_REACH = 0.125  # of the height


def crop(photos: Tensor, size: int, seed: int) -> Tensor:
    """A square of at most ``size`` pixels a side, at the same place of all; ``(B, 3, S, S)``."""
    rng = random.Random(seed)
    top, left = (rng.randint(0, max(0, side - size)) for side in photos.shape[-2:])
    return photos[..., top : top + size, left : left + size]


def augment(photos: Tensor, seed: int) -> Tensor:
    """Flip each photo by chance and shift all by up to an eighth; ``(B, 3, S, S)``."""
    batch, _, height, width = photos.shape
    generator = torch.Generator().manual_seed(seed)
    flip = torch.rand(batch, 1, 1, 1, generator=generator).to(photos.device) < 0.5
    photos = torch.where(flip, photos.flip(-1), photos)
    pad, rng = int(_REACH * height), random.Random(seed)
    down, right = rng.randint(0, 2 * pad), rng.randint(0, 2 * pad)
    padded = F.pad(photos, (pad, pad, pad, pad), mode="reflect")
    return padded[:, :, down : down + height, right : right + width]
