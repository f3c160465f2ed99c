"""What is shown next: what is liked where that is known, what tells much where it isn't."""

from __future__ import annotations

import numpy as np

from looksmith.taste.exploring import versions_to_show
from looksmith.taste.features import FEATURES, first_prior, wished_move
from looksmith.taste.posterior import Posterior

JACOBIAN = np.diag(np.full(9, 0.4))
NOBODY = np.array([-1.0])


def warm_lover(spread: float) -> Posterior:
    mean = np.zeros(FEATURES)
    mean[0], mean[-1] = 2.0, 0.5
    return Posterior(mean, spread**2 * np.eye(FEATURES))


def shown(posterior: Posterior, evidence: float, count: int = 1, seed: int = 0) -> np.ndarray:
    dice = np.random.default_rng(seed)
    return np.stack(versions_to_show(posterior, evidence, NOBODY, JACOBIAN, dice, count))


def test_a_new_user_is_shown_something_that_tells() -> None:
    move = shown(first_prior(), 0)[0]
    x = np.concatenate((JACOBIAN @ move, -JACOBIAN @ move, [-np.sum((JACOBIAN @ move) ** 2)]))
    assert first_prior().information(x[None])[0] > 0.1


def test_a_known_taste_is_served() -> None:
    sure = warm_lover(0.02)
    wish = wished_move(sure, NOBODY, JACOBIAN)
    np.testing.assert_allclose(shown(sure, 100)[0], wish, atol=0.05)


def test_exploration_ends_as_evidence_comes_in() -> None:
    unsure = warm_lover(1.0)
    wish = wished_move(unsure, NOBODY, JACOBIAN)
    early, late = (
        np.mean([np.abs(shown(unsure, evidence, seed=s)[0] - wish).sum() for s in range(8)])
        for evidence in (0.0, 1e6)
    )
    assert late < early


def test_what_is_shown_together_differs_and_can_be_repeated() -> None:
    moves = shown(first_prior(), 0, count=4)
    apart = [np.abs(a - b).max() for i, a in enumerate(moves) for b in moves[:i]]
    assert min(apart) > 0.1
    np.testing.assert_array_equal(moves, shown(first_prior(), 0, count=4))
