"""Features of a picture that taste is linear in: traits, traits by content, and restraint.

Seen by someone whose ideal lies at ``z*``, a picture ``z`` is worth ``−κ ‖z − z*‖²``, which is
linear in ``z`` and in ``−‖z‖²``; so the latter is a feature, too, and its weight κ says how
moderate a user is. Weights by content let a user like portraits warm and landscapes cool.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from looksmith.taste.directions import CONTENTS, DIRECTIONS, Vector
from looksmith.taste.posterior import Matrix, Posterior

FEATURES = DIRECTIONS * (1 + CONTENTS) + 1
_MAIN, _BY_CONTENT, _RESTRAINT = 1.2, 0.7, 1.0  # standard deviations before anything is known
MODERATE = 0.6  # people like changes in moderation
_PRICE = 0.3  # λ: what a move must be worth
_DOUBT = 0.5  # δ: what it must be worth for its being unsure


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


@dataclass(frozen=True)
class Wish:
    """What moves ``p`` along the directions are worth to someone: ``gain·p − pᵀ bowl p``."""

    gain: Vector
    """``(9,)``."""
    bowl: Matrix
    """``(9, 9)``, positive definite."""

    @classmethod
    def of(cls, taste: Posterior, content: Vector, jacobian: Matrix) -> Wish:
        """That of a taste for one photo, ``wᵀJp − κ ‖Jp‖² − λ/2 ‖p‖² − δ pᵀJᵀSJp``.

        The third term asks for worth in return for each move; the last for more of it the less
        sure the weights ``w`` are, whose covariance is ``S``: a change that may as well be for the
        worse is not made.

        Args:
            taste: over weights ``(19,)``.
            content: of the photo, ``(1,)``.
            jacobian: of traits by moves, ``(9, 9)``.
        """
        shares = np.concatenate(([1.0], content))
        of_traits = np.hstack([share * np.eye(DIRECTIONS) for share in shares])  # (9, 18)
        worth = of_traits @ taste.mean[:-1]
        unsure = of_traits @ taste.covariance[:-1, :-1] @ of_traits.T
        restraint = max(0.0, float(taste.mean[-1]))
        bowl = jacobian.T @ (restraint * np.eye(DIRECTIONS) + _DOUBT * unsure) @ jacobian
        return cls(jacobian.T @ worth, bowl + _PRICE / 2 * np.eye(DIRECTIONS))

    @classmethod
    def to(cls, move: Vector, metric: Matrix) -> Wish:
        """To come as near as possible to a given move, ``(p − m)ᵀM(p − m)``."""
        return cls(2 * metric @ move, metric)

    @property
    def best(self) -> Vector:
        """The move that is worth most, without bounds."""
        return np.asarray(np.linalg.solve(2 * self.bowl, self.gain))


def wished_move(taste: Posterior, content: Vector, jacobian: Matrix) -> Vector:
    """The move ``(9,)`` in [-1, 1] that is worth most, about; ``Slopes.best`` has it exactly."""
    return np.tanh(Wish.of(taste, content, jacobian).best)
