"""A portrait painted with brush strokes: Hertzmann, "Painterly Rendering with Curved Brush Strokes
of Multiple Sizes" (1998).

Broad strokes first, finer ones over them where the canvas is still far from the picture. A stroke
has one colour, follows the picture's edges and ends where its colour no longer fits. Where we
differ: each stroke is a few bristles side by side whose lightness differs a little, and the light
falls across them from the upper left as on thick paint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from looksmith.people.colours import oklab, to_srgb
from looksmith.people.filters import Floats, blurred, resized

# Radius as a share of the side, and the error (Oklab) from which a stroke is drawn.
_BRUSHES = ((1 / 40, 0.0), (1 / 80, 0.035), (1 / 160, 0.035), (1 / 340, 0.04))
_LARGEST = 768
_MOST_STEPS = 9
_BRISTLES = 5
_OVERSAMPLED = 2
_RELIEF = 0.35


@dataclass(frozen=True)
class _Strokes:
    """N strokes of one brush."""

    paths: Floats
    """``(N, L, 2)`` x, y; a stroke that ended stays where it is."""
    colours: Floats
    """``(N, 3)`` Oklab."""
    radius: float


def paint_strokes(colours: Floats, rng: Generator) -> Floats:
    """A picture ``(S, S, 3)`` Oklab as brush strokes, Oklab; painted at most at ``_LARGEST``."""
    full = colours.shape[0]
    side = min(full, _LARGEST)
    colours = resized(colours, (side, side))
    ground = colours.mean((0, 1)) * (0.8, 1.0, 1.0)
    canvas = Image.new("RGB", (_OVERSAMPLED * side,) * 2, _byte_colour(ground))
    seen = np.broadcast_to(ground, colours.shape).astype(np.float32)
    for share, least in _BRUSHES:
        radius = max(1.0, share * side)
        strokes = _planned(colours, seen, radius, least, rng)
        _draw(canvas, strokes, rng)
        seen = oklab(np.asarray(canvas.reduce(_OVERSAMPLED)))
    return resized(_lit(seen, side), (full, full))


def _planned(
    colours: Floats, seen: Floats, radius: float, least: float, rng: Generator
) -> _Strokes:
    """Where strokes go: one in each cell of a grid in which the canvas is off."""
    reference = blurred(colours, 0.6 * radius)
    error = np.sqrt(((seen - reference) ** 2).sum(-1))
    cell = max(1, round(radius))
    starts = _worst(error, cell, least)
    rng.shuffle(starts)
    gradient = np.stack(
        [
            ndimage.gaussian_filter(reference[..., 0], 0.7 * radius, order=order)
            for order in ((0, 1), (1, 0))
        ],
        -1,
    )
    own = reference[starts[:, 1], starts[:, 0]]
    paths = _traced(starts.astype(np.float32), own, reference, seen, gradient, radius)
    jitter = rng.normal(0, (0.012, 0.004, 0.004), own.shape)
    return _Strokes(paths, own + jitter, radius)


def _worst(error: Floats, cell: int, least: float) -> NDArray[np.int64]:
    """``(N, 2)`` x, y of the largest error in each cell whose mean error is at least ``least``."""
    height, width = (n // cell for n in error.shape)
    blocks = error[: height * cell, : width * cell].reshape(height, cell, width, cell)
    cells = blocks.transpose(0, 2, 1, 3).reshape(height, width, cell * cell)
    rows, columns = np.nonzero(cells.mean(-1) >= least)
    inside_y, inside_x = np.divmod(cells[rows, columns].argmax(-1), cell)
    return np.stack([columns * cell + inside_x, rows * cell + inside_y], 1)


def _traced(
    starts: Floats,
    own: Floats,
    reference: Floats,
    seen: Floats,
    gradient: Floats,
    radius: float,
) -> Floats:
    """``(N, L, 2)`` paths along edges; each ends where the canvas fits better than its colour."""
    side = reference.shape[0]
    place = starts.copy()
    before = np.zeros_like(place)
    going = np.ones(len(place), bool)
    path = [place]
    for step in range(_MOST_STEPS):
        x, y = place.round().astype(int).clip(0, side - 1).T
        here = reference[y, x]
        fits = ((here - own) ** 2).sum(-1) <= ((here - seen[y, x]) ** 2).sum(-1) + 2e-4
        going = going & (fits | (step < 2))
        along = gradient[y, x][:, ::-1] * (-1, 1)
        length = np.linalg.norm(along, axis=1, keepdims=True)
        along = along / (length + 1e-6)
        flat = length[:, 0] < 1e-4  # where there is no edge a stroke goes on, or across
        along[flat] = np.where(before[flat].any(1, keepdims=True), before[flat], (0.8, 0.6))
        along = np.where((along * before).sum(1, keepdims=True) < 0, -along, along)
        along = 0.6 * along + 0.4 * before if step else along
        along = along / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-6)
        place = np.where(going[:, None], place + radius * along, place)
        before = along
        path.append(place)
    return np.stack(path, 1)


def _draw(canvas: Image.Image, strokes: _Strokes, rng: Generator) -> None:
    """Draw strokes as bristles side by side, in the order in which they come."""
    draw = ImageDraw.Draw(canvas)
    count = _BRISTLES if strokes.radius >= 3 else 1
    ahead = np.gradient(strokes.paths, axis=1)
    aside = ahead[..., ::-1] * (-1, 1)
    aside = aside / (np.linalg.norm(aside, axis=-1, keepdims=True) + 1e-6)
    offsets = (np.arange(count) - (count - 1) / 2) * 2 * strokes.radius / count
    width = max(1, round(_OVERSAMPLED * 2 * strokes.radius / count * 1.3))
    tones = rng.normal(0, 0.018 if count > 1 else 0.0, (len(strokes.paths), count))
    shades = np.repeat(strokes.colours[:, None], count, 1)
    shades[..., 0] += tones
    bytes_ = (to_srgb(shades.astype(np.float32)) * 255 + 0.5).astype(np.uint8)
    for path, side, colour in zip(strokes.paths, aside, bytes_, strict=True):
        for offset, shade in zip(offsets, colour, strict=True):
            line = (path + offset * side) * _OVERSAMPLED
            draw.line(
                [(x, y) for x, y in line.tolist()],
                fill=(int(shade[0]), int(shade[1]), int(shade[2])),
                width=width,
                joint="curve",
            )


def _lit(painting: Floats, side: int) -> Floats:
    """Ridges of paint: light from the upper left on what stands out finely."""
    height = painting[..., 0] - blurred(painting[..., 0], side / 250)
    lit = height - np.roll(height, (1, 1), (0, 1))
    result = painting.copy()
    result[..., 0] += _RELIEF * lit.clip(-0.06, 0.06)
    return np.asarray(result, np.float32)


def _byte_colour(colour: Floats) -> tuple[int, int, int]:
    red, green, blue = (to_srgb(colour.reshape(1, 1, 3))[0, 0] * 255).round().astype(int)
    return int(red), int(green), int(blue)
