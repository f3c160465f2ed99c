"""Style encoder: K photos of a feed to one style code.

Each photo is read as photographic statistics, relative to those of ordinary photos and once more
relative to what is expected of a photo that shows the same (``expectation.py``): statistics can't
tell a blue wall from a blue grade. Attention over the K photos then keeps what they have in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looksmith.color import full_precision
from looksmith.networks.expectation import Expectation, expected_moments, with_moments
from looksmith.networks.statistics import (
    mean_and_covariance,
    photographic_statistics,
    pool_moments,
    transport_map,
)

REFERENCE_SIZE = 64  # photos enter the encoder as squares of this many pixels
REACH = 6.0  # of relative statistics
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
    expected: Tensor
    """Statistics and moments expected of what each photo shows, ``(B, K, S + 12)``."""

    def __len__(self) -> int:
        return self.statistics.shape[1]

    def at(self, photos: Tensor | slice) -> Readings:
        """Those of some photos, by their numbers ``(N,)``."""
        parts = (self.statistics, self.mean, self.covariance, self.expected)
        return Readings(*(part[:, photos] for part in parts))


@dataclass(frozen=True)
class Style:
    """What the style encoder says of a set of photos."""

    code: Tensor
    """Style code ``(B, D)``."""
    transport: Tensor
    """Linear map ordinary photos → these photos, as far as what they show does not explain it,
    ``(B, 3, 4)``."""
    correction: Tensor | None = None
    """What adaptation added, along the generator's basis of looks, ``(B, 64)``."""


class StyleEncoder(nn.Module):
    """``(B, K, 3, 64, 64)`` sRGB photos, and what is expected of each, to a ``Style``; K ≥ 1."""

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
        self.expectation = Expectation(count)
        self.per_photo = nn.Sequential(
            nn.Linear(2 * count, 2 * width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )
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
            nn.Linear(2 * width + 8 * count + 37, 2 * width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, code_size),
        )
        # How much of the transport maps that start from what is expected is mixed in.
        self.mix = nn.Linear(code_size, 2)
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)

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
        self.expect_ordinary()

    @torch.no_grad()
    def expect_ordinary(self) -> None:
        """Expect of a photo of anything what ordinary photos have."""
        self.expectation.weights[-1] = self.ordinary_expected

    def relative_statistics(self, photos: Tensor) -> Tensor:
        """Statistics of ``(N, 3, S, S)`` in units of the ordinary photos' spread, ``(N, D)``."""
        difference = photographic_statistics(photos) - self.ordinary_mean
        return (difference / self.ordinary_std).clamp(-REACH, REACH)

    @property
    def ordinary_expected(self) -> Tensor:
        """What is expected of a photo of anything, ``(S + 12,)``."""
        nothing = torch.zeros_like(self.ordinary_mean)
        return with_moments(nothing, self.ordinary_colour, self.ordinary_covariance)

    def read(self, photos: Tensor, expected: Tensor | None = None) -> Readings:
        """Read each of ``(B, K, 3, S, S)`` photos, of which ``expectation`` says ``(B, K, S + 12)``
        from what they show; None where that is not known."""
        batch, count = photos.shape[:2]
        flat = photos.flatten(0, 1)  # (B·K, 3, S, S)
        mean, covariance = mean_and_covariance(flat.flatten(2))
        if expected is None:
            expected = self.ordinary_expected.expand(batch, count, -1)
        return Readings(
            self.relative_statistics(flat).view(batch, count, -1),
            mean.view(batch, count, 3),
            covariance.view(batch, count, 3, 3),
            expected,
        )

    def forward(self, photos: Tensor, expected: Tensor | None = None) -> Style:
        return self.pool(self.read(photos, expected))

    def pool(self, readings: Readings) -> Style:
        """One style from the readings of K photos."""
        transports = self._transports(readings)
        code = self._code(readings, transports)
        return Style(code, _mixed(transports, self.mix(code)))

    def transport(self, code: Tensor, readings: Readings) -> Tensor:
        """The linear map ``(B, 3, 4)`` to the readings' photos as a code ``(B, D)`` mixes it."""
        return _mixed(self._transports(readings), self.mix(code))

    def _code(self, readings: Readings, transports: Tensor) -> Tensor:
        statistics = readings.statistics
        beyond = statistics - readings.expected[..., : statistics.shape[-1]]
        beyond = beyond.clamp(-REACH, REACH)
        tokens = self.together(self.per_photo(torch.cat((statistics, beyond), -1)))  # (B, K, W)
        weights = self.pool_score(tokens).softmax(dim=1)
        size = statistics.new_full((len(statistics), 1), statistics.shape[1]).log()
        everything = (
            (weights * tokens).sum(1),
            tokens.mean(1),
            _over_photos(statistics),
            _over_photos(beyond),
            transports.flatten(1),
            size,
        )
        code: Tensor = self.to_code(torch.cat(everything, dim=1))
        return code

    @torch.no_grad()
    def _transports(self, readings: Readings) -> Tensor:
        """Linear maps to the feed's colours ``(B, 3, 3, 4)``: from ordinary photos, from what is
        expected, and from ordinary photos around the mean that is expected."""
        colour, covariance = pool_moments(readings.mean, readings.covariance)
        ordinary = self.ordinary_colour.expand_as(colour)
        spread = self.ordinary_covariance.expand_as(covariance)
        mean, expected_spread = expected_moments(readings.expected)
        means = torch.stack((ordinary, mean, mean), dim=1).flatten(0, 1)
        spreads = torch.stack((spread, expected_spread, spread), dim=1).flatten(0, 1)
        goals = (moments.repeat_interleave(3, 0) for moments in (colour, covariance))
        return transport_map(means, spreads, *goals).unflatten(0, (-1, 3))


@full_precision
def _mixed(transports: Tensor, shares: Tensor) -> Tensor:
    """The first of the maps ``(B, 3, 3, 4)``, moved by shares ``(B, 2)`` towards the others; shares
    are free, since what is expected may explain more, or the reverse, than it says."""
    ordinary, others = transports[:, 0], transports[:, 1:]
    towards = others - ordinary.unsqueeze(1)
    return ordinary + (shares.view(-1, 2, 1, 1) * towards).sum(1)


def _over_photos(values: Tensor) -> Tensor:
    """Mean, spread, least and greatest over K photos: ``(B, K, S)`` to ``(B, 4 S)``."""
    spread = values.std(1, unbiased=False)
    return torch.cat((values.mean(1), spread, values.amin(1), values.amax(1)), dim=1)
