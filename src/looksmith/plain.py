"""Plain photos: what a feed's light and colour are compared with.

Photos of food are warm and dense, faces before a wall are pale, whoever took them: what a feed's
subjects bring is no look. So a feed is compared with plain photos of all kinds and with those that
show the same things (``networks/subject.py``), and what counts as its own is the lesser
difference, but for light that is evidently its own (``tone.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import srgb_to_oklab
from looksmith.grading import apply_lut

FEW = 4  # photos, below which their subjects can't be told from their light
COLOURS = 600  # of a photo of the feed
_READ = 64  # photos of a feed whose neighbours are looked up
_ALIKE, _LEAST_ALIKE = 256, 8  # neighbours of a feed, and of each of its photos
# Sameness from which photos count as fewer, and as what they are: of faces before a wall it is
# 0.63 to 0.78, of feeds 0.1 to 0.58.
_SAME = (0.5, 0.7)


@dataclass(frozen=True)
class Usual:
    """The plain photos that one feed is compared with."""

    palettes: Tensor
    """Colours of plain photos of all kinds ``(N, 3, P)`` sRGB in [0, 1]."""
    alike: Tensor
    """Those of plain photos that show what the feed's show ``(M, 3, P)``, some several times."""
    sameness: float = 0.0
    """Mean similarity of what any two of the feed's photos show, −1 … 1."""

    def independent(self, count: int) -> float:
        """As how many photos of different things so many photos of this feed count: 30 of the same
        thing say hardly more of an edit than one (Kish's effect of clusters, "Survey Sampling",
        1965)."""
        same = self.sameness * smooth_rise(self.sameness, *_SAME)
        return count / (1 + (count - 1) * same)

    def beyond(self, everything: Tensor, alike: Tensor, own: Tensor) -> tuple[float, Tensor]:
        """Of features of plain photos ``(N, D)``, of those alike ``(M, D)`` and of the feed's
        ``(K, D)``: how far the feed is from either beyond chance, and the lesser difference of
        their means ``(D,)``."""
        mean, count = own.mean(0), self.independent(len(own))
        evidence = min(beyond_chance(features, own, count) for features in (everything, alike))
        return evidence, lesser(mean - everything.mean(0), mean - alike.mean(0))

    def graded(self, grade: Tensor) -> tuple[Tensor, Tensor]:
        """Both in Oklab with a grade ``(1, 3, M, M, M)``: ``(N, 3, P)`` and ``(M, 3, P)``."""
        return (
            srgb_to_oklab(graded_palettes(self.palettes, grade).unsqueeze(2))[:, :, 0],
            srgb_to_oklab(graded_palettes(self.alike, grade).unsqueeze(2))[:, :, 0],
        )


@dataclass(frozen=True)
class PlainPhotos:
    """Colours of plain photos, and what they show; made by ``scripts/plain_photos.py``."""

    colours: Tensor
    """``(N, 3, P)`` uint8 sRGB, in no order."""
    mean: Tensor
    """Of features over plain photos ``(1280,)``."""
    projection: Tensor
    """Principal components of their features, each divided by its spread, ``(1280, 64)``."""
    subjects: Tensor
    """Directions of their projected features ``(N, 64)``."""

    def usual(self, features: Tensor | None) -> Usual:
        """What a feed is compared with, given its photos' features ``(K, 1280)``; None where they
        are not known."""
        palettes = self.colours.float() / 255
        if features is None or len(features) == 0:
            return Usual(palettes, palettes)
        shown = self.directions(features)
        similar = shown @ shown.T
        count = len(shown)
        others = float(similar.sum() - similar.trace()) / max(1, count * (count - 1))
        read = shown[torch.linspace(0, count - 1, min(count, _READ)).round().long()]
        each = max(_LEAST_ALIKE, _ALIKE // len(read))
        nearest = (read @ self.subjects.T).topk(min(each, len(palettes)), dim=1).indices
        return Usual(palettes, palettes[nearest.flatten()], others)

    def directions(self, features: Tensor) -> Tensor:
        """Features ``(K, 1280)`` to unit vectors ``(K, 64)``."""
        return F.normalize((features - self.mean) @ self.projection, dim=1)


def principal_components(features: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Mean ``(D,)`` of features ``(N, D)``, their first components ``(D, count)``, the strongest
    first, and the spread along each ``(count,)``."""
    mean = features.mean(0)
    centred = features - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(features))
    spread = values[-count:].clamp(min=1e-8).sqrt()
    return mean, vectors[:, -count:].flip(1), spread.flip(0)


# Evidence -----------------------------------------------------------------------------------------


def lesser(one: Tensor, other: Tensor) -> Tensor:
    """Of two differences the lesser, where they point the same way; else none."""
    smaller = torch.where(one.abs() < other.abs(), one, other)
    return torch.where(one * other > 0, smaller, torch.zeros_like(one))


def beyond_chance(usual: Tensor, own: Tensor, count: float) -> float:
    """How far the mean of photos' features ``(K, D)`` lies from that of plain ones ``(N, D)``, in
    units of what the mean of ``count`` photos differs by chance: the geometric mean of what plain
    photos do and what photos that vary as these would. Alike photos say more."""
    apart = (own.mean(0) - usual.mean(0)).square().mean()
    spread = usual.var(0).mean()
    if len(own) > 1:
        spread = (spread * own.var(0).mean().clamp(min=spread / 16)).sqrt()
    return float((apart / (spread / count).clamp(min=1e-6)).sqrt())


def smooth_rise(value: float, low: float, high: float) -> float:
    """From 0 at ``low`` to 1 at ``high``, smoothly."""
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return share * share * (3 - 2 * share)


def even_quantiles(values: Tensor, count: int) -> Tensor:
    """``(…, P)`` values at the middles of ``count`` equal shares, ``(…, count)``."""
    ordered = values.sort(-1).values
    at = (torch.arange(count) + 0.5) / count * ordered.shape[-1]
    return ordered[..., at.long()]


def graded_palettes(palettes: Tensor, grade: Tensor) -> Tensor:
    """Palettes ``(N, 3, P)`` sRGB with a grade ``(1, 3, M, M, M)``."""
    grades = grade.expand(len(palettes), -1, -1, -1, -1)
    return apply_lut(palettes.unsqueeze(2), grades)[:, :, 0].clamp(0, 1)


def thinned(photos: Tensor, count: int) -> Tensor:
    """About ``count`` colours of each of ``(K, 3, S, S)`` photos in Oklab, ``(K, 3, P)``."""
    colours = photos.flatten(2)
    step = (colours.shape[-1] // count) | 1  # odd, so that it does not pick columns
    return srgb_to_oklab(colours[..., ::step].unsqueeze(2))[:, :, 0]
