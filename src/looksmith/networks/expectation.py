"""Expectation: what a photo's colours probably were before any look, given what it shows.

Statistics of colour cannot tell a blue wall from a blue grade; what is seen can, a little: of
photos that it was not fitted on, a ridge regression from what they show (``subject.py``) explains
a quarter of the variance of the mean colour. ``training/expectation.py`` fits it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from looksmith.color import full_precision
from looksmith.networks.subject import FEATURES

_LEAST = 2e-3  # variance of colour in any direction, where averages would leave less
COMPONENTS = 128  # principal components of what is seen
MOMENTS = 12  # mean colour, and second moments of colour


class Expectation(nn.Module):
    """What photos show ``(…, 1280)`` to what is expected of them ``(…, S + 12)``: relative
    statistics, mean colour, second moments."""

    mean: Tensor
    projection: Tensor
    weights: Tensor

    def __init__(self, statistics: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("projection", torch.zeros(FEATURES, COMPONENTS))
        self.register_buffer("weights", torch.zeros(COMPONENTS + 1, statistics + MOMENTS))

    def forward(self, subjects: Tensor) -> Tensor:
        return (subjects - self.mean) @ self.projection @ self.weights[:-1] + self.weights[-1]


def with_moments(statistics: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    """Statistics ``(…, S)``, mean colour ``(…, 3)`` and covariance ``(…, 3, 3)`` as one row
    ``(…, S + 12)``."""
    second = covariance + mean.unsqueeze(-1) * mean.unsqueeze(-2)
    return torch.cat((statistics, mean, second.flatten(-2)), dim=-1)


@torch.no_grad()
@full_precision
def expected_moments(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Mean ``(B, 3)`` and covariance ``(B, 3, 3)`` that the photos of each feed ``(B, K, S + 12)``
    are expected to have together; a covariance that no colours can have is made possible."""
    mean, second = rows[..., -MOMENTS : 3 - MOMENTS].mean(1), rows[..., 3 - MOMENTS :].mean(1)
    covariance = second.unflatten(-1, (3, 3)) - mean.unsqueeze(-1) * mean.unsqueeze(-2)
    values, vectors = torch.linalg.eigh((covariance + covariance.transpose(1, 2)) / 2)
    return mean, vectors @ torch.diag_embed(values.clamp(min=_LEAST)) @ vectors.transpose(1, 2)
