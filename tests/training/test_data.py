from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from looksmith.training.data import PhotoBank, draw_batch


@pytest.fixture(scope="module")
def bank(photos: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> PhotoBank:
    """Twelve photos in two folders; the photos of the first are dark."""
    folder, paths = tmp_path_factory.mktemp("bank"), []
    for index in range(12):
        path = folder / ("dark" if index < 6 else "light") / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        shown = np.roll(photos[index % 4], 10 * index, axis=1) // (4 if index < 6 else 1)
        Image.fromarray(shown).save(path)
        paths.append(path)
    return PhotoBank.load(paths, seed=0)


def test_the_same_seed_draws_the_same_batch(bank: PhotoBank) -> None:
    first, second = (draw_batch(bank, 3, 4, 64, seed=5) for _ in range(2))
    for name in vars(first):
        assert torch.equal(getattr(first, name), getattr(second, name)), name
    assert first.references.shape[0] == 3
    assert first.truth.shape == first.content.shape == first.real.shape == (3, 3, 128, 128)
    assert first.samples.shape == first.samples_truth.shape == (3, 3, 1, 64)


def test_feeds_are_of_different_photos_and_some_of_one_folder(bank: PhotoBank) -> None:
    feeds = bank.draw_feeds(60, 4, torch.Generator().manual_seed(0))
    assert feeds.shape == (60, 4, 3, 64, 64)
    dark = feeds.mean((-1, -2, -3)) < 0.2  # (60, 4)
    of_one_kind = (dark.all(1) | (~dark).all(1)).float().mean()
    assert 0.3 < float(of_one_kind) < 0.7  # a third by intent, an eighth of the rest by chance


def test_a_feed_larger_than_the_bank_takes_photos_again(bank: PhotoBank) -> None:
    assert bank.draw_feeds(2, 30, torch.Generator().manual_seed(0)).shape[1] == 30


def test_photos_are_read_upright_and_in_srgb(
    photos: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half
    Image.fromarray(photos[0]).save(tmp_path / "upright.png")
    Image.fromarray(photos[0][::-1, ::-1]).save(tmp_path / "turned.png", exif=exif)
    first, second = (PhotoBank.load([tmp_path / f"{n}.png"], 0) for n in ("upright", "turned"))
    assert torch.equal(first.references, second.references)
