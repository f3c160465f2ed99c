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
from looksmith.taste.features import FEATURES
from looksmith.taste.personal import FARTHER

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


@pytest.mark.parametrize("seed", range(4))
def test_no_taste_takes_photos_a_fifth_farther_from_the_feed(
    scenes: simulation.Scenes, seed: int
) -> None:
    theta = 4 * np.random.default_rng(seed).normal(size=FEATURES)  # very sure of odd things
    theta[-1] = 0.0
    for index in range(len(scenes.photos)):
        photo = np.array([index])
        picture = simulation.personal_pictures(scenes, theta, photo)
        assert not torch.equal(picture, scenes.plain[photo])
        assert simulation.times_farther(scenes, picture, photo) <= FARTHER + 1e-6
