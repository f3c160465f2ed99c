"""Scenes of a video: where they are cut, and some frames of each to predict from.

A cut is where two neighbouring frames differ much, and much more than the frames around them do;
a flash, after which the old picture comes back, is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from looksmith.pixels import Array

SMALL = (64, 36)  # width and height at which frames are compared
LEAST_DIFFERENCE = 0.07  # mean absolute difference of sRGB in [0, 1]
LEAST_RATIO = 3.0  # to the median difference around
AROUND = 8  # frames to each side that a difference is compared with
SHORTEST = 6  # frames of a scene
SAMPLES = 8  # frames that a scene's rendering is predicted from
MOST_FRAMES = 300  # of one piece; a long scene is written in several


@dataclass(frozen=True)
class Piece:
    """Frames that are rendered alike and written together."""

    scene: int
    first: int
    """Index of its first frame."""
    last: int
    """Index of its last frame."""


def differences(frames: Sequence[Array]) -> Array:
    """How far each small frame ``(h, w, 3)`` uint8 is from the one before; 0 for the first."""
    floats = np.stack(frames).astype(np.float32) / 255
    apart = np.abs(np.diff(floats, axis=0)).mean((1, 2, 3))
    return np.concatenate(([0.0], apart))


def cuts(frames: Sequence[Array]) -> list[int]:
    """Indices of the frames that begin a scene; 0 is the first."""
    found, apart = [0], differences(frames)
    for index in range(1, len(frames)):
        around = np.concatenate(
            (apart[max(1, index - AROUND) : index], apart[index + 1 :][:AROUND])
        )
        usual = float(np.median(around)) if len(around) else 0.0
        if apart[index] < max(LEAST_DIFFERENCE, LEAST_RATIO * usual):
            continue
        if index - found[-1] >= SHORTEST and not _is_flash(frames, index):
            found.append(index)
    return found


def _is_flash(frames: Sequence[Array], index: int) -> bool:
    """Whether the picture before comes back within a few frames, or just came back."""
    before = frames[index - 1].astype(np.float32)
    for later in frames[index + 1 : index + 1 + SHORTEST]:
        if np.abs(later - before).mean() / 255 < LEAST_DIFFERENCE / 2:
            return True
    now = frames[index].astype(np.float32)
    return any(
        np.abs(earlier - now).mean() / 255 < LEAST_DIFFERENCE / 2
        for earlier in frames[max(0, index - 1 - SHORTEST) : index - 1]
    )


def pieces(starts: Sequence[int], count: int, most: int = MOST_FRAMES) -> list[Piece]:
    """Scenes that begin at ``starts``, of ``count`` frames in all, as pieces to write."""
    found = []
    for scene, (first, end) in enumerate(zip(starts, [*starts[1:], count], strict=True)):
        parts = -(-(end - first) // most)
        bounds = np.linspace(first, end, parts + 1).round().astype(int).tolist()
        found += [Piece(scene, a, b - 1) for a, b in pairwise(bounds)]
    return found


def sample_places(first: int, end: int, count: int = SAMPLES) -> list[int]:
    """Up to ``count`` frames of a scene, evenly, away from its edges."""
    places = np.linspace(first, end - 1, min(count, end - first) + 2).round().astype(int)[1:-1]
    return sorted(set(places.tolist())) or [first]


@dataclass
class Scan:
    """What a first pass over a video found."""

    small: list[Array] = field(default_factory=list)
    """Every frame at 64 × 36."""
    working: list[Array] = field(default_factory=list)
    """Every ``step``-th frame at working size."""
    step: int = 1
    times: list[int] = field(default_factory=list)
    """Presentation time of every frame in the stream's units."""
    broken: int = 0
    """Packets that could not be decoded."""

    def samples(self, first: int, end: int) -> list[Array]:
        """Frames of the scene ``first … end − 1`` at working size."""
        kept = [index // self.step for index in range(first, end) if index % self.step == 0]
        if not kept:
            kept = [min(round(first / self.step), len(self.working) - 1)]
        chosen = sample_places(0, len(kept))
        return [self.working[kept[place]] for place in chosen]


def mean_of(values: Iterable[Array]) -> Array:
    """The mean colour of each frame, ``(N, 3)`` in 0 … 255."""
    return np.stack([value.reshape(-1, 3).mean(0) for value in values])


def flicker(means: Array) -> float:
    """Jitter of the mean colour from frame to frame: the mean size of its second difference, which
    steady changes of light leave at 0."""
    if len(means) < 3:
        return 0.0
    return float(np.abs(np.diff(means, n=2, axis=0)).mean())
