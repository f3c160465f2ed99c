"""What random looks are made of: operators, how likely each is, and how its amounts are drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith import grading

Operator = Callable[..., Tensor]
Amounts = dict[str, Tensor]
Drawn = tuple[Operator, Amounts]
CURVE_NODES = 17
PUBLISHED_SIDE = 1080  # pixels of the photos that grain is added to: what feeds are published at


class Dice:
    """Draws one value of a kind for each of ``rows`` looks."""

    def __init__(self, rows: int, generator: torch.Generator) -> None:
        self.rows, self.generator, self.device = rows, generator, generator.device

    def uniform(self, low: float, high: float, *size: int) -> Tensor:
        drawn = torch.rand(self.rows, *size, generator=self.generator, device=self.device)
        return low + (high - low) * drawn

    def normal(self, spread: float, *size: int) -> Tensor:
        drawn = torch.randn(self.rows, *size, generator=self.generator, device=self.device)
        return spread * drawn

    def chance(self, share: float) -> Tensor:
        return self.uniform(0, 1) < share

    def index(self, weights: Sequence[float] | Tensor) -> Tensor:
        """An index by weights, ``(N,)`` or ``(R, N)``."""
        weights = torch.as_tensor(weights, dtype=torch.float32, device=self.device)
        share = weights.expand(self.rows, -1).cumsum(1)
        at = self.uniform(0, 1 - 1e-6, 1) * share[:, -1:]
        return torch.searchsorted(share, at, right=True).squeeze(1)

    def choice(self, *values: float) -> Tensor:
        """One of the values, each as likely."""
        at = torch.as_tensor(values, device=self.device)
        return at[self.uniform(0, len(values) - 1e-6).long()]


def _any_colour(dice: Dice) -> Tensor:
    base, vivid = dice.uniform(0, 1, 1), dice.uniform(0, 1, 1)
    return (base + vivid * dice.uniform(-0.7, 0.7, 3)).clamp(0, 1)


def _white_balance(dice: Dice) -> Drawn:
    return grading.white_balance, {"temperature": dice.normal(0.22), "tint": dice.normal(0.1)}


def _exposure(dice: Dice) -> Drawn:
    return grading.exposure, {"stops": dice.normal(0.55)}


def _contrast(dice: Dice) -> Drawn:
    amount = torch.where(dice.chance(0.4), dice.uniform(-0.45, 0), dice.uniform(0, 1.3))
    return grading.contrast, {"amount": amount, "pivot": dice.uniform(0.35, 0.6)}


def _curve(dice: Dice, spread: float) -> Tensor:
    """A smooth monotone curve through three to six random slopes; ends may be lifted or lowered.
    ``(R, 17)``."""
    knots, count = dice.normal(spread, 6).exp(), dice.choice(3, 4, 5, 6).unsqueeze(1)
    slopes = torch.zeros(dice.rows, CURVE_NODES - 1, device=dice.device)
    for n in (3, 4, 5, 6):
        through = F.interpolate(
            knots[:, None, :n], CURVE_NODES - 1, mode="linear", align_corners=True
        )
        slopes = torch.where(count == n, through[:, 0], slopes)
    rise = F.pad(slopes.cumsum(1), (1, 0))
    lift = dice.normal(0.05, 1).abs()
    low = torch.where(dice.chance(0.5).unsqueeze(1), lift, -lift)
    high = 1 + dice.normal(0.06, 1) * dice.chance(0.7).unsqueeze(1)
    return (low + (high - low) * rise / rise[:, -1:]).clamp(0, 1)


def _tone_curve(dice: Dice) -> Drawn:
    curve = _curve(dice, 0.55)
    return grading.curves, {"red": curve, "green": curve, "blue": curve}


def _colour_curves(dice: Dice) -> Drawn:
    shared = _curve(dice, 0.4)
    channels = ("red", "green", "blue")
    return grading.curves, {name: 0.5 * shared + 0.5 * _curve(dice, 0.4) for name in channels}


def _split_tone(dice: Dice) -> Drawn:
    return grading.split_tone, {
        "shadows": dice.normal(0.06, 3),
        "highlights": dice.normal(0.06, 3),
        "balance": dice.uniform(0.3, 0.7),
    }


def _mix_channels(dice: Dice) -> Drawn:
    matrix = dice.choice(0.06, 0.12, 0.2).view(-1, 1, 1) * dice.normal(1.0, 3, 3)
    balance = torch.where(dice.uniform(0, 1, 3) < 1 / 3, 0.7, 1.0)  # greys stay nearly grey
    return grading.mix_channels, {"matrix": matrix + (1 - matrix.sum(-1) * balance).diag_embed()}


def _saturation(dice: Dice) -> Drawn:
    return grading.saturation, {"amount": dice.uniform(-0.85, 0.7)}


def _vibrance(dice: Dice) -> Drawn:
    return grading.vibrance, {"amount": dice.uniform(-0.7, 1.2)}


def _density(dice: Dice) -> Drawn:
    return grading.density, {"amount": dice.uniform(-0.3, 0.5)}


def _hue_selective(dice: Dice) -> Drawn:
    return grading.hue_selective, {
        "hue": dice.uniform(-math.pi, math.pi),
        "width": dice.uniform(0.35, 0.9),
        "saturation_by": dice.uniform(-0.9, 0.7),
        "shift": dice.normal(0.35),
        "lightness": dice.normal(0.15),
    }


def _rotate_hue(dice: Dice) -> Drawn:
    return grading.rotate_hue, {"angle": dice.normal(0.25)}


def _fade(dice: Dice) -> Drawn:
    low, high = dice.normal(0.1, 1).abs(), 1 - dice.normal(0.08, 1).abs()
    black = (low + dice.normal(0.04, 3)).clamp(min=0)
    return grading.fade, {"black": black, "white": (high + dice.normal(0.04, 3)).clamp(max=1)}


def _blend_colour(mode: str, dice: Dice) -> Drawn:
    opacity = dice.uniform(0.05, 0.35 if mode == "normal" else 0.8)
    return partial(grading.blend_colour, mode=mode), {
        "colour": _any_colour(dice),
        "opacity": opacity,
    }


def _smooth_lut(dice: Dice) -> Drawn:
    """A random smooth displacement of the colour cube."""
    size = dice.choice(2, 3, 4).view(-1, 1, 1, 1, 1)
    shift = torch.zeros(dice.rows, 3, 17, 17, 17, device=dice.device)
    for n in (2, 3, 4):
        smooth = F.interpolate(
            dice.normal(1.0, 3, n, n, n), (17, 17, 17), mode="trilinear", align_corners=True
        )
        shift = torch.where(size == n, smooth, shift)
    shift = shift * dice.choice(0.05, 0.1, 0.16).view(-1, 1, 1, 1, 1)
    return _look_up, {"lut": (grading.identity_lut(17, dice.device) + shift).clamp(0, 1)}


def _look_up(images: Tensor, lut: Tensor) -> Tensor:
    """``apply_lut`` for feeds, too: ``(R, ..., 3, H, W)``."""
    flat = images.movedim(-3, 1).flatten(2, -2)  # (R, 3, … · H, W)
    moved = grading.apply_lut(flat, lut).view(
        len(images), 3, *images.shape[1:-3], *images.shape[-2:]
    )
    return moved.movedim(1, -3)


def _monochrome(dice: Dice) -> Drawn:
    base = torch.tensor((0.3, 0.55, 0.15), device=dice.device)
    weights = (base + dice.normal(0.2, 3)).clamp(min=0.02)
    return grading.monochrome, {"weights": weights / weights.sum(1, keepdim=True)}


def _duotone(dice: Dice) -> Drawn:
    dark, light = dice.normal(0.15, 3).abs(), 1 - dice.normal(0.2, 3).abs()
    return grading.duotone, {"dark": dark, "light": light}


def _vignette(dice: Dice) -> Drawn:
    amount = torch.where(dice.chance(0.85), dice.uniform(0.1, 0.75), -dice.uniform(0.1, 0.4))
    return grading.vignette, {"amount": amount, "radius": dice.uniform(0.2, 0.7)}


def _radial_gradient(mode: str, dice: Dice) -> Drawn:
    return partial(grading.radial_gradient, mode=mode), {
        "inner": _any_colour(dice),
        "outer": _any_colour(dice),
        "opacity": dice.uniform(0.1, 0.7),
    }


def _linear_gradient(mode: str, dice: Dice) -> Drawn:
    return partial(grading.linear_gradient, mode=mode), {
        "first": _any_colour(dice),
        "last": _any_colour(dice),
        "angle": dice.uniform(-math.pi, math.pi),
        "opacity": dice.uniform(0.1, 0.5),
    }


def _bloom(dice: Dice) -> Drawn:
    return grading.bloom, {"amount": dice.uniform(0.1, 0.8), "radius": dice.uniform(0.01, 0.06)}


def _local_contrast(dice: Dice) -> Drawn:
    return grading.local_contrast, {
        "amount": dice.uniform(-0.4, 0.6),
        "radius": dice.uniform(0.02, 0.1),
    }


def _grain(dice: Dice) -> Drawn:
    return partial(_shrunk_grain, generator=dice.generator), {"amount": dice.uniform(0.01, 0.06)}


def _shrunk_grain(images: Tensor, amount: Tensor, generator: torch.Generator) -> Tensor:
    shrink = max(1.0, PUBLISHED_SIDE / max(images.shape[-2:]))
    return grading.grain(images, amount, generator, shrink)


@dataclass(frozen=True)
class Kind:
    """An operator that can be drawn, how likely, and how its amounts are."""

    name: str
    weight: float
    draw: Callable[[Dice], Drawn]


def _in_modes(
    name: str,
    weight: float,
    draw: Callable[[str, Dice], Drawn],
    modes: dict[str, int],
) -> list[Kind]:
    total = sum(modes.values())
    return [Kind(name, weight * w / total, partial(draw, mode)) for mode, w in modes.items()]


POINTWISE = [
    Kind("white_balance", 5, _white_balance),
    Kind("exposure", 4, _exposure),
    Kind("contrast", 5, _contrast),
    Kind("tone_curve", 5, _tone_curve),
    Kind("colour_curves", 5, _colour_curves),
    Kind("split_tone", 4, _split_tone),
    Kind("mix_channels", 3, _mix_channels),
    Kind("saturation", 5, _saturation),
    Kind("vibrance", 2, _vibrance),
    Kind("density", 2, _density),
    Kind("hue_selective", 4, _hue_selective),
    Kind("rotate_hue", 1, _rotate_hue),
    Kind("fade", 4, _fade),
    *_in_modes(
        "blend_colour",
        5,
        _blend_colour,
        {
            "multiply": 3,
            "screen": 3,
            "overlay": 3,
            "soft_light": 4,
            "lighten": 2,
            "darken": 2,
            "normal": 2,
        },
    ),
    Kind("smooth_lut", 5, _smooth_lut),
    Kind("monochrome", 0, _monochrome),  # these two come in by ``_with_grey``
    Kind("duotone", 0, _duotone),
]
SPATIAL = [
    Kind("vignette", 5, _vignette),
    *_in_modes(
        "radial_gradient",
        4,
        _radial_gradient,
        dict.fromkeys(("multiply", "screen", "overlay", "soft_light", "lighten", "darken"), 1),
    ),
    *_in_modes(
        "linear_gradient",
        1,
        _linear_gradient,
        dict.fromkeys(("multiply", "screen", "soft_light"), 1),
    ),
    Kind("bloom", 2, _bloom),
    Kind("local_contrast", 3, _local_contrast),
    Kind("grain", 1, _grain),
]
