"""Normaliser: the photo as it should have been, predicted from the photo alone.

A small convolutional pyramid and colour statistics decide a *global* correction (veil, exposure
and white balance in linear light, one tone curve, saturation) and a bilateral grid of affine
changes on top, for what differs from place to place: a backlit face. Both become one rendering
stage, so they are applied at the photo's own resolution.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from looksmith.color import delta_e_2000, linear_to_srgb, luma, srgb_to_linear
from looksmith.grading import identity_lut
from looksmith.networks.content_encoder import pyramid
from looksmith.networks.statistics import colour_statistics
from looksmith.rendering import NORMALISE, Stage, identity_grid, slice_grid

KNOTS, CELLS, LEVELS = 16, 8, 6
LUT_SIZE = 33
_WIDTHS = (32, 64, 96, 128)
_MOST_STOPS = 3.5
# Good photos seem to need a change of 2 in the mean; as little is given in part, or not at all.
CHANCE, NOTHING = 6.0, 0.05


@dataclass(frozen=True)
class Correction:
    """What is wrong with B photos; all zeros (and an identity grid) change nothing."""

    gains: Tensor
    """Natural logarithms of the channels' gains in linear light ``(B, 3)``."""
    veil: Tensor
    """Light that lies over the photo and is taken off, linear, ``(B, 3)``."""
    curve: Tensor
    """Logarithms of a tone curve's slopes between equally spaced knots ``(B, 16)``, then its
    value at 0 and at 1 less 1 ``(B, 2)``: together ``(B, 18)``."""
    saturation: Tensor
    """Logarithm of the factor on the distance to grey, ``(B, 1)``."""
    grid: Tensor
    """Bilateral grid ``(B, 12, 6, 8, 8)``."""


class Normaliser(nn.Module):
    """``(B, 3, 128, 128)`` sRGB photos to what corrects them."""

    mean: Tensor
    std: Tensor

    def __init__(self, width: int = 256) -> None:
        super().__init__()
        count = colour_statistics(torch.zeros(1, 3, 8, 8)).shape[1]
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("std", torch.ones(count))
        self.pyramid, last = pyramid(_WIDTHS), _WIDTHS[-1]
        self.whole = nn.Sequential(
            nn.Linear(count + 2 * last, 2 * width),
            nn.SiLU(),
            nn.Dropout(0.1),
            nn.Linear(2 * width, width),
            nn.SiLU(),
        )
        self.to_global = nn.Linear(width, 3 + 3 + KNOTS + 2 + 1)
        self.scene = nn.Linear(width, last)
        self.local = nn.Sequential(
            nn.Conv2d(last + 3, last, 3, 1, 1),
            nn.SiLU(),
            nn.Conv2d(last, last, 3, 1, 1),
            nn.SiLU(),
            nn.Conv2d(last, 12 * LEVELS, 1),
        )
        for layer in (self.to_global, self.local[-1]):
            assert isinstance(layer, (nn.Linear, nn.Conv2d)) and layer.bias is not None
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    @torch.no_grad()
    def learn_ordinary(self, photos: Tensor) -> None:
        """Take the statistics of photos ``(N, 3, S, S)`` as the point of reference."""
        statistics = colour_statistics(photos)
        self.mean.copy_(statistics.mean(0))
        self.std.copy_(statistics.std(0).clamp(min=1e-3))

    def forward(self, photos: Tensor) -> Correction:
        statistics = (colour_statistics(photos[..., ::2, ::2]) - self.mean) / self.std
        features = self.pyramid(photos * 2 - 1)  # (B, 128, 8, 8)
        pooled = (statistics.clamp(-6, 6), features.mean((-1, -2)), features.amax((-1, -2)))
        whole = self.whole(torch.cat(pooled, dim=1))
        gains, veil, curve, saturation = self.to_global(whole).split((3, 3, KNOTS + 2, 1), dim=1)
        seen = F.adaptive_avg_pool2d(photos, CELLS)
        local = torch.cat((features + self.scene(whole)[..., None, None], seen), dim=1)
        grid = 0.3 * self.local(local).view(-1, 12, LEVELS, CELLS, CELLS)
        return Correction(
            _MOST_STOPS * 0.6931 * torch.tanh(gains),
            0.6 * torch.tanh(veil),
            torch.cat((2 * torch.tanh(curve[:, :KNOTS]), 0.3 * torch.tanh(curve[:, KNOTS:])), 1),
            torch.tanh(saturation),
            identity_grid(photos.device) + grid,
        )

    @torch.no_grad()
    def stage(self, working: Tensor) -> Stage:
        """The rendering stage of one photo ``(1, 3, 128, 128)``. What would change it by no more
        than chance is given in part."""
        correction = self(working)
        change = float(delta_e_2000(correct(working, correction).clamp(0, 1), working).mean())
        lattice = identity_lut(LUT_SIZE, working.device).flatten(2).unsqueeze(0)  # (1, 3, N, N²)
        lut = correct_globally(lattice, correction).view(1, 3, LUT_SIZE, LUT_SIZE, LUT_SIZE)
        amount = change**4 / (change**4 + CHANCE**4)
        return Stage(NORMALISE, lut, correction.grid, amount if amount > NOTHING else 0.0)


def correct(photos: Tensor, correction: Correction) -> Tensor:
    """``(B, 3, H, W)`` sRGB corrected; not clamped."""
    rows = torch.linspace(-1, 1, photos.shape[-2], device=photos.device)
    corrected = correct_globally(photos, correction)
    return slice_grid(corrected, luma(photos), correction.grid, rows)


def correct_globally(photos: Tensor, correction: Correction) -> Tensor:
    """Without the grid: veil off, gains in linear light with a shoulder instead of clipping, tone
    curve, saturation. ``(B, 3, H, W)`` sRGB to the same in [0, 1]."""
    veil = correction.veil[..., None, None]
    light = (srgb_to_linear(photos) - veil) / (1 - veil.clamp(min=0))
    gains = correction.gains.exp()[..., None, None]
    raised = light.clamp(min=0) * gains
    # Reinhard's shoulder (2002), scaled so that 1 stays 1 where the gain is above 1.
    raised = raised / (1 + light.clamp(0, 1) * (gains - 1).clamp(min=0))
    shaded = linear_to_srgb(raised.clamp(1e-6, 1))
    curved = _along_curve(shaded, correction.curve)
    grey = luma(curved)
    return (grey + (curved - grey) * correction.saturation.exp()[..., None, None]).clamp(0, 1)


def _along_curve(photos: Tensor, curve: Tensor) -> Tensor:
    """Each channel along a monotone curve through knots."""
    slopes, low, high = curve[:, :KNOTS].exp(), curve[:, KNOTS], 1 + curve[:, KNOTS + 1]
    rise = F.pad(slopes.cumsum(1), (1, 0)) / slopes.sum(1, keepdim=True)  # (B, 17)
    knots = low.view(-1, 1) + (high - low).view(-1, 1) * rise
    position = photos.clamp(0, 1).flatten(1) * KNOTS
    below = position.detach().floor().clamp(max=KNOTS - 1).long()
    start, end = knots.gather(1, below), knots.gather(1, below + 1)
    return (start + (end - start) * (position - below)).view_as(photos)
