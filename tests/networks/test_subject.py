from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from skimage import data
from torch import Tensor

from looksmith.errors import LooksmithError
from looksmith.networks.subject import (
    SUBJECT_SIZE,
    SubjectNetwork,
    equalised,
    subject_network,
)
from looksmith.photos import crop_resized


@pytest.fixture(scope="module")
def photos() -> Tensor:
    """A face, coffee, a cat, and the cat mirrored ``(4, 3, 224, 224)``."""
    size = (SUBJECT_SIZE, SUBJECT_SIZE)
    squares = [crop_resized(read(), None, size) for read in (data.astronaut, data.coffee, data.cat)]
    squares.append(squares[-1][:, ::-1])
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() / 255


def test_the_same_thing_is_nearer_than_another(photos: Tensor) -> None:
    features = F.normalize(subject_network()(photos), dim=1)
    similar = features @ features.T
    assert similar[2, 3] > 0.85 > similar[2, :2].max()


def test_an_edit_hardly_changes_what_is_seen(photos: Tensor) -> None:
    tinted = 0.8 * photos**1.5 * torch.tensor([1.0, 0.9, 0.75]).view(3, 1, 1)
    before, after = subject_network()(photos), subject_network()(tinted)
    assert F.cosine_similarity(before, after).min() > 0.95


def test_greys_are_those_of_a_darker_and_flatter_copy(photos: Tensor) -> None:
    darker = equalised(0.1 + 0.5 * photos)
    assert (equalised(photos) - darker).abs().mean() < 0.01
    assert float(darker.min()) >= 0 and float(darker.max()) <= 1


def test_one_colour_is_a_middle_grey() -> None:
    flat = equalised(torch.full((1, 3, 32, 32), 0.9))
    torch.testing.assert_close(flat, torch.full((1, 1, 32, 32), 0.5), atol=1e-3, rtol=0)


def test_no_photos_have_no_features() -> None:
    assert subject_network()(torch.zeros(0, 3, SUBJECT_SIZE, SUBJECT_SIZE)).shape == (0, 1280)


def test_foreign_weights_are_refused(tmp_path: Path) -> None:
    save_file({"stem.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(LooksmithError):
        SubjectNetwork(tmp_path / "other.safetensors")
