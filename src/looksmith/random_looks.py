"""Random looks: what the base is trained on.

``random_look(rng)`` draws a stack of photographic operators rich enough to hold what real presets
do. No published filter, preset or film simulation is imitated by name; the exam keeps those.

    look = random_look(random.Random(0))
    graded = look(photo)              # the whole look
    graded = look.pointwise(pixels)   # without what needs a neighbourhood
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith import grading

Operator = Callable[[Tensor], Tensor]
CURVE_NODES = 17


@dataclass(frozen=True)
class RandomLook:
    """A drawn look: named operators in order, and how strongly the stack is mixed in."""

    pointwise_steps: list[tuple[str, Operator]] = field(default_factory=list)
    spatial_steps: list[tuple[str, Operator]] = field(default_factory=list)
    strength: float = 1.0

    @property
    def names(self) -> list[str]:
        return [name for name, _ in (*self.pointwise_steps, *self.spatial_steps)]

    def pointwise(self, image: Tensor) -> Tensor:
        """Only the operators that see one pixel at a time; ``(..., 3, H, W)`` sRGB in [0, 1]."""
        graded = image
        for _, step in self.pointwise_steps:
            graded = step(graded)
        return image + self.strength * (graded - image)

    def __call__(self, image: Tensor) -> Tensor:
        graded = self.pointwise(image)
        for _, step in self.spatial_steps:
            graded = step(graded)
        return graded


def random_look(rng: random.Random) -> RandomLook:
    """Draw a look: one in twelve is the identity, one in nine monochrome or duotone."""
    if rng.random() < 1 / 12:
        return RandomLook()
    count = rng.choices((1, 2, 3, 4, 5), weights=(2, 4, 5, 4, 2))[0]
    names, weights = zip(*POINTWISE_WEIGHTS.items(), strict=True)
    chosen: list[str] = []
    while len(chosen) < count:
        name = rng.choices(names, weights=weights)[0]
        if name not in chosen or name in ("blend_colour", "hue_selective"):
            chosen.append(name)
    steps = [(name, _DRAW[name](rng)) for name in chosen]
    if rng.random() < 1 / 9:
        grey = "duotone" if rng.random() < 0.35 else "monochrome"
        steps.insert(rng.randrange(len(steps) + 1), (grey, _DRAW[grey](rng)))
    spatial: list[tuple[str, Operator]] = []
    if rng.random() < 0.4:
        spatial_names, spatial_weights = zip(*SPATIAL_WEIGHTS.items(), strict=True)
        for name in rng.choices(spatial_names, weights=spatial_weights, k=rng.choice((1, 1, 2))):
            spatial.append((name, _DRAW[name](rng)))
    strength = 1.0 if rng.random() < 0.6 else rng.uniform(0.25, 1.0)
    return RandomLook(steps, spatial, strength)


POINTWISE_WEIGHTS = {
    "white_balance": 5,
    "exposure": 4,
    "contrast": 5,
    "tone_curve": 5,
    "colour_curves": 5,
    "split_tone": 4,
    "mix_channels": 3,
    "saturation": 5,
    "vibrance": 2,
    "density": 2,
    "hue_selective": 4,
    "rotate_hue": 1,
    "fade": 4,
    "blend_colour": 5,
    "smooth_lut": 5,
}
SPATIAL_WEIGHTS = {
    "vignette": 5,
    "radial_gradient": 4,
    "linear_gradient": 1,
    "bloom": 2,
    "local_contrast": 3,
    "grain": 1,
}


def _tint(rng: random.Random, spread: float) -> list[float]:
    return [rng.gauss(0, spread) for _ in range(3)]


def _any_colour(rng: random.Random) -> list[float]:
    base = rng.random()
    vivid = rng.random()
    return [min(1.0, max(0.0, base + vivid * rng.uniform(-0.7, 0.7))) for _ in range(3)]


def _white_balance(rng: random.Random) -> Operator:
    return partial(grading.white_balance, temperature=rng.gauss(0, 0.22), tint=rng.gauss(0, 0.1))


def _exposure(rng: random.Random) -> Operator:
    return partial(grading.exposure, stops=rng.gauss(0, 0.55))


def _contrast(rng: random.Random) -> Operator:
    amount = rng.uniform(-0.45, 0) if rng.random() < 0.4 else rng.uniform(0, 1.3)
    return partial(grading.contrast, amount=amount, pivot=rng.uniform(0.35, 0.6))


def _curve(rng: random.Random, spread: float) -> list[float]:
    """A smooth monotone curve through random slopes; ends may be lifted or lowered."""
    knots = [math.exp(rng.gauss(0, spread)) for _ in range(rng.choice((3, 4, 5, 6)))]
    slopes = F.interpolate(
        torch.tensor(knots).view(1, 1, -1), CURVE_NODES - 1, mode="linear", align_corners=True
    ).view(-1)
    rise = torch.cumsum(torch.cat((torch.zeros(1), slopes)), 0)
    low = abs(rng.gauss(0, 0.05)) if rng.random() < 0.5 else -abs(rng.gauss(0, 0.05))
    high = 1 + (rng.gauss(0, 0.06) if rng.random() < 0.7 else 0.0)
    curve = low + (high - low) * rise / rise[-1]
    return [float(v) for v in curve.clamp(0, 1)]


def _tone_curve(rng: random.Random) -> Operator:
    curve = _curve(rng, 0.55)
    return partial(grading.curves, red=curve, green=curve, blue=curve)


def _colour_curves(rng: random.Random) -> Operator:
    shared = _curve(rng, 0.4)
    own = [_curve(rng, 0.4) for _ in range(3)]
    mixed = [[0.5 * s + 0.5 * o for s, o in zip(shared, channel, strict=True)] for channel in own]
    return partial(grading.curves, red=mixed[0], green=mixed[1], blue=mixed[2])


def _split_tone(rng: random.Random) -> Operator:
    return partial(
        grading.split_tone,
        shadows=_tint(rng, 0.06),
        highlights=_tint(rng, 0.06),
        balance=rng.uniform(0.3, 0.7),
    )


def _mix_channels(rng: random.Random) -> Operator:
    spread = rng.choice((0.06, 0.12, 0.2))
    rows = []
    for channel in range(3):
        row = [rng.gauss(0, spread) for _ in range(3)]
        row[channel] += 1 - sum(row) * rng.choice((0.7, 1.0, 1.0))  # greys stay nearly grey
        rows.append(row)
    return partial(grading.mix_channels, matrix=rows)


def _saturation(rng: random.Random) -> Operator:
    return partial(grading.saturation, amount=rng.uniform(-0.85, 0.7))


def _vibrance(rng: random.Random) -> Operator:
    return partial(grading.vibrance, amount=rng.uniform(-0.7, 1.2))


def _density(rng: random.Random) -> Operator:
    return partial(grading.density, amount=rng.uniform(-0.3, 0.5))


def _hue_selective(rng: random.Random) -> Operator:
    return partial(
        grading.hue_selective,
        hue=rng.uniform(-math.pi, math.pi),
        width=rng.uniform(0.35, 0.9),
        saturation_by=rng.uniform(-0.9, 0.7),
        shift=rng.gauss(0, 0.35),
        lightness=rng.gauss(0, 0.15),
    )


def _rotate_hue(rng: random.Random) -> Operator:
    return partial(grading.rotate_hue, angle=rng.gauss(0, 0.25))


def _fade(rng: random.Random) -> Operator:
    low, high = abs(rng.gauss(0, 0.1)), 1 - abs(rng.gauss(0, 0.08))
    black = [max(0.0, low + v) for v in _tint(rng, 0.04)]
    white = [min(1.0, high + v) for v in _tint(rng, 0.04)]
    return partial(grading.fade, black=black, white=white)


def _blend_colour(rng: random.Random) -> Operator:
    mode = rng.choices(
        ("multiply", "screen", "overlay", "soft_light", "lighten", "darken", "normal"),
        weights=(3, 3, 3, 4, 2, 2, 2),
    )[0]
    ceiling = 0.35 if mode == "normal" else 0.8
    return partial(
        grading.blend_colour, colour=_any_colour(rng), mode=mode, opacity=rng.uniform(0.05, ceiling)
    )


def _smooth_lut(rng: random.Random) -> Operator:
    """A random smooth displacement of the colour cube."""
    generator = torch.Generator().manual_seed(rng.getrandbits(31))
    size = rng.choice((2, 3, 4))
    noise = torch.randn(1, 3, size, size, size, generator=generator) * rng.choice((0.05, 0.1, 0.16))
    shift = F.interpolate(noise, 17, mode="trilinear", align_corners=True)[0]
    lut = (grading.identity_lut(17) + shift).clamp(0, 1)

    def look_up(image: Tensor) -> Tensor:
        flat = image.reshape(-1, *image.shape[-3:])
        return grading.apply_lut(flat, lut.to(image)).view_as(image)

    return look_up


def _monochrome(rng: random.Random) -> Operator:
    weights = [max(0.02, base + rng.gauss(0, 0.2)) for base in (0.3, 0.55, 0.15)]
    return partial(grading.monochrome, weights=[w / sum(weights) for w in weights])


def _duotone(rng: random.Random) -> Operator:
    dark = [abs(rng.gauss(0, 0.15)) for _ in range(3)]
    light = [1 - abs(rng.gauss(0, 0.2)) for _ in range(3)]
    return partial(grading.duotone, dark=dark, light=light)


def _vignette(rng: random.Random) -> Operator:
    amount = rng.uniform(0.1, 0.75) if rng.random() < 0.85 else -rng.uniform(0.1, 0.4)
    return partial(grading.vignette, amount=amount, radius=rng.uniform(0.2, 0.7))


def _radial_gradient(rng: random.Random) -> Operator:
    mode = rng.choice(("multiply", "screen", "overlay", "soft_light", "lighten", "darken"))
    return partial(
        grading.radial_gradient,
        inner=_any_colour(rng),
        outer=_any_colour(rng),
        mode=mode,
        opacity=rng.uniform(0.1, 0.7),
    )


def _linear_gradient(rng: random.Random) -> Operator:
    return partial(
        grading.linear_gradient,
        first=_any_colour(rng),
        last=_any_colour(rng),
        angle=rng.uniform(-math.pi, math.pi),
        mode=rng.choice(("multiply", "screen", "soft_light")),
        opacity=rng.uniform(0.1, 0.5),
    )


def _bloom(rng: random.Random) -> Operator:
    return partial(grading.bloom, amount=rng.uniform(0.1, 0.8), radius=rng.uniform(0.01, 0.06))


def _local_contrast(rng: random.Random) -> Operator:
    return partial(
        grading.local_contrast, amount=rng.uniform(-0.4, 0.6), radius=rng.uniform(0.02, 0.1)
    )


def _grain(rng: random.Random) -> Operator:
    generator = torch.Generator().manual_seed(rng.getrandbits(31))
    return partial(grading.grain, amount=rng.uniform(0.01, 0.06), generator=generator)


_DRAW: dict[str, Callable[[random.Random], Operator]] = {
    "white_balance": _white_balance,
    "exposure": _exposure,
    "contrast": _contrast,
    "tone_curve": _tone_curve,
    "colour_curves": _colour_curves,
    "split_tone": _split_tone,
    "mix_channels": _mix_channels,
    "saturation": _saturation,
    "vibrance": _vibrance,
    "density": _density,
    "hue_selective": _hue_selective,
    "rotate_hue": _rotate_hue,
    "fade": _fade,
    "blend_colour": _blend_colour,
    "smooth_lut": _smooth_lut,
    "monochrome": _monochrome,
    "duotone": _duotone,
    "vignette": _vignette,
    "radial_gradient": _radial_gradient,
    "linear_gradient": _linear_gradient,
    "bloom": _bloom,
    "local_contrast": _local_contrast,
    "grain": _grain,
}
