"""How far a grade may turn the hue of skin.

A feed's colours can't tell an edit that turns skin green from photos of green things, and on skin a
turn is the first thing that people see. So what a grade does to the hue of colours like skin, light
and dark alike, is followed up to a few degrees and then ever less. Looks that turn skin on purpose
(cross-processing, duotones) turn it far: such turns are left alone, the sooner the more photos say
so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from looksmith.color import oklab_to_srgb, srgb_to_oklab
from looksmith.grading import identity_lut
from looksmith.palette import skin_like

_DEGREES = 180 / math.pi
_FREE, _MORE = 6.0, 3.0  # degrees that skin turns freely, and at most beyond
_HUES = (25.0, 40.0)  # degrees from skin's hue, up to which colours are skin, and no more at all
# Degrees from which on turns are let through, and over how many more they come to be so in full.
_MEANT, _RISE = (30.0, 80.0), 20.0
_MEANT_PHOTOS = 40.0  # over the number of photos, squared, gives those degrees


def skin_held(lut: Tensor, photos: int | Sequence[int]) -> Tensor:
    """Grades with skin's turn of hue held.

    Args:
        lut: ``(P, 3, N, N, N)``.
        photos: how many the grades, or each of them, were learned from.
    """
    lattice = identity_lut(lut.shape[-1], lut.device).flatten(1)  # (3, N³)
    before = srgb_to_oklab(lattice.unsqueeze(1))[:, 0]
    inside = lut.flatten(2).unsqueeze(2).clamp(0, 1)  # (P, 3, 1, N³)
    lightness, a, b = srgb_to_oklab(inside).unbind(1)  # (P, 1, N³)
    along, across = a * before[1] + b * before[2], b * before[1] - a * before[2]
    turn = _DEGREES * torch.atan2(across, along)  # ONNX has no deg2rad
    counts = torch.as_tensor(photos, dtype=lut.dtype, device=lut.device).view(-1, 1, 1)
    back = -skin_like(before, *_HUES) * _excess(turn, counts) / _DEGREES
    cos, sin = back.cos(), back.sin()
    turned = torch.stack((lightness, a * cos - b * sin, a * sin + b * cos), dim=1)
    change = (oklab_to_srgb(turned) - inside) * (back != 0).unsqueeze(1)
    return lut + change.view_as(lut)


def _excess(turn: Tensor, photos: Tensor) -> Tensor:
    """How much of turns of hue ``(P, 1, N³)``, in degrees, is taken back, given the photos of each
    ``(P, 1, 1)``."""
    size = turn.abs()
    beyond = (size - _FREE).clamp(min=0)
    meant = ((_MEANT_PHOTOS / photos.clamp(min=1)) ** 2).clamp(*_MEANT)
    held = ((meant + _RISE - size) / _RISE).clamp(0, 1)
    return turn.sign() * held * (beyond - _MORE * torch.tanh(beyond / _MORE))
