"""Fitting what is expected of photos, given what they show (``networks/expectation.py``).

A network that is trained with expectations of photos which the regression knows would trust them
too much. So in training each photo's are those of a regression fitted without its set; in use it
is the mean of these regressions.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from looksmith.networks.expectation import COMPONENTS, with_moments
from looksmith.networks.statistics import mean_and_covariance
from looksmith.networks.style_encoder import StyleEncoder
from looksmith.plain import principal_components
from looksmith.training.data import PhotoBank

_FOLDS = 5
# Of the sum of weights, in units of the first component's variance. Of plain photos not fitted on,
# 0.13, 0.14 and 0.12 of the statistics' variance are explained with 0.02, 0.05 and 0.15.
_RIDGE = 0.05
_AT_ONCE = 32  # photos


@torch.no_grad()
def learn_expectation(encoder: StyleEncoder, bank: PhotoBank) -> PhotoBank:
    """Fit the encoder's expectation on a bank; returns the bank with what is expected of its
    photos, out of fold."""
    photos, crops = bank.subjects.shape[:2]
    targets = _targets(encoder, bank).flatten(0, 1)
    shown = bank.subjects.flatten(0, 1).float()
    mean, components, spread = principal_components(shown, COMPONENTS)
    # In units of the first one's spread: rare directions say little, and the ridge keeps them so.
    projection = components / spread[0]
    seen = (shown - mean) @ projection
    seen = torch.cat((seen, torch.ones(len(seen), 1)), dim=1)
    fold = (bank.sets % _FOLDS).repeat_interleave(crops)
    weights = bank.fair_weights().repeat_interleave(crops)
    expected, fitted = torch.zeros_like(targets), []
    for held_back in range(_FOLDS):
        inside = fold == held_back
        rest = ~inside if bool((~inside).any()) else inside  # a single set says what it says
        fitted.append(_ridge(seen[rest], targets[rest], weights[rest]))
        expected[inside] = seen[inside] @ fitted[-1]
    expectation = encoder.expectation
    expectation.mean.copy_(mean)
    expectation.projection.copy_(projection)
    expectation.weights.copy_(torch.stack(fitted).mean(0))
    return replace(bank, expected=expected.view(photos, crops, -1).half().to(bank.device))


def _targets(encoder: StyleEncoder, bank: PhotoBank) -> Tensor:
    """What the regression is to say of each crop, ``(N, 10, S + 12)``."""
    found = []
    for crops in bank.references.split(_AT_ONCE):
        photos = crops.flatten(0, 1).to(encoder.ordinary_mean.device).float() / 255
        mean, covariance = mean_and_covariance(photos.flatten(2))
        rows = with_moments(encoder.relative_statistics(photos), mean, covariance)
        found.append(rows.view(*crops.shape[:2], -1).cpu())
    return torch.cat(found)


def _ridge(seen: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Ridge regression from ``(N, C)``, whose last column is constant, to ``(N, D)``."""
    weighted = seen.T * weights
    ridge = _RIDGE * weights.sum() * torch.eye(seen.shape[1])
    ridge[-1, -1] = 0
    return torch.linalg.solve(weighted @ seen + ridge, weighted @ targets)
