"""Simulated users are served better than chance, each kind."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from looksmith.base import default_base
from looksmith.look import Look
from looksmith.taste import simulation


@pytest.fixture(scope="module")
def scenes(look: Look, photos: list) -> simulation.Scenes:  # type: ignore[type-arg]
    """Two photos, one of them of a person."""
    from PIL import Image

    small = [np.array(Image.fromarray(photos[index]).resize((128, 128))) for index in (0, 1)]
    tensor = torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255
    return simulation.Scenes.of(tensor, np.array([1.0, -1.0]), look, default_base())


@pytest.mark.parametrize("kind", simulation.KINDS)
def test_choices_teach(scenes: simulation.Scenes, kind: str) -> None:
    generator = np.random.default_rng(3)
    user = simulation.hidden_user(kind, scenes, generator)
    where = np.array([0, 1])
    posterior = simulation.answer_quiz(user, where, 30, generator)
    x, _ = simulation.held_out_pairs(user, where, 40, generator)
    assert (x @ posterior.mean > 0).mean() > 0.6


def test_the_person_is_seen(scenes: simulation.Scenes) -> None:
    assert scenes.content.ravel().tolist() == [1.0, -1.0]
