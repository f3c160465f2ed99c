"""Backgrounds for avatars, made of a palette: gradient, bokeh, paper, cut-outs.

Each takes a palette ``(K, 3)`` (Oklab, from dark to light), a size (width, height), where the head
is (x, y, radius in pixels) and a random generator, and gives ``(H, W, 3)`` sRGB in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from looksmith.people.colours import to_srgb
from looksmith.people.filters import Floats, blurred, polygons, resized

Head = tuple[float, float, float]
Background = Callable[[Floats, tuple[int, int], Head, Generator], Floats]


def gradient(palette: Floats, size: tuple[int, int], head: Head, rng: Generator) -> Floats:
    """Two colours across the frame, lit behind the head."""
    first, second = _pair(palette, rng)
    angle = rng.uniform(0.15, 0.85) * np.pi
    x, y = _grid(size)
    along = (x - x.mean()) * np.cos(angle) + (y - y.mean()) * np.sin(angle)
    share = _smooth((along - along.min()) / np.ptp(along))
    colours = first + share[..., None] * (second - first)
    colours[..., 0] += 0.10 * _glow(size, head, 2.4) - 0.04
    return to_srgb(_dithered(colours, rng))


def bokeh(palette: Floats, size: tuple[int, int], head: Head, rng: Generator) -> Floats:
    """Lights out of focus, in the palette's colours, over its dark end."""
    small = max(1, size[0] // 2), max(1, size[1] // 2)
    base = palette[0] * (0.75, 0.9, 0.9)
    colours = np.broadcast_to(base, (small[1], small[0], 3)).astype(np.float32).copy()
    colours[..., 0] += 0.06 * _glow(small, tuple(v / 2 for v in head), 3.0)  # type: ignore[arg-type]
    x, y = _grid(small)
    scale = min(small)
    for _ in range(26):
        colour = palette[rng.integers(len(palette) // 3, len(palette))]
        radius = scale * rng.uniform(0.03, 0.11)
        distance = np.hypot(x - rng.uniform(0, small[0]), y - rng.uniform(0, 0.9 * small[1]))
        edge = ((radius - distance) / (0.06 * radius + 0.8)).clip(0, 1)
        rim = 1 + 0.25 * np.exp(-(((distance - radius) / (0.12 * radius)) ** 2))
        share = (rng.uniform(0.12, 0.5) * edge * rim).clip(0, 1)[..., None]
        colours += share * (colour + np.array((0.08, 0, 0)) - colours)
    return to_srgb(_dithered(resized(blurred(colours, scale / 300), size), rng))


def paper(palette: Floats, size: tuple[int, int], head: Head, rng: Generator) -> Floats:
    """Studio paper: one light colour, fibres, a soft fall of light."""
    tone = palette[-1] * (1.0, 0.75, 0.75)
    tone[0] = np.clip(tone[0], 0.82, 0.95)
    colours = np.broadcast_to(tone, (size[1], size[0], 3)).astype(np.float32).copy()
    fibres = np.zeros(size[::-1], np.float32)
    for sigma in (0.7, 2.0, 6.0):
        noise = rng.standard_normal(size[::-1]).astype(np.float32)
        fibres += blurred(noise, sigma) * sigma
    colours[..., 0] += 0.006 * fibres + 0.06 * _glow(size, head, 3.0) - 0.05
    return to_srgb(colours)


def cutouts(palette: Floats, size: tuple[int, int], head: Head, rng: Generator) -> Floats:
    """Flat shapes of coloured paper: a disc behind the head, slanted sheets around it."""
    first, second = _pair(palette, rng)
    width, height = size
    colours = np.broadcast_to(first, (height, width, 3)).astype(np.float32).copy()
    for index in range(3):
        colour = palette[rng.integers(len(palette))] + np.array((0.05, 0, 0))
        start, slope = rng.uniform(-0.2, 0.8) * height, rng.uniform(-0.6, 0.6)
        depth = height * rng.uniform(0.12, 0.3)
        sheet = np.array(
            [
                *((0, start), (width, start + slope * width)),
                *((width, start + slope * width + depth), (0, start + depth)),
            ]
        )
        _lay(colours, polygons(size, sheet), colour, height, 0.10 - 0.02 * index)
    x, y = _grid(size)
    disc = (head[2] * 1.55 - np.hypot(x - head[0], y - head[1]) + 0.5).clip(0, 1)
    _lay(colours, np.asarray(disc, np.float32), second, height, 0.12)
    return to_srgb(_dithered(colours, rng))


def _lay(colours: Floats, mask: Floats, colour: Floats, height: int, shadow: float) -> None:
    """Lay a flat sheet on others; its shadow falls down to the right."""
    step = max(1, height // 120)
    dark = np.roll(blurred(mask, height / 130), (step, step), (0, 1))
    colours[..., 0] -= shadow * dark * (1 - mask)
    colours += mask[..., None] * (colour - colours)


def _pair(palette: Floats, rng: Generator) -> tuple[Floats, Floats]:
    """A darker and a lighter colour of the middle of the palette, apart but not far."""
    half = max(1, len(palette) // 2)
    first, second = palette[rng.integers(0, half)], palette[rng.integers(half, len(palette))]
    return (first, second) if rng.random() < 0.5 else (second, first)


def _grid(size: tuple[int, int]) -> tuple[Floats, Floats]:
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    return x, y


def _glow(size: tuple[int, int], head: Head, reach: float) -> Floats:
    """1 behind the head, falling to 0."""
    x, y = _grid(size)
    distance = np.hypot(x - head[0], y - head[1]) / (reach * head[2])
    return np.asarray(np.exp(-(distance**2)), np.float32)


def _smooth(share: Floats) -> Floats:
    return share * share * (3 - 2 * share)


def _dithered(colours: Floats, rng: Generator) -> Floats:
    """A little noise, so that gradients of 8 bits show no bands."""
    noise = rng.standard_normal(colours.shape[:2]).astype(np.float32)
    colours[..., 0] += 0.0025 * noise
    return colours


BACKGROUNDS: dict[str, Background] = {
    "gradient": gradient,
    "bokeh": bokeh,
    "paper": paper,
    "cutouts": cutouts,
}
