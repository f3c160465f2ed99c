"""What every stage of training shares: the learning-rate schedule and the averaged weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

_FLOOR = 0.02  # the share of the full rate that is left at the end


def rate_scale(step: int, steps: int, warmup: int) -> float:
    """The share of the full learning rate at ``step``: linear warm-up, then cosine to a fiftieth
    (Loshchilov and Hutter, "SGDR", 2017)."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    return min(1.0, (step + 1) / warmup) * (_FLOOR + (1 - _FLOOR) * cosine)


def short_memory_average(
    ema: float,
) -> Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]:
    """For ``AveragedModel``: an exponential moving average with a short memory at first, so that
    the random weights of the start are forgotten."""

    @torch.no_grad()
    def update(averaged: Sequence[Tensor], now: Sequence[Tensor], count: Tensor | int) -> None:
        keep = min(ema, (1 + int(count)) / (10 + int(count)))
        torch._foreach_lerp_(list(averaged), list(now), 1 - keep)

    return update
