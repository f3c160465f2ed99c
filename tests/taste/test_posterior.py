"""The posterior agrees with what it approximates."""

from __future__ import annotations

import numpy as np
import pytest

from looksmith.taste.features import FEATURES, first_prior
from looksmith.taste.posterior import Posterior, sigmoid

PRIOR = Posterior(np.zeros(2), np.eye(2))


def test_one_update_is_one_fit() -> None:
    x = np.array([1.0, -0.5])
    one, fit = PRIOR.updated(x, 1.5), PRIOR.fitted(x[None], np.array([1.5]))
    np.testing.assert_allclose(one.mean, fit.mean, atol=1e-6)
    np.testing.assert_allclose(one.covariance, fit.covariance, atol=1e-6)


def test_a_taste_is_found_from_noisy_choices() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=FEATURES)
    x = generator.normal(size=(600, FEATURES))
    taken = generator.random(600) < sigmoid(x @ truth)
    posterior = first_prior().fitted(np.where(taken[:, None], x, -x), np.ones(600))
    assert np.corrcoef(posterior.mean, truth)[0, 1] > 0.9


@pytest.mark.parametrize("seed", range(12))
def test_the_mode_is_found_however_far_the_evidence(seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(64, FEATURES)) * generator.choice([0.5, 1, 3])
    x[:, -1] *= 2
    prior, ones = first_prior(), np.ones(64)
    found = prior.fitted(x, ones)
    slope = x.T @ sigmoid(-(x @ found.mean))
    slope -= np.linalg.inv(prior.covariance) @ (found.mean - prior.mean)
    assert np.abs(slope).max() < 1e-4


def test_contradictions_cancel() -> None:
    x = np.array([1.0, 0.0])
    both = PRIOR.fitted(np.stack((x, -x)), np.ones(2))
    assert both.mean == pytest.approx([0, 0], abs=1e-9)
    assert both.covariance[0, 0] < 1


def test_information_prefers_what_is_unknown() -> None:
    known = PRIOR.updated(np.array([1.0, 0.0]), 20)
    along, across = known.information(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert across > along > 0
