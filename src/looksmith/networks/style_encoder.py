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
    pool_moments,
    transport_map,
)

REFERENCE_SIZE = 64  # photos enter the encoder as squares of this many pixels
CONVOLUTION_FEATURES = 256
PALETTES, PALETTE_SIZE = 256, 256  # colours of ordinary photos, in no order


@dataclass(frozen=True)
class Readings:
    """What is read from each of K photos, before they are taken together."""

    statistics: Tensor
    """Relative photographic statistics ``(B, K, S)``."""
    mean: Tensor
    """Mean colour ``(B, K, 3)``."""
    covariance: Tensor
    """Colour covariance ``(B, K, 3, 3)``."""
    features: Tensor | None = None
    """Convolutional features ``(B, K, 256)``; None reads statistics only."""


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
    ordinary_palettes: Tensor

    def __init__(self, code_size: int = 256, width: int = 256, dropout: float = 0.1) -> None:
        super().__init__()
        statistics = photographic_statistics(torch.zeros(1, 3, REFERENCE_SIZE, REFERENCE_SIZE))
        count = statistics.shape[1]
        self.register_buffer("ordinary_mean", torch.zeros(count))
        self.register_buffer("ordinary_std", torch.ones(count))
        self.register_buffer("ordinary_colour", torch.full((3,), 0.5))
        self.register_buffer("ordinary_covariance", 0.05 * torch.eye(3))
        palettes = torch.zeros(PALETTES, 3, PALETTE_SIZE, dtype=torch.uint8)
        self.register_buffer("ordinary_palettes", palettes)
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 24, 5, 2, 2),
            nn.SiLU(),
            ResidualBlock(24, 48, 2),
            ResidualBlock(48, 64, 2),
            ResidualBlock(64, 128, 2),
        )
        self.per_photo = nn.Sequential(
            nn.Linear(count, 2 * width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )
        self.per_features = nn.Linear(CONVOLUTION_FEATURES, width)
        nn.init.zeros_(
            self.per_features.weight
        )  # statistics come first; see training/pretraining.py
        nn.init.zeros_(self.per_features.bias)
        self.together = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                width,
                4,
                2 * width,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            ),
            num_layers=2,
            enable_nested_tensor=False,
        )
        self.pool_score = nn.Linear(width, 1)
        self.to_code = nn.Sequential(
            nn.Linear(2 * width + 4 * count + 13, 2 * width),
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
        pixels = photos[torch.arange(PALETTES) % len(photos)].flatten(2)
        generator = torch.Generator().manual_seed(0)
        chosen = torch.randperm(pixels.shape[-1], generator=generator)[:PALETTE_SIZE]
        self.ordinary_palettes.copy_((pixels[..., chosen] * 255).round())

    def relative_statistics(self, photos: Tensor) -> Tensor:
        """Statistics of ``(N, 3, S, S)`` in units of the ordinary photos' spread, ``(N, D)``."""
        difference = photographic_statistics(photos) - self.ordinary_mean
        return (difference / self.ordinary_std).clamp(-6, 6)

    def read(self, photos: Tensor, with_features: bool = True) -> Readings:
        """Read each of ``(B, K, 3, S, S)`` photos."""
        batch, count = photos.shape[:2]
        flat = photos.flatten(0, 1)  # (B·K, 3, S, S)
        mean, covariance = mean_and_covariance(flat.flatten(2))
        features = None
        if with_features:
            maps = self.convolutions(flat * 2 - 1)
            features = torch.cat((maps.mean((-1, -2)), maps.amax((-1, -2))), dim=1)
            features = features.view(batch, count, -1)
        return Readings(
            self.relative_statistics(flat).view(batch, count, -1),
            mean.view(batch, count, 3),
            covariance.view(batch, count, 3, 3),
            features,
        )

    def forward(self, photos: Tensor) -> Style:
        return self.pool(self.read(photos))

    def pool(self, readings: Readings) -> Style:
        """One style from the readings of K photos."""
        statistics = readings.statistics
        batch, count = statistics.shape[:2]
        tokens = self.per_photo(statistics)
        if readings.features is not None:
            tokens = tokens + self.per_features(readings.features)
        tokens = self.together(tokens)  # (B, K, W)
        weights = self.pool_score(tokens).softmax(dim=1)
        pooled = torch.cat(((weights * tokens).sum(1), tokens.mean(1)), dim=1)
        over_photos = torch.cat(
            (
                statistics.mean(1),
                statistics.std(1, unbiased=False),
                statistics.amin(1),
                statistics.amax(1),
            ),
            dim=1,
        )
        colour, covariance = pool_moments(readings.mean, readings.covariance)
        transport = transport_map(
            self.ordinary_colour.expand(batch, 3),
            self.ordinary_covariance.expand(batch, 3, 3),
            colour,
            covariance,
        )
        size = statistics.new_full((batch, 1), count).log()
        everything = torch.cat((pooled, over_photos, transport.flatten(1), size), dim=1)
        return Style(self.to_code(everything), transport)
