"""The named photographic directions of taste: how a picture measures along them, and the LUT that
moves it.

*Traits* ``z`` are measured: nine numbers of a picture, in units of the spread that ordinary photos
have. *Moves* ``p`` are made: nine numbers in [-1, 1], each the amount of a photographic operator;
``z(moved) ≈ z + J p`` with a Jacobian ``J`` taken on the base's ordinary colours.

All pictures are ``(N, 3, H, W)`` sRGB in [0, 1]; pixels may come in any order except for
``content``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from looksmith import grading
from looksmith.base import Base
from looksmith.color import srgb_to_oklab
from looksmith.people.faces import face_boxes
from looksmith.rendering import LUT_SIZE

Vector = NDArray[np.float64]

NAMES = (
    "warmth",
    "tint",
    "brightness",
    "contrast",
    "saturation",
    "fade",
    "softness",
    "mood",
    "strength",
)
DIRECTIONS = len(NAMES)
CONTENTS = 1
"""Whether there are people."""
STAGE = "taste"
_LEAST_FACE = 0.005  # of the picture

# The most that one unit of a move does. Together they stay a nuance of a look, not another look.
_TEMPERATURE, _TINT, _STOPS, _CONTRAST, _SATURATION = 0.10, 0.06, 0.40, 0.25, 0.35
_FADE, _SOFTNESS, _SPLIT = 0.10, 0.10, 0.05
_TEAL, _ORANGE = (-1.0, 0.3, 0.9), (1.0, 0.25, -0.9)
STRENGTH = 0.3
"""What one unit of strength (and of mood) adds to its control."""


def move_colours(image: Tensor, move: Vector) -> Tensor:
    """Move a picture along the first eight directions, pointwise: ``(N, 3, H, W)``."""
    warmth, tint, brightness, contrast, saturation, fade, softness, mood = map(float, move[:8])
    image = grading.white_balance(image, _TEMPERATURE * warmth, _TINT * tint)
    image = grading.exposure(image, _STOPS * brightness)
    image = grading.contrast(image, _CONTRAST * contrast)
    image = grading.saturation(image, _SATURATION * saturation)
    image = _lift(image, _FADE * fade)
    image = 1 - _lift(1 - image, _SOFTNESS * softness)
    shadows = [_SPLIT * mood * channel for channel in _TEAL]
    highlights = [_SPLIT * mood * channel for channel in _ORANGE]
    return grading.split_tone(image, shadows, highlights)


def _lift(image: Tensor, amount: float) -> Tensor:
    """Raise (or, below 0, deepen) the darker half, most at black: ``x + a (1 − x)³``."""
    return (image + amount * (1 - image) ** 3).clamp(0, 1)


def taste_lut(move: Vector) -> Tensor:
    """The 3D LUT of a move, ``(1, 3, 17, 17, 17)``."""
    lattice = grading.identity_lut(LUT_SIZE)
    return move_colours(lattice.flatten(2).unsqueeze(0), move).view(1, *lattice.shape)


def raw_traits(pictures: Tensor) -> Tensor:
    """Traits before they are put in units of ordinary photos, ``(N, 8)``.

    Mean Oklab b and a, mean and spread of lightness, mean chroma, the darkest and (negated) the
    lightest twentieth, and how much warmer highlights are than shadows.
    """
    lab = srgb_to_oklab(pictures.clamp(0, 1)).flatten(2)  # (N, 3, P)
    lightness, a, b = lab.unbind(1)
    ordered = lightness.sort(dim=-1).values
    twentieth = max(1, ordered.shape[-1] // 20)
    centred = lightness - lightness.mean(-1, keepdim=True)
    light = torch.sigmoid(12 * centred)
    split = (light * b).sum(-1) / light.sum(-1) - ((1 - light) * b).sum(-1) / (1 - light).sum(-1)
    traits = (
        b.mean(-1),
        a.mean(-1),
        lightness.mean(-1),
        centred.square().mean(-1).sqrt(),
        (a**2 + b**2 + 1e-8).sqrt().mean(-1),
        ordered[:, :twentieth].mean(-1),
        -ordered[:, -twentieth:].mean(-1),
        split,
    )
    return torch.stack(traits, dim=1)


def content(pictures: Tensor) -> Vector:
    """What pictures show, as far as taste may depend on it: ``(N, 1)``, 1 where there are people
    (a face that fills a two-hundredth of the picture) and −1 where there are none.

    Raises:
        LooksmithError: onnxruntime isn't installed.
    """
    found = np.full((len(pictures), CONTENTS), -1.0)
    for row, picture in zip(found, pictures, strict=True):
        pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
        area = sum(
            (right - left) * (bottom - top) for left, top, right, bottom in face_boxes(pixels)
        )
        if area > _LEAST_FACE * pixels.shape[0] * pixels.shape[1]:
            row[0] = 1.0
    return found


@dataclass(frozen=True)
class Scale:
    """The units of traits, and how moves change them, for one base."""

    mean: Tensor
    """Raw traits of ordinary photos ``(8,)``."""
    std: Tensor
    jacobian: Vector
    """``∂z/∂p`` ``(9, 9)``."""

    @classmethod
    @torch.no_grad()
    def of(cls, base: Base) -> Scale:
        """That of a base; takes a tenth of a second."""
        ordinary = base.ordinary_palettes.unsqueeze(2)  # (256, 3, 1, 256)
        raw = raw_traits(ordinary)
        mean, std = raw.mean(0), raw.std(0).clamp(min=1e-3)
        jacobian = np.zeros((DIRECTIONS, DIRECTIONS))
        for index in range(8):
            move = np.zeros(DIRECTIONS)
            move[index] = 0.5
            change = raw_traits(move_colours(ordinary, move))
            change = change - raw_traits(move_colours(ordinary, -move))
            jacobian[:8, index] = (change / std).mean(0).numpy()
        jacobian[8, 8] = STRENGTH  # a look is about one unit beyond ordinary
        return cls(mean, std, jacobian)

    @torch.no_grad()
    def traits(self, pictures: Tensor) -> Vector:
        """Traits ``(N, 9)``; the ninth, strength, is how far the others are from ordinary."""
        z = ((raw_traits(pictures) - self.mean) / self.std).clamp(-4, 4).double().numpy()
        strength = np.sqrt((z**2).mean(1, keepdims=True)) - 1
        return np.concatenate((z, strength), axis=1)
