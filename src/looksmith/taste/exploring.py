"""Which version to show next: one that is likely to be liked, or one whose reaction tells much.

Candidates are Thompson samples: the versions that tastes drawn from the posterior wish for. Of them
the one is taken that is worth most by the posterior's mean plus what a reaction to it is expected
to tell, ``θ̄·x + c · bits(x)``; ``c`` falls as evidence comes in, so exploration ends by itself.
Plain Thompson sampling (each sample shown as it is) costs more: with nineteen weights nearly every
sample is far off in some direction that tells nothing.
"""

from __future__ import annotations

import numpy as np

from looksmith.taste.directions import Vector
from looksmith.taste.features import MODERATE, features, wished_move
from looksmith.taste.posterior import Matrix, Posterior

_CANDIDATES = 24
_BIT, _HALF = 3.0, 10.0  # worth of a bit at first; after so much evidence it is half
_SPREAD = 0.7  # candidates are drawn from a posterior narrower by this factor


def versions_to_show(
    posterior: Posterior,
    evidence: float,
    content: Vector,
    jacobian: Matrix,
    generator: np.random.Generator,
    count: int = 1,
) -> list[Vector]:
    """Moves ``(9,)`` to be shown together, best first; each is chosen as if reactions to those
    before were known, so that they differ.

    Args:
        posterior: what is known of the user.
        evidence: how much that rests on, in clear preferences.
        content: what the photo shows, ``(1,)``.
        jacobian: of traits by moves, ``(9, 9)``.
        generator: randomness.
        count: how many.
    """
    chosen = []
    bit = _BIT * _HALF / (_HALF + evidence)
    for _ in range(count):
        moves = _candidates(posterior, content, jacobian, generator)
        x = features(moves @ jacobian.T, np.repeat(content[None], len(moves), 0))
        best = int((x @ posterior.mean + bit * posterior.information(x)).argmax())
        chosen.append(moves[best])
        posterior = Posterior(posterior.mean, posterior.updated(x[best]).covariance)
    return chosen


def _candidates(
    posterior: Posterior, content: Vector, jacobian: Matrix, generator: np.random.Generator
) -> Matrix:
    """No change, what the mean wishes, and what samples wish, ``(N, 9)``. No sample is less
    moderate than the mean, or than people are at first: an immoderate one would go to the end of
    every direction. But samples may be less moderate than someone who disliked a few versions
    seems; else all versions would be alike from then on, and reactions to them tell nothing."""
    moves = [np.zeros(len(jacobian)), wished_move(posterior, content, jacobian)]
    for _ in range(_CANDIDATES):
        theta = posterior.sampled(generator, _SPREAD)
        theta[-1] = max(theta[-1], min(posterior.mean[-1], MODERATE))
        moves.append(wished_move(Posterior.sure(theta), content, jacobian))
    return np.stack(moves)
