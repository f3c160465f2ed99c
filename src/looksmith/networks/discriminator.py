"""Discriminator: is this a real photo of that look (for that user)?

Patches at two scales judge realism; colour statistics of the whole judge the look, which is a
matter of distributions that no patch shows. The condition enters both by projection, an inner
product with the features (Miyato and Koyama, "cGANs with Projection Discriminator", 2018).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from looksmith.networks.statistics import colour_statistics


class PatchDiscriminator(nn.Module):
    """``(B, 3, S, S)`` sRGB and a condition ``(B, D)`` to logits ``(B, 1, S/8, S/8)``."""

    def __init__(self, condition_size: int, width: int = 48) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, width, 3, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 3, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 2 * width, 3, 2, 1),
            nn.LeakyReLU(0.2),
        )
        self.realism = nn.Conv2d(2 * width, 1, 1)
        self.condition = nn.Linear(condition_size, 2 * width)

    def forward(self, photo: Tensor, condition: Tensor) -> Tensor:
        features = self.features(photo * 2 - 1)
        direction = self.condition(condition)[..., None, None]
        match = (features * direction).sum(1, keepdim=True) / features.shape[1] ** 0.5
        return self.realism(features) + match


class StatisticsDiscriminator(nn.Module):
    """``(B, 3, H, W)`` sRGB and a condition ``(B, D)`` to logits ``(B, 1)``, by the photo's colour
    statistics relative to those of ordinary photos; pixels may come in any order."""

    mean: Tensor
    std: Tensor

    def __init__(self, condition_size: int, width: int = 128) -> None:
        super().__init__()
        count = colour_statistics(torch.zeros(1, 3, 8, 8)).shape[1]
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("std", torch.ones(count))
        self.features = nn.Sequential(
            nn.Linear(count, 2 * width),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * width, width),
            nn.LeakyReLU(0.2),
        )
        self.realism = nn.Linear(width, 1)
        self.condition = nn.Linear(condition_size, width)

    def forward(self, photo: Tensor, condition: Tensor) -> Tensor:
        return self.logits(self.measure(photo), condition)

    def measure(self, photo: Tensor) -> Tensor:
        """Relative statistics ``(B, C)``."""
        return ((colour_statistics(photo) - self.mean) / self.std).clamp(-6, 6)

    def logits(self, statistics: Tensor, condition: Tensor) -> Tensor:
        """Logits ``(B, 1)`` from relative statistics."""
        features = self.features(statistics)
        match = (features * self.condition(condition)).sum(1, keepdim=True)
        return self.realism(features) + match / features.shape[1] ** 0.5


class Discriminator(nn.Module):
    """Patches at full and half size, and statistics; their logits, flattened, ``(B, L)`` each."""

    def __init__(self, condition_size: int) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(condition_size) for _ in range(2))
        self.statistics = StatisticsDiscriminator(condition_size)

    def forward(self, photo: Tensor, condition: Tensor) -> list[Tensor]:
        return [self.statistics(photo[..., ::2, ::2], condition), *self.patches(photo, condition)]

    def patches(self, photo: Tensor, condition: Tensor) -> list[Tensor]:
        """Logits of the patch discriminators alone."""
        logits = []
        for scale in self.scales:
            logits.append(scale(photo, condition).flatten(1))
            photo = F.avg_pool2d(photo, 2)
        return logits
