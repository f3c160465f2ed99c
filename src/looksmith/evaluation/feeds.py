"""Figures on real feeds, where nobody knows the true answer: nearness to the feed, and guards.

Photos are ``(H, W, 3)`` float sRGB in [0, 1]. Nearness is the sliced Wasserstein distance in Oklab
of all pixels of some photos to all pixels of others; guards say what a look must not break.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from looksmith.color import srgb_to_oklab
from looksmith.evaluation.images import Image

Vectors = NDArray[np.float32]
DIRECTIONS, QUANTILES = 64, 256
NEAR_WHITE = (94.0, 5.0)
"""Near-whites have at least this L* and at most this chroma (CIELAB)."""
SKIN_HUE, SKIN_CHROMA, SKIN_LIGHTNESS = (25.0, 75.0), (0.03, 0.16), (0.25, 0.92)
"""Colours of skin in Oklab, from very dark to very light: hue in degrees, chroma, lightness."""
_NO_WHITES = 0.002  # a feed with fewer near-white pixels than this has no whites to keep


def oklab(photo: Image) -> Vectors:
    """Pixels of a photo in Oklab, ``(P, 3)``."""
    pixels = torch.from_numpy(np.ascontiguousarray(photo, np.float32)).clamp(0, 1)
    lab = srgb_to_oklab(pixels.permute(2, 0, 1))
    return np.asarray(lab.flatten(1).T.numpy(), np.float32)


def directions(count: int = DIRECTIONS) -> Vectors:
    """Unit vectors ``(count, 3)`` spread evenly over the half sphere: a Fibonacci lattice, so that
    the figure does not depend on a seed."""
    at = np.arange(count) + 0.5
    z = 1 - at / count
    around = np.pi * (1 + 5**0.5) * at
    radius = np.sqrt(1 - z**2)
    return np.stack((radius * np.cos(around), radius * np.sin(around), z), axis=1).astype(
        np.float32
    )


def signature(photos: Sequence[Image], pixels: int = 4096) -> Vectors:
    """Quantiles of the photos' pixels in Oklab along each direction, ``(64, 256)``; every photo
    counts alike."""
    seen = [oklab(photo) for photo in photos]
    even = [lab[np.linspace(0, len(lab) - 1, pixels).round().astype(int)] for lab in seen]
    return signature_of_colours(np.concatenate(even))


def signature_of_colours(lab: Vectors) -> Vectors:
    """The same of colours in Oklab ``(P, 3)``."""
    along = np.sort(directions() @ lab.T, axis=1)  # (64, P), far faster by rows
    at = (np.arange(QUANTILES) + 0.5) / QUANTILES * (along.shape[1] - 1)
    below = np.floor(at).astype(int)
    above = np.minimum(below + 1, along.shape[1] - 1)
    share = (at - below).astype(np.float32)
    return np.asarray(along[:, below] + share * (along[:, above] - along[:, below]), np.float32)


def sliced_wasserstein(first: Vectors, second: Vectors) -> float:
    """Sliced 2-Wasserstein distance of two signatures (Bonneel et al., "Sliced and Radon
    Wasserstein Barycenters of Measures", 2015): the root of the mean squared difference of
    quantiles over directions."""
    return float(np.sqrt(((first - second) ** 2).mean()))


@dataclass(frozen=True)
class Guards:
    """What a look changed that it should keep."""

    whites: float
    """Mean ΔE2000 of near-white pixels; 0 where there are none, or the feed has none."""
    skin: float
    """Mean absolute turn of hue of skin colours in Oklab, degrees, weighted by chroma."""
    clipped: float
    """Share of pixels with a channel at 0 or 255 after, less the share before."""
    structure: float
    """SSIM of the gradient magnitude of lightness, scaled to the same energy."""


def guards(content: Image, result: Image, whites: bool = True) -> Guards:
    """The guards of one photo; ``whites`` says whether the feed has any."""
    return Guards(
        _white_shift(content, result) if whites else 0.0,
        skin_turn(content, result),
        _clipped(result) - _clipped(content),
        gradient_ssim(content, result),
    )


def mean_guards(found: Sequence[Guards]) -> Guards:
    """The mean of each guard; whites and skin over the photos that have some."""

    def mean(values: Sequence[float]) -> float:
        return float(np.mean(values)) if values else 0.0

    return Guards(
        mean([g.whites for g in found if g.whites > 0]),
        mean([g.skin for g in found if g.skin > 0]),
        mean([g.clipped for g in found]),
        mean([g.structure for g in found]),
    )


def has_whites(photos: Sequence[Image]) -> bool:
    """Whether near-whites are more than a trace of these photos."""
    return float(np.mean([_near_white(photo).mean() for photo in photos])) > _NO_WHITES


def _near_white(photo: Image) -> NDArray[np.bool_]:
    lab = rgb2lab(photo)
    least, most = NEAR_WHITE
    return np.asarray((lab[..., 0] >= least) & (np.hypot(lab[..., 1], lab[..., 2]) <= most))


def _white_shift(content: Image, result: Image) -> float:
    where = _near_white(content)
    if where.mean() < 1e-3:
        return 0.0
    change = deltaE_ciede2000(rgb2lab(content[where]), rgb2lab(result[where]))
    return float(change.mean())


def skin_mask(photo: Image) -> NDArray[np.bool_]:
    """Which pixels ``(P,)`` have the colour of some skin."""
    lightness, a, b = oklab(photo).T
    hue, chroma = np.degrees(np.arctan2(b, a)), np.hypot(a, b)
    bounds = ((hue, SKIN_HUE), (chroma, SKIN_CHROMA), (lightness, SKIN_LIGHTNESS))
    inside = [(values >= low) & (values <= high) for values, (low, high) in bounds]
    return np.asarray(np.logical_and.reduce(inside))


def skin_turn(content: Image, result: Image) -> float:
    """Mean absolute turn of hue of skin colours, degrees; grey results have no hue and no weight.
    0 where a photo has less than 2 % of skin colours."""
    where = skin_mask(content)
    if where.mean() < 0.02:
        return 0.0
    before, after = oklab(content)[where, 1:], oklab(result)[where, 1:]
    turn = np.angle((after[:, 0] + 1j * after[:, 1]) * (before[:, 0] - 1j * before[:, 1]))
    weight = np.clip(np.hypot(*after.T) - 0.01, 0, 0.05)
    return float(np.degrees((np.abs(turn) * weight).sum() / max(weight.sum(), 1e-6)))


def _clipped(photo: Image) -> float:
    level = np.round(photo * 255)
    return float(((level <= 0) | (level >= 255)).any(-1).mean())


def gradient_ssim(content: Image, result: Image) -> float:
    """SSIM of the gradient magnitudes of lightness, each divided by its root mean square, so that
    contrast as such does not count and lost or invented edges do."""

    def edges(photo: Image) -> NDArray[np.float64]:
        lightness = oklab(photo)[:, 0].reshape(photo.shape[:2]).astype(np.float64)
        size = np.hypot(*np.gradient(lightness))
        return np.asarray(size / max(float(np.sqrt((size**2).mean())), 1e-6))

    before, after = edges(content), edges(result)
    return float(structural_similarity(before, after, data_range=max(1.0, float(before.max()))))


def closed(before: Sequence[float], after: Sequence[float], power: int = 1) -> float:
    """The share of the summed distances ``before`` that is gone ``after``; ``power`` 2 sums their
    squares, which are transport costs."""
    return 1 - sum(a**power for a in after) / sum(b**power for b in before)


def name_feed(result: Image, signatures: Sequence[Vectors]) -> int:
    """The index of the signature nearest to one photo."""
    own = signature([result])
    return int(np.argmin([sliced_wasserstein(own, other) for other in signatures]))
