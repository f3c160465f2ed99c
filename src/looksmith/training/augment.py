"""Differentiable augmentation for the discriminator (Zhao et al. 2020).

Only geometry and cut-outs: colour is what the discriminator must judge here.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def augment(photos: Tensor, generator: torch.Generator, reach: float = 0.125) -> Tensor:
    """Flip, shift by up to ``reach`` and cut out a quarter-size square; ``(B, 3, S, S)``."""
    batch, _, height, width = photos.shape
    flip = torch.rand(batch, 1, 1, 1, generator=generator).to(photos.device) < 0.5
    photos = torch.where(flip, photos.flip(-1), photos)
    pad = int(reach * height)
    dy, dx = torch.randint(0, 2 * pad + 1, (2,), generator=generator).tolist()
    padded = F.pad(photos, (pad, pad, pad, pad), mode="reflect")
    photos = padded[:, :, dy : dy + height, dx : dx + width]
    size = height // 4
    top = int(torch.randint(0, height - size + 1, (), generator=generator))
    left = int(torch.randint(0, width - size + 1, (), generator=generator))
    keep = torch.ones(1, 1, height, width, device=photos.device)
    keep[..., top : top + size, left : left + size] = 0
    return photos * keep
