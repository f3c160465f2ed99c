from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from looksmith.networks.style_encoder import StyleEncoder
from looksmith.training.data import PhotoBank, draw_batch
from looksmith.training.expectation import learn_expectation


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
    read = PhotoBank.load(paths, seed=0)
    return learn_expectation(StyleEncoder(), read)


def test_the_same_seed_draws_the_same_batch(bank: PhotoBank) -> None:
    first, second = (draw_batch(bank, 3, 4, 64, seed=5) for _ in range(2))
    for name in vars(first):
        assert torch.equal(getattr(first, name), getattr(second, name)), name
    assert first.references.shape[0] == 3
    assert first.truth.shape == first.content.shape == first.real.shape == (3, 3, 128, 128)
    assert first.samples.shape == first.samples_truth.shape == (3, 3, 1, 64)


def test_feeds_are_of_different_photos_and_some_of_one_folder(bank: PhotoBank) -> None:
    feeds, _ = bank.draw_feeds(200, 4, torch.Generator().manual_seed(0))
    assert feeds.shape == (200, 4, 3, 64, 64)
    dark = feeds.mean((-1, -2, -3)) < 0.2  # (200, 4)
    of_one_kind = (dark.all(1) | (~dark).all(1)).float().mean()
    assert 0.25 < float(of_one_kind) < 0.45  # a quarter by intent, an eighth of the rest by chance


def test_some_feeds_show_one_subject(bank: PhotoBank) -> None:
    """Two hundred photos of two subjects, of which one is bright and known as bright."""
    bright = torch.arange(200) % 2
    shape = (200, *bank.references.shape[1:])
    subjects = torch.zeros(200, shape[1], 1280, dtype=torch.half)
    subjects[:, :, 0] = 2.0 * bright.view(-1, 1) - 1
    marked = replace(
        bank,
        references=(255 * bright).byte().view(-1, 1, 1, 1, 1).expand(shape),
        weights=torch.ones(200),
        folders=torch.zeros(200, dtype=torch.long),
        subjects=subjects,
        expected=bright.view(-1, 1, 1).expand(-1, shape[1], 1).half(),
    )
    feeds, expected = marked.draw_feeds(200, 8, torch.Generator().manual_seed(0))
    shown = feeds.mean((-1, -2, -3)) > 0.5
    of_one = (shown.all(1) | (~shown).all(1)).float().mean()
    assert 0.15 < float(of_one) < 0.4
    whole = expected[..., 0] != 0.5  # a collage of both is expected to be half-way
    assert torch.equal(shown[whole], expected[..., 0][whole] == 1)
    assert 0.05 < float((~whole).float().mean()) < 0.2


def test_a_feed_larger_than_the_bank_takes_photos_again(bank: PhotoBank) -> None:
    assert bank.draw_feeds(2, 30, torch.Generator().manual_seed(0))[0].shape[1] == 30


def test_reading_tells_how_far_it_is(photos: list[NDArray[np.uint8]], tmp_path: Path) -> None:
    paths, told = [tmp_path / f"{n}.png" for n in range(4)], []
    for path in paths:
        Image.fromarray(photos[0][:40, :40]).save(path)
    PhotoBank.load(paths[:3], 0, progress=told.append, plain=paths[3:])
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_files_say_which_set_they_belong_to(
    photos: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    """A prefix that many files share names a source."""
    names = ["a__1", "b__1", "a__2", *(f"web__{n}" for n in range(18)), "own"]
    for name in names:
        Image.fromarray(photos[0][:40, :40]).save(tmp_path / f"{name}.png")
    sets = PhotoBank.load([tmp_path / f"{name}.png" for name in names], 0).sets.tolist()
    assert sets[:4] == [0, 1, 0, 2]
    assert len(set(sets)) == 2 + 18 + 1


def test_plain_photos_count_as_much_as_the_others(bank: PhotoBank) -> None:
    marked = replace(bank, plain=torch.arange(len(bank)) >= 9)
    weights = marked.fair_weights()
    assert float(weights[9:].sum()) == pytest.approx(float(weights[:9].sum()))
    assert torch.equal(replace(bank, plain=torch.ones(12).bool()).fair_weights(), bank.weights)


def test_photos_are_read_upright_and_in_srgb(
    photos: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half
    Image.fromarray(photos[0]).save(tmp_path / "upright.png")
    Image.fromarray(photos[0][::-1, ::-1]).save(tmp_path / "turned.png", exif=exif)
    first, second = (PhotoBank.load([tmp_path / f"{n}.png"], 0) for n in ("upright", "turned"))
    assert torch.equal(first.references, second.references)
