"""Features of a picture that taste is linear in: traits, traits by content, and restraint.

Seen by someone whose ideal lies at ``z*``, a picture ``z`` is worth ``−κ/2 ‖z − z*‖²``, which is
linear in ``z`` and in ``−‖z‖²/2``; so the latter is a feature, too, and its weight κ says how
moderate a user is. Weights by content let a user like portraits warm and landscapes cool.
"""

from __future__ import annotations

import numpy as np

from looksmith.taste.directions import CONTENTS, DIRECTIONS, Vector
from looksmith.taste.posterior import Matrix, Posterior

FEATURES = DIRECTIONS * (1 + CONTENTS) + 1
_MAIN, _BY_CONTENT, _RESTRAINT = 0.8, 0.5, 0.25  # standard deviations before anything is known
_MODERATE = 0.3  # people like changes in moderation


def features(traits: Matrix, content: Matrix) -> Matrix:
    """``(N, 9)`` traits and ``(N, 2)`` content to ``(N, 28)``."""
    crossed = [traits * content[:, index : index + 1] for index in range(CONTENTS)]
    restraint = -0.5 * (traits[:, :-1] ** 2).mean(1, keepdims=True)
    return np.concatenate((traits, *crossed, restraint), axis=1)


def first_prior() -> Posterior:
    """What is assumed of people before any was met."""
    deviations = np.full(FEATURES, _BY_CONTENT)
    deviations[:DIRECTIONS] = _MAIN
    deviations[-1] = _RESTRAINT
    mean = np.zeros(FEATURES)
    mean[-1] = _MODERATE
    return Posterior(mean, np.diag(deviations**2))


def wishes(theta: Vector, content: Vector) -> tuple[Vector, float]:
    """What weights ``(28,)`` say for one photo of the given content ``(2,)``: the worth of each
    trait ``(9,)``, and the restraint κ ≥ 0."""
    worth = theta[:DIRECTIONS].copy()
    for index in range(CONTENTS):
        start = DIRECTIONS * (1 + index)
        worth += content[index] * theta[start : start + DIRECTIONS]
    return worth, max(0.0, float(theta[-1]))


def wished_move(theta: Vector, content: Vector, jacobian: Matrix) -> Vector:
    """The move ``(9,)`` in [-1, 1] that is worth most: ``max wᵀJp − κ/2 ‖Jp‖²/8 − λ/2 ‖p‖²``.

    The last term asks for worth in return for each move; at λ = 1 a weight of 1 on a trait that a
    move changes by one unit gives the move in full.
    """
    worth, restraint = wishes(theta, content)
    bowl = restraint / 8 * jacobian.T @ jacobian + np.eye(DIRECTIONS)
    best = np.linalg.solve(bowl, jacobian.T @ worth)
    return np.tanh(best)
