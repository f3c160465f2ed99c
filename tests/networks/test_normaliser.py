from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from looksmith.base import load_normaliser
from looksmith.color import delta_e_2000
from looksmith.networks.normaliser import Normaliser, correct
from looksmith.rendering import Rendering, render
from looksmith.training.normalise import KINDS, knock_off


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return load_normaliser()


@pytest.fixture(scope="module")
def squares(photos: list[NDArray[np.uint8]]) -> Tensor:
    cut = [torch.from_numpy(photo[:128, :128].copy()).permute(2, 0, 1) for photo in photos]
    return torch.stack(cut).float() / 255


def made_right(normaliser: Normaliser, photo: Tensor) -> Tensor:
    return render(photo, Rendering((normaliser.stage(photo),))).clamp(0, 1)


def test_an_untrained_normaliser_changes_nothing(squares: Tensor) -> None:
    network = Normaliser().eval()
    torch.testing.assert_close(correct(squares, network(squares)), squares, atol=2e-3, rtol=0)


def test_good_photos_change_little(normaliser: Normaliser, squares: Tensor) -> None:
    changes = [delta_e_2000(made_right(normaliser, s[None]), s[None]).mean() for s in squares]
    assert float(torch.stack(changes).mean()) < 2


@pytest.mark.parametrize("name", ["night", "warm light"])
def test_what_is_meant_to_be_so_stays(
    normaliser: Normaliser, photos: list[NDArray[np.uint8]], name: str
) -> None:
    """A rocket at night, and a cup in the warm light of a café."""
    photo = photos[{"night": 3, "warm light": 1}[name]]
    small = np.array(Image.fromarray(photo).resize((128, 128)))
    square = torch.from_numpy(small).permute(2, 0, 1)[None] / 255
    assert float(delta_e_2000(made_right(normaliser, square), square).mean()) < 1


@pytest.mark.parametrize("kind", ["dark", "haze", "cast"])
def test_faulty_photos_come_nearer_to_the_good_ones(
    normaliser: Normaliser, squares: Tensor, kind: str
) -> None:
    spoilt = knock_off(squares, torch.Generator().manual_seed(1), kind)
    made = torch.cat([made_right(normaliser, s[None]) for s in spoilt])
    before, after = delta_e_2000(spoilt, squares).mean(), delta_e_2000(made, squares).mean()
    assert after < 0.75 * before


def test_the_stage_does_what_the_correction_says(normaliser: Normaliser, squares: Tensor) -> None:
    dark = knock_off(squares[:1], torch.Generator().manual_seed(1), "dark")
    stage = normaliser.stage(dark)
    exact = correct(dark, normaliser(dark)).clamp(0, 1)
    expected = dark + stage.amount * (exact - dark)
    assert float((render(dark, Rendering((stage,))) - expected).abs().mean()) < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_faults_are_drawn_from_the_seed_and_stay_in_range(squares: Tensor, kind: str) -> None:
    first, again = (knock_off(squares, torch.Generator().manual_seed(3), kind) for _ in range(2))
    assert torch.equal(first, again)
    assert float(first.min()) >= 0 and float(first.max()) <= 1
    assert torch.equal(first, squares) == (kind == "clean")
