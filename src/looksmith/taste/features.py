"""Features of a picture that taste is linear in: traits, traits by content, and restraint.

Seen by someone whose ideal lies at ``z*``, a picture ``z`` is worth ``−κ ‖z − z*‖²``, which is
linear in ``z`` and in ``−‖z‖²``; so the latter is a feature, too, and its weight κ says how
moderate a user is. Weights by content let a user like portraits warm and landscapes cool.
"""

from __future__ import annotations

import numpy as np

from looksmith.taste.directions import CONTENTS, DIRECTIONS, Vector
from looksmith.taste.posterior import Matrix, Posterior

FEATURES = DIRECTIONS * (1 + CONTENTS) + 1
_MAIN, _BY_CONTENT, _RESTRAINT = 1.2, 0.7, 1.0  # standard deviations before anything is known
MODERATE = 0.6  # people like changes in moderation
_PRICE = 0.3  # λ: what a move must be worth


def features(traits: Matrix, content: Matrix, versions: bool = True) -> Matrix:
    """``(N, 9)`` traits and ``(N, 1)`` content to ``(N, 19)``.

    Args:
        traits: of versions of a photo, less those of the plain look; or of items.
        content: of the photos.
        versions: False for items: how far one photo is from another says nothing of restraint.
    """
    crossed = [traits * content[:, index : index + 1] for index in range(CONTENTS)]
    restraint = -(traits[:, :-1] ** 2).sum(1, keepdims=True) * versions
    return np.concatenate((traits, *crossed, restraint), axis=1)


def first_prior() -> Posterior:
    """What is assumed of people before any was met."""
    deviations = np.full(FEATURES, _BY_CONTENT)
    deviations[:DIRECTIONS] = _MAIN
    deviations[-1] = _RESTRAINT
    mean = np.zeros(FEATURES)
    mean[-1] = MODERATE
    return Posterior(mean, np.diag(deviations**2))


def wishes(theta: Vector, content: Vector) -> tuple[Vector, float]:
    """What weights ``(19,)`` say for one photo of the given content ``(1,)``: the worth of each
    trait ``(9,)``, and the restraint κ ≥ 0."""
    worth = theta[:DIRECTIONS].copy()
    for index in range(CONTENTS):
        start = DIRECTIONS * (1 + index)
        worth += content[index] * theta[start : start + DIRECTIONS]
    return worth, max(0.0, float(theta[-1]))


def wished_move(theta: Vector, content: Vector, jacobian: Matrix) -> Vector:
    """The move ``(9,)`` in [-1, 1] that is worth most: ``max wᵀJp − κ ‖Jp‖² − λ/2 ‖p‖²``.

    The last term asks for worth in return for each move.
    """
    worth, restraint = wishes(theta, content)
    bowl = 2 * restraint * jacobian.T @ jacobian + _PRICE * np.eye(DIRECTIONS)
    return np.tanh(np.linalg.solve(bowl, jacobian.T @ worth))
