"""A look stays the influencer's, whatever the taste."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from looksmith.base import default_base
from looksmith.look import Look
from looksmith.taste import simulation
from looksmith.taste.directions import DIRECTIONS
from looksmith.taste.features import FEATURES, Wish
from looksmith.taste.nearness import FARTHER
from looksmith.taste.posterior import Posterior
from looksmith.taste.steering import Slopes

CONTENTS = ("motorcycle_left", "retina", "hubble_deep_field", "ihc")


@pytest.fixture(scope="module")
def scenes(look: Look) -> simulation.Scenes:
    """Photos that the look was not learned from."""
    folder = Path(str(data.__file__)).parent
    found = [next(folder.glob(f"{name}.*")) for name in CONTENTS]
    small = [Image.open(path).convert("RGB").resize((128, 128)) for path in found]
    photos = torch.from_numpy(np.stack([np.asarray(image) for image in small]))
    photos = photos.permute(0, 3, 1, 2).float() / 255
    return simulation.Scenes.of(photos, -np.ones(len(photos)), look, default_base())


@pytest.mark.parametrize("seed", range(3))
def test_no_taste_takes_photos_a_fifth_farther_from_the_feed(
    scenes: simulation.Scenes, seed: int
) -> None:
    """Neither one photo nor all together, which are nearer to the feed than each by itself."""
    theta = 4 * np.random.default_rng(seed).normal(size=FEATURES)  # very sure of odd things
    theta[-1] = 0.0
    together = np.arange(len(scenes.photos))
    pictures = simulation.personal_pictures(scenes, Posterior.sure(theta), together)
    for index in together:
        photo = slice(index, index + 1)
        assert not torch.equal(pictures[photo], scenes.plain[photo])
        farther = simulation.times_farther(scenes, pictures[photo], np.array([index]))
        assert farther <= FARTHER + 1e-6
    assert simulation.times_farther(scenes, pictures, together) <= FARTHER


def test_a_wish_that_a_pool_forbids_goes_where_there_is_room() -> None:
    """Along the first direction the pool is taken straight from the feed; along the second not."""
    slopes = Slopes.of(lambda move: np.array([[0.1 + 0.1 * move[0], 0.0]]))
    wish = np.zeros(DIRECTIONS)
    wish[:2] = 0.8
    near = slopes.best(Wish.to(wish, np.eye(DIRECTIONS)), 1.2)
    assert near[0] == pytest.approx(0.2, abs=1e-3)
    assert near[1] == pytest.approx(0.8, abs=1e-3)
    away = slopes.best(Wish.to(-wish, np.eye(DIRECTIONS)), 1.2)
    np.testing.assert_allclose(away, -wish, atol=1e-9)


def test_within_the_bound_goes_what_is_worth_most() -> None:
    """Warmth and tint both take the pool from the feed, and warmth is worth three times as much;
    what comes nearest to the free wish instead would give as much of either up."""
    slopes = Slopes.of(lambda move: np.array([[0.1 + 0.1 * (move[0] + move[1]), 0.0]]))
    gain = np.zeros(DIRECTIONS)
    gain[:2] = 3.0, 1.0
    wish = Wish(gain, np.eye(DIRECTIONS))
    move = slopes.best(wish, 1.2)
    assert move[0] + move[1] == pytest.approx(0.2, abs=1e-3)
    assert move[0] - move[1] == pytest.approx(1.0, abs=0.01)  # (3 − 1) / 2, as in the free wish


def test_a_doubtful_taste_changes_less() -> None:
    taste = np.zeros(FEATURES)
    taste[0] = 1.0
    jacobian, seen = np.eye(DIRECTIONS), -np.ones(1)
    sure, unsure = (
        Wish.of(Posterior(taste, spread * np.eye(FEATURES)), seen, jacobian).best
        for spread in (0.0, 2.0)
    )
    assert 0 < unsure[0] < sure[0] / 2
