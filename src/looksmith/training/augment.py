"""Differentiable augmentation for the discriminator (Zhao et al. 2020).

Only geometry: colour is what the discriminator must judge here.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def augment(photos: Tensor, generator: torch.Generator, reach: float = 0.125) -> Tensor:
    """Flip each photo by chance and shift all by up to ``reach``; ``(B, 3, S, S)``."""
    batch, _, height, width = photos.shape
    flip = torch.rand(batch, 1, 1, 1, generator=generator).to(photos.device) < 0.5
    photos = torch.where(flip, photos.flip(-1), photos)
    pad = int(reach * height)
    dy, dx = torch.randint(0, 2 * pad + 1, (2,), generator=generator).tolist()
    padded = F.pad(photos, (pad, pad, pad, pad), mode="reflect")
    return padded[:, :, dy : dy + height, dx : dx + width]
