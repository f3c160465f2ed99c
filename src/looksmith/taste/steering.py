"""The change that someone likes best of those that keep a look near its feed.

Along most directions a feed has room, along some it has none; to take a share of the whole wish
would give up all of it for the sake of one direction. How far pools of photos are from the feed is
``‖r + Dp‖`` for a move ``p``, as far as signatures are linear in it: ``r`` is what the plain look
lacks, ``D`` is taken from small moves. The move is then the solution of a small quadratic program
(sequential least squares: Kraft, "A Software Package for Sequential Quadratic Programming", 1988).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from looksmith.taste.directions import DIRECTIONS, Vector
from looksmith.taste.features import Wish
from looksmith.taste.posterior import Matrix

_STEP = 0.5  # of a move, either way, to take slopes from
_STEPS = 40


@dataclass(frozen=True)
class Slopes:
    """Squared distances of K pools to the feed: ``plain + 2 b·p + pᵀAp``."""

    plain: Vector
    """``(K,)``."""
    linear: Matrix
    """``b``, ``(K, 9)``."""
    curved: np.ndarray
    """``A``, ``(K, 9, 9)``."""

    @classmethod
    def of(cls, apart: Callable[[Vector], np.ndarray]) -> Slopes:
        """Args:
        apart: signatures of the pools with a move ``(9,)`` less that of the feed, ``(K, S)``.
        """
        steps = _STEP * np.eye(DIRECTIONS)
        rest = apart(np.zeros(DIRECTIONS))
        slopes = np.stack([(apart(s) - apart(-s)) / (2 * _STEP) for s in steps], 1)  # (K, 9, S)
        size = rest.shape[1]
        return cls(
            (rest**2).mean(1),
            np.einsum("kds,ks->kd", slopes, rest) / size,
            slopes @ slopes.transpose(0, 2, 1) / size,
        )

    def best(self, wish: Wish, farther: float) -> Vector:
        """The move ``(9,)`` in [-1, 1] that is worth most of those that take no pool more than
        ``farther`` times as far."""
        room = (farther**2 - 1) * self.plain

        def left(p: Vector) -> Vector:
            used = 2 * self.linear @ p + np.einsum("kde,d,e->k", self.curved, p, p)
            return np.asarray(1 - used / room)

        def falls(p: Vector) -> Matrix:
            return np.asarray(-2 * (self.linear + self.curved @ p) / room[:, None])

        free = wish.best
        if (left(free) >= 0).all() and np.abs(free).max() <= 1:
            return free
        found = minimize(
            lambda p: p @ wish.bowl @ p - wish.gain @ p,
            np.zeros(DIRECTIONS),
            jac=lambda p: 2 * wish.bowl @ p - wish.gain,
            method="SLSQP",
            bounds=[(-1, 1)] * DIRECTIONS,
            constraints={"type": "ineq", "fun": left, "jac": falls},
            options={"maxiter": _STEPS},
        )
        return np.asarray(found.x, np.float64)
