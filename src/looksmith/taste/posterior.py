"""What is known of one taste: a Gaussian over the weights ``θ`` of a Bradley-Terry model.

A piece of evidence is a difference of features ``x`` of which the user took the first:
``P(x preferred) = σ(θ·x)`` (Bradley and Terry, 1952). The posterior is Laplace's approximation;
one more piece of evidence updates it in closed form after a one-dimensional search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
_STEPS = 30
_CLOSE = 1e-12


@dataclass(frozen=True)
class Posterior:
    """``θ ~ N(mean, covariance)``."""

    mean: Vector
    """``(D,)``."""
    covariance: Matrix
    """``(D, D)``."""

    @classmethod
    def sure(cls, weights: Vector) -> Posterior:
        """Weights ``(D,)`` that are known."""
        return cls(weights, np.zeros((len(weights), len(weights))))

    @classmethod
    def of_numbers(cls, numbers: Vector) -> Posterior:
        """From ``numbers``."""
        size = int(np.sqrt(len(numbers)))
        return cls(numbers[:size], numbers[size:].reshape(size, size))

    @property
    def numbers(self) -> Vector:
        """Mean, then covariance, as one row ``(D + D²,)``."""
        return np.concatenate((self.mean, self.covariance.ravel()))

    @classmethod
    def of_group(cls, members: Sequence[Posterior], shares: Sequence[float]) -> Posterior:
        """One member of a group, drawn by ``shares``: the less members agree, the less sure."""
        means = np.stack([member.mean for member in members])
        mean = np.average(means, axis=0, weights=shares)
        apart = means - mean
        spreads = [m.covariance + np.outer(a, a) for m, a in zip(members, apart, strict=True)]
        return cls(mean, np.average(spreads, axis=0, weights=shares))

    def updated(self, x: Vector, weight: float = 1.0) -> Posterior:
        """After one preference for ``x`` ``(D,)``, counted ``weight`` times.

        Along ``x`` the prior is ``s ~ N(θ·x, xᵀSx)``; the mode of ``w log σ(s)`` plus that prior
        is found by Newton's method and moves the mean along ``Sx``.
        """
        along = self.covariance @ x
        variance = float(x @ along)
        if variance <= 0 or weight <= 0:
            return self
        centre = float(self.mean @ x)
        s = centre
        for _ in range(_STEPS):
            miss = sigmoid(-s)
            step = (weight * miss - (s - centre) / variance) / (
                weight * miss * (1 - miss) + 1 / variance
            )
            s += float(np.clip(step, -2, 2))
            if abs(step) < 1e-9:
                break
        curvature = weight * sigmoid(s) * sigmoid(-s)
        gain = curvature / (1 + curvature * variance)
        return Posterior(
            self.mean + (s - centre) / variance * along,
            np.asarray(self.covariance - gain * np.outer(along, along), np.float64),
        )

    def fitted(self, x: Matrix, weights: Vector) -> Posterior:
        """After ``(N, D)`` preferences at once, this being the prior: Newton's method on θ, each
        step halved until the posterior rises (Boyd and Vandenberghe, "Convex Optimization", 2004,
        algorithm 9.2); in full, far outliers make it jump to and fro."""
        if len(x) == 0:
            return self
        precision = np.linalg.inv(self.covariance)

        def log_posterior(theta: Vector) -> float:
            apart = theta - self.mean
            return float(-weights @ np.logaddexp(0, -(x @ theta)) - apart @ precision @ apart / 2)

        theta = self.mean.copy()
        height = log_posterior(theta)
        for _ in range(_STEPS):
            miss = sigmoid(-(x @ theta))
            gradient = x.T @ (weights * miss) - precision @ (theta - self.mean)
            hessian = precision + (x * (weights * miss * (1 - miss))[:, None]).T @ x
            step = np.linalg.solve(hessian, gradient)
            if float(gradient @ step) < _CLOSE:  # twice what is left to gain
                break
            while (reached := log_posterior(theta + step)) < height + 0.1 * (gradient @ step):
                step = step / 2
                if np.abs(step).max() < _CLOSE:
                    break
            theta, height = theta + step, reached
        shares = sigmoid(x @ theta)
        hessian = precision + (x * (weights * shares * (1 - shares))[:, None]).T @ x
        return Posterior(theta, np.asarray(np.linalg.inv(hessian), np.float64))

    def probability(self, x: Matrix) -> Vector:
        """``P(x preferred)`` for ``(N, D)``, averaged over θ."""
        variance = np.einsum("nd,de,ne->n", x, self.covariance, x)
        return averaged_sigmoid(x @ self.mean, variance)

    def information(self, x: Matrix) -> Vector:
        """Expected bits that an answer to each of ``(N, D)`` tells of θ.

        ``H[E σ] − E[H(σ)]`` (Houlsby et al., "Bayesian Active Learning for Classification and
        Preference Learning", 2011), the second term by nine-point Gauss-Hermite quadrature.
        """
        centre = x @ self.mean
        spread = np.sqrt(np.einsum("nd,de,ne->n", x, self.covariance, x).clip(0))
        nodes, weights = np.polynomial.hermite_e.hermegauss(9)
        shares = sigmoid(centre[:, None] + spread[:, None] * nodes)  # (N, 9)
        weights = weights / weights.sum()
        return _entropy(shares @ weights) - _entropy(shares) @ weights

    def sampled(self, generator: np.random.Generator, spread: float = 0.5) -> Vector:
        """One θ, as Thompson sampling takes it, from a posterior narrower by ``spread``: less
        regret at first (Chapelle and Li, "An Empirical Evaluation of Thompson Sampling", 2011,
        section 3)."""
        narrowed = spread**2 * self.covariance
        return generator.multivariate_normal(self.mean, narrowed, method="cholesky")


def sigmoid(s: Vector | float) -> Vector:
    """``1 / (1 + e^−s)``, without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(s)))


def averaged_sigmoid(mean: Vector, variance: Vector) -> Vector:
    """About ``E σ(s)`` for ``s ~ N(mean, variance)`` (MacKay, "The Evidence Framework Applied to
    Classification Networks", 1992, equation 5.9)."""
    return sigmoid(mean / np.sqrt(1 + np.pi * variance / 8))


def _entropy(share: Vector) -> Vector:
    p = share.clip(1e-12, 1 - 1e-12)
    return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
