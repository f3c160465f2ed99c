"""A smooth curve of lightness that brings a photo's quantiles near to a picture's, for ``match``.

Following the quantiles in full bends the curve wherever the two photos differ, and edges are lost
where it is flat and invented where it is steep. So the slope is linear between a few nodes, and the
curve is the one with the least

    mean (f(q) − p)² + BEND · mean (f'(q) / s − mean f'(q) / s)² + WHITE · (f(1) − 1)²

over the photo's quantiles q and the picture's p, s the ratio of their spreads: without the second
term both are matched in full, with much of it only mean and spread are (Reinhard et al., "Color
Transfer between Images", 2001). Slopes, black and white are held in bounds.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

BEND = 0.08
_WHITE = 0.05
_NODES = 13  # of the slope
_SLOPES = (0.35, 2.5)
_BLACKEST, _WHITEST = 0.42, 0.6  # where black may at most be lifted, and white taken down to
_ROUGHNESS = 0.013  # of slopes where the photo has no lightness, a part of what a bend costs
_LEAST_SPREAD = 0.02
_STEPS = 80


def matched_curve(quantiles: Tensor, goals: Tensor, points: int, bend: float = BEND) -> Tensor:
    """Lightness after, at ``points`` lightnesses from 0 to 1, monotone in [0, 1].

    By accelerated projected gradients (Beck and Teboulle, "A Fast Iterative Shrinkage-Thresholding
    Algorithm", 2009), in plain operations, since ONNX solves no linear systems.

    Args:
        quantiles: of the photo's Oklab lightness ``(Q,)``.
        goals: the same of the picture ``(Q,)``.
        points: of the curve.
        bend: what a change of slope costs.
    """
    count, scale = len(quantiles), _spread(goals) / _spread(quantiles)
    scale = scale.clamp(*_SLOPES)
    hats = _hats(quantiles)
    rows = _rows(quantiles)  # of the curve's values, by its start and slopes
    uneven = torch.cat((torch.zeros(count, 1), hats - hats.mean(0)), dim=1) / scale
    white = _rows(torch.ones(1))
    bends = uneven.T @ uneven / count + _roughness() / scale**2
    square = rows.T @ rows / count + bend * bends + _WHITE * white.T @ white
    # Not rows.T @ goals: onnxruntime gets a transposed matrix times a vector wrong.
    linear = goals @ rows / count + _WHITE * white[0]
    low, high = (torch.cat(pair) for pair in zip(*_bounds(), strict=True))
    step = 1 / (square.abs().sum(1).max() + white.square().sum())
    found = ahead = torch.cat((torch.zeros(1), scale.expand(_NODES)))
    for number in range(_STEPS):
        whitest = white[0] @ ahead
        beyond = whitest - whitest.clamp(_WHITEST, 1)
        slope = square @ ahead - linear + beyond * white[0]
        better = torch.minimum(torch.maximum(ahead - step * slope, low), high)
        ahead = better + number / (number + 3) * (better - found)
        found = better
    return (_rows(torch.linspace(0, 1, points)) @ found).clamp(0, 1)


def _spread(quantiles: Tensor) -> Tensor:
    return (quantiles - quantiles.mean()).square().mean().sqrt().clamp(min=_LEAST_SPREAD)


def _hats(at: Tensor) -> Tensor:
    """How much the slope at each node counts at lightnesses ``(P,)``: ``(P, 13)``."""
    away = (at.unsqueeze(1) - torch.linspace(0, 1, _NODES)) * (_NODES - 1)
    return (1 - away.abs()).clamp(min=0)


def _rows(at: Tensor) -> Tensor:
    """The curve's value at lightnesses ``(P,)`` as a linear function of its start and its slopes
    at the nodes, ``(P, 14)``: 1, and the hats' integrals from 0."""
    away = (at.unsqueeze(1) - torch.linspace(0, 1, _NODES)) * (_NODES - 1)
    risen = (away.clamp(-1, 0) + 1).square() - (1 - away.clamp(0, 1)).square() + 1
    before = torch.zeros(_NODES)
    before[0] = 1  # the first hat has half of itself below 0
    integrals = (risen - before) / (2 * (_NODES - 1))
    return torch.cat((torch.ones(len(at), 1), integrals), dim=1)


@cache
def _roughness() -> Tensor:
    """Summed squared differences of neighbouring slopes, as a matrix ``(14, 14)``."""
    steps = torch.eye(_NODES + 1)[1:].diff(dim=0)
    return _ROUGHNESS * steps.T @ steps


def _bounds() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Least and greatest start, and slopes."""
    least, most = _SLOPES
    return (
        (torch.tensor([0.0]), torch.tensor([_BLACKEST])),
        (torch.full((_NODES,), least), torch.full((_NODES,), most)),
    )
