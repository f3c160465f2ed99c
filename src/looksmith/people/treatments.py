"""Painted and illustrated treatments of a portrait: each a small classical operator.

Each takes the portrait ``(S, S, 3)`` (Oklab), its share of person ``(S, S)``, a palette ``(K, 3)``
(Oklab, dark to light) and a random generator, and gives ``(S, S, 3)`` Oklab.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from looksmith.people.filters import Floats, blurred
from looksmith.people.matting import clean_edges
from looksmith.people.strokes import paint_strokes

Treatment = Callable[[Floats, Floats, Floats, Generator], Floats]


def photograph(colours: Floats, alpha: Floats, palette: Floats, rng: Generator) -> Floats:
    """As it is."""
    return colours


def painted(colours: Floats, alpha: Floats, palette: Floats, rng: Generator) -> Floats:
    """Brush strokes along the edges of the picture, from broad to fine, in a little more colour."""
    vivid = clean_edges(colours, alpha) * (1.0, 1.15, 1.15)
    return paint_strokes(np.asarray(vivid, np.float32), rng)


def planes(colours: Floats, alpha: Floats, palette: Floats, rng: Generator) -> Floats:
    """Posterised planes: lightness in seven steps with clean edges, each in a colour between the
    person's own and the palette's."""
    side = colours.shape[0]
    smooth, fine = (_kuwahara(colours, max(2, side // n)) for n in (100, 300))
    # Cheeks in large planes, eyes and mouth in small ones: where the large ones miss much.
    missed = blurred(np.abs(fine - smooth)[..., 0], side / 200)
    smooth = smooth + (missed / 0.05).clip(0, 1)[..., None] * (fine - smooth)
    # More contrast from place to place keeps eyes and mouth among few steps.
    lightness = smooth[..., 0] + 0.5 * (smooth[..., 0] - blurred(smooth[..., 0], side / 24))
    inside = lightness[alpha > 0.5]
    low, high = np.percentile(inside, (2, 98)) if inside.size else (0.0, 1.0)
    level = ((lightness - low) / max(high - low, 0.05)).clip(0, 0.999) * 7
    step = np.floor(level)
    # Between two steps the edge is one pixel wide, whatever the slope.
    slope = np.maximum(ndimage.gaussian_gradient_magnitude(level, 1.0), 0.02)
    step = step - 0.5 + ((level - step - 0.5) / slope + 0.5).clip(0, 1) + 0.5
    tone = (step / 6.5).clip(0, 1)
    ramp = np.stack(
        [np.interp(tone, np.linspace(0, 1, len(palette)), palette[:, c]) for c in range(3)], -1
    )
    own = np.stack([low + tone * (high - low), smooth[..., 1] * 1.1, smooth[..., 2] * 1.1], -1)
    ramp[..., 0] = 0.12 + 0.84 * tone  # the palette gives hues, not contrast
    return np.asarray(own + 0.4 * (ramp - own), np.float32)


def lines(colours: Floats, alpha: Floats, palette: Floats, rng: Generator) -> Floats:
    """A line drawing with a light wash: extended difference of Gaussians (Winnemöller, Kyprianidis
    and Olsen 2012) in ink, over thinned colours."""
    side = colours.shape[0]
    # Pores, weave and grain are no lines; nor are specks that remain.
    lightness = _kuwahara(colours, max(2, side // 260))[..., 0]
    # Lines of even strength in light and shadow: contrast is local.
    mean = blurred(lightness, side / 25)
    spread = np.sqrt(blurred((lightness - mean) ** 2, side / 25)) + 0.03
    even = (lightness - mean) / spread
    sigma = side / 560
    difference = 18 * blurred(even, sigma) - 17 * blurred(even, 1.6 * sigma)
    ink = 1 - np.where(difference > -0.4, 1.0, 1 + np.tanh(0.9 * (difference + 0.4)))
    ink = np.maximum(_without_specks(ink, side), _outline(alpha, side))
    wash = blurred(colours, side / 130)
    # Paler, but dark skin stays darker than light skin.
    wash = wash * (0.6, 0.95, 0.95) + np.array((0.38, 0, 0))
    dark = palette[0] * (0.6, 1, 1)
    return np.asarray(wash + ink[..., None] * (dark - wash), np.float32)


def _without_specks(ink: Floats, side: int) -> Floats:
    """Ink without marks smaller than a short line."""
    labels, count = ndimage.label(ink > 0.35, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    large = sizes >= 0.00012 * side * side
    large[0] = False
    near = blurred(large[labels].astype(np.float32), side / 500)
    return np.asarray(ink * (3 * near).clip(0, 1), np.float32)


def halftone(colours: Floats, alpha: Floats, palette: Floats, rng: Generator) -> Floats:
    """Print dots of two inks on the palette's light colour: tone at 45°, a spot colour at 15°."""
    side = colours.shape[0]
    cell = side / 108
    lightness = colours[..., 0]
    # Eyes and mouth of a bright or dark face need more contrast than it has as a whole.
    local = lightness + 0.8 * (lightness - blurred(lightness, side / 20))
    sharp = local + 0.9 * (lightness - blurred(lightness, side / 150))
    inside = sharp[alpha > 0.5]
    low, high = np.percentile(inside, (2, 96)) if inside.size else (0.0, 1.0)
    tone = 1 - ((sharp - low) / max(high - low, 0.05)).clip(0, 1)
    light, dark = palette[-1].copy(), palette[0] * (0.55, 1, 1)
    light[0] = max(light[0], 0.9)
    spot = palette[np.argmax(np.hypot(palette[:, 1], palette[:, 2]))].copy()
    spot[0] = np.clip(spot[0], 0.62, 0.8)
    second = _dots((0.75 * tone).clip(0, 1), cell, np.radians(15))
    first = _dots(((tone - 0.18) / 0.82).clip(0, 1) ** 1.2, cell, np.radians(45))
    paper = np.broadcast_to(light, colours.shape)
    printed = paper + second[..., None] * (spot - paper)
    return np.asarray(printed + first[..., None] * (dark - printed), np.float32)


