"""Discriminator: is this a real photo of that look (for that user)?

Convolutions at two scales give patch logits; the condition enters by projection, an inner product
with the patch features (Miyato and Koyama, "cGANs with Projection Discriminator", 2018).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


def _conv(channels_in: int, channels_out: int, size: int, stride: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(channels_in, channels_out, size, stride, size // 2))


class PatchDiscriminator(nn.Module):
    """``(B, 3, S, S)`` sRGB and a condition ``(B, D)`` to logits ``(B, 1, S/8, S/8)``."""

    def __init__(self, condition_size: int, width: int = 48) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _conv(3, width, 3, 2),
            nn.LeakyReLU(0.2),
            _conv(width, 2 * width, 3, 2),
            nn.LeakyReLU(0.2),
            _conv(2 * width, 2 * width, 3, 2),
            nn.LeakyReLU(0.2),
        )
        self.realism = spectral_norm(nn.Conv2d(2 * width, 1, 1))
        self.condition = nn.Linear(condition_size, 2 * width)

    def forward(self, photo: Tensor, condition: Tensor) -> Tensor:
        features = self.features(photo * 2 - 1)
        direction = self.condition(condition)[..., None, None]
        match = (features * direction).sum(1, keepdim=True) / features.shape[1] ** 0.5
        return self.realism(features) + match


class Discriminator(nn.Module):
    """Patch discriminators at full and half size; their logits, flattened, ``(B, L)`` each."""

    def __init__(self, condition_size: int) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(condition_size) for _ in range(2))

    def forward(self, photo: Tensor, condition: Tensor) -> list[Tensor]:
        logits = []
        for scale in self.scales:
            logits.append(scale(photo, condition).flatten(1))
            photo = F.avg_pool2d(photo, 2)
        return logits
