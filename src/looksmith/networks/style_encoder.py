"""Style encoder: K photos of a feed to one style code.

Each photo is read twice, as photographic statistics (relative to those of ordinary photos) and by
a small convolutional network that can tell skin from sky; attention over the K photos then keeps
what they have in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looksmith.networks.statistics import (
    mean_and_covariance,
    photographic_statistics,
    transport_map,
)

REFERENCE_SIZE = 64  # photos enter the encoder as squares of this many pixels


@dataclass(frozen=True)
class Style:
    """What the style encoder says of a set of photos."""

    code: Tensor
    """Style code ``(B, D)``."""
    transport: Tensor
    """Linear map ordinary photos → these photos, ``(B, 3, 4)``."""
    correction: Tensor | None = None
    """What adaptation added, along the generator's basis of looks, ``(B, 64)``."""


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with group normalisation; the first may halve the size."""

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 3, stride, 1),
            nn.GroupNorm(8, channels_out),
            nn.SiLU(),
            nn.Conv2d(channels_out, channels_out, 3, 1, 1),
            nn.GroupNorm(8, channels_out),
        )
        self.skip = (
            nn.Identity()
            if channels_in == channels_out and stride == 1
            else nn.Conv2d(channels_in, channels_out, 1, stride)
        )

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.silu(self.body(x) + self.skip(x))


class StyleEncoder(nn.Module):
    """``(B, K, 3, 64, 64)`` sRGB photos to a ``Style``; any K ≥ 1."""

    ordinary_mean: Tensor
    ordinary_std: Tensor
    ordinary_colour: Tensor
    ordinary_covariance: Tensor

    def __init__(self, code_size: int = 256, width: int = 256, dropout: float = 0.1) -> None:
        super().__init__()
        statistics = photographic_statistics(torch.zeros(1, 3, REFERENCE_SIZE, REFERENCE_SIZE))
        count = statistics.shape[1]
        self.register_buffer("ordinary_mean", torch.zeros(count))
        self.register_buffer("ordinary_std", torch.ones(count))
        self.register_buffer("ordinary_colour", torch.full((3,), 0.5))
        self.register_buffer("ordinary_covariance", 0.05 * torch.eye(3))
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 32, 5, 2, 2),
            nn.SiLU(),
            ResidualBlock(32, 64, 2),
            ResidualBlock(64, 96, 2),
            ResidualBlock(96, 128, 2),
        )
        self.per_photo = nn.Sequential(
            nn.Linear(count + 256, 2 * width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )
        self.together = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                width, 4, 2 * width, dropout=0.0, activation="gelu", batch_first=True,
                norm_first=True,
            ),
            num_layers=2,
            enable_nested_tensor=False,
        )
        self.pool_score = nn.Linear(width, 1)
        self.to_code = nn.Sequential(
            nn.Linear(2 * width + 2 * count + 13, 2 * width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, code_size),
        )

    @torch.no_grad()
    def learn_ordinary(self, photos: Tensor) -> None:
        """Take the statistics of ordinary photos ``(N, 3, 64, 64)`` as the point of reference."""
        statistics = photographic_statistics(photos)
        self.ordinary_mean.copy_(statistics.mean(0))
        self.ordinary_std.copy_(statistics.std(0).clamp(min=1e-3))
        mean, covariance = mean_and_covariance(photos.transpose(0, 1).flatten(1).unsqueeze(0))
        self.ordinary_colour.copy_(mean[0])
        self.ordinary_covariance.copy_(covariance[0])

    def relative_statistics(self, photos: Tensor) -> Tensor:
        """Statistics of ``(N, 3, S, S)`` in units of the ordinary photos' spread, ``(N, D)``."""
        difference = photographic_statistics(photos) - self.ordinary_mean
        return (difference / self.ordinary_std).clamp(-6, 6)

    def forward(self, photos: Tensor) -> Style:
        batch, count = photos.shape[:2]
        flat = photos.flatten(0, 1)  # (B·K, 3, S, S)
        statistics = self.relative_statistics(flat)
        features = self.convolutions(flat * 2 - 1)
        seen = torch.cat((features.mean((-1, -2)), features.amax((-1, -2)), statistics), dim=1)
        tokens = self.together(self.per_photo(seen).view(batch, count, -1))  # (B, K, W)
        weights = self.pool_score(tokens).softmax(dim=1)
        pooled = torch.cat(((weights * tokens).sum(1), tokens.mean(1)), dim=1)
        statistics = statistics.view(batch, count, -1)
        spread = statistics.std(1, unbiased=False)
        colour, covariance = mean_and_covariance(photos.transpose(1, 2).flatten(2))
        transport = transport_map(
            self.ordinary_colour.expand(batch, 3),
            self.ordinary_covariance.expand(batch, 3, 3),
            colour,
            covariance,
        )
        size = photos.new_full((batch, 1), count).log()
        everything = torch.cat((pooled, statistics.mean(1), spread, transport.flatten(1), size), 1)
        return Style(self.to_code(everything), transport)