def _dots(ink: Floats, cell: float, angle: float) -> Floats:
    """Round dots on a turned grid whose areas are the ink's share, edges one pixel wide."""
    height, width = ink.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    u = (x * np.cos(angle) + y * np.sin(angle)) / cell
    v = (y * np.cos(angle) - x * np.sin(angle)) / cell
    centre_u, centre_v = np.floor(u) + 0.5, np.floor(v) + 0.5
    at_x = (centre_u * np.cos(angle) - centre_v * np.sin(angle)) * cell
    at_y = (centre_u * np.sin(angle) + centre_v * np.cos(angle)) * cell
    soft = blurred(ink, cell / 3)
    share = ndimage.map_coordinates(soft, (at_y, at_x), order=1, mode="nearest")
    radius = np.sqrt(share / np.pi) * 1.12  # in cells; dots meet from four fifths on
    distance = np.hypot(u - centre_u, v - centre_v)
    return np.asarray(((radius - distance) * cell + 0.5).clip(0, 1), np.float32)


def _outline(alpha: Floats, side: int) -> Floats:
    """A line along the edge of the person."""
    soft = blurred(alpha, side / 700)
    return np.asarray((1.0 - np.abs(soft - 0.5) * 3.2).clip(0, 1) ** 1.5 * 0.8, np.float32)


def _kuwahara(colours: Floats, radius: int) -> Floats:
    """Each pixel takes the mean of that of eight soft sectors around it that varies least."""
    lightness = colours[..., 0]
    mean = blurred(colours, radius / 2)
    spread = (blurred(lightness**2, radius / 2) - mean[..., 0] ** 2).clip(0)
    height, width = lightness.shape
    # Beyond the picture its edge goes on.
    mean = np.pad(mean, ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    spread = np.pad(spread, radius, mode="edge")
    total = np.zeros_like(colours)
    weights = np.zeros(colours.shape[:2], np.float32)
    for k in range(8):
        angle = k * np.pi / 4
        down, right = round(radius * np.sin(angle)), round(radius * np.cos(angle))
        top, left = radius - down, radius - right
        sector = np.s_[top : top + height, left : left + width]
        weight = 1 / (1e-5 + spread[sector]) ** 2
        total += weight[..., None] * mean[sector]
        weights += weight
    return np.asarray(total / weights[..., None], np.float32)


TREATMENTS: dict[str, Treatment] = {
    "photo": photograph,
    "painted": painted,
    "planes": planes,
    "lines": lines,
    "halftone": halftone,
}
