"""What both stages of training share: the learning-rate schedule and the averaged weights."""

from __future__ import annotations

import math

import torch
from torch import nn

_FLOOR = 0.02  # the share of the full rate that is left at the end


def rate_scale(step: int, steps: int, warmup: int) -> float:
    """The share of the full learning rate at ``step``: linear warm-up, then cosine to a fiftieth
    (Loshchilov and Hutter, "SGDR", 2017)."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    return min(1.0, (step + 1) / warmup) * (_FLOOR + (1 - _FLOOR) * cosine)


@torch.no_grad()
def average_into(averaged: nn.Module, networks: nn.Module, step: int, ema: float) -> None:
    """Move ``averaged`` towards ``networks``: an exponential moving average of the weights, with a
    short memory at first."""
    keep = min(ema, (1 + step) / (10 + step))
    for mean, now in zip(averaged.parameters(), networks.parameters(), strict=True):
        mean.lerp_(now, 1 - keep)
