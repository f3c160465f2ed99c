"""The normaliser's training, on a few small photos."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open

from looksmith.base import load_normaliser
from looksmith.errors import LooksmithError
from looksmith.training import normalise
from looksmith.training.normalise import (
    KINDS,
    NormaliserSettings,
    load_squares,
    train_normaliser,
)

QUICK = NormaliserSettings(steps=10, batch=2, views=2)


@pytest.fixture(scope="module")
def paths(photos: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder, paths = tmp_path_factory.mktemp("photos"), []
    for index in range(8):
        paths.append(folder / f"{index}.png")
        Image.fromarray(np.roll(photos[index % 4], 9 * index, axis=1)).save(paths[-1])
    return paths


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def test_squares_are_the_whole_photo_first_and_then_parts_of_it(paths: list[Path]) -> None:
    one, many = load_squares(paths[:2]), load_squares(paths[:2], views=3, seed=1)
    assert many.shape == (2, 3, 3, 128, 128)
    assert torch.equal(one[:, 0], many[:, 0])
    assert torch.equal(many, load_squares(paths[:2], views=3, seed=1))
    assert not torch.equal(many, load_squares(paths[:2], views=3, seed=2))


def test_squares_are_upright(photo: NDArray[np.uint8], tmp_path: Path) -> None:
    upright, turned = tmp_path / "upright.png", tmp_path / "turned.png"
    Image.fromarray(photo).save(upright)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    Image.fromarray(np.rot90(photo)).save(turned, exif=exif)
    assert torch.equal(load_squares([turned], 2), load_squares([upright], 2))


def test_training_writes_weights_that_load_and_says_what_they_are(
    paths: list[Path], tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    made = train_normaliser(
        paths[:4], tmp_path, QUICK, lambda done, total, _: told.append((done, total)), paths[4:]
    )
    load_normaliser(made)
    with safe_open(made, "pt") as file:
        card = json.loads(file.metadata()["card"])
    assert (card["photos"], card["plain"], card["held_back"], card["steps"]) == (7, 4, 1, 10)
    assert set(card["remaining"]) == set(KINDS)
    assert told[-1] == (10, 10)


def test_a_stopped_training_goes_on_to_the_same_weights(paths: list[Path], tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, *_: object) -> None:
        if done == 5:
            raise Stopped

    settings = replace(QUICK, checkpoint_minutes=0.0)
    whole = weights_of(train_normaliser(paths, tmp_path / "whole", settings))
    with pytest.raises(Stopped):
        train_normaliser(paths, tmp_path / "parts", settings, stop)
    parts = weights_of(train_normaliser(paths, tmp_path / "parts", settings))
    assert all(torch.equal(parts[name], whole[name]) for name in whole)


def test_minutes_say_how_many_steps_and_a_stopped_training_keeps_that_number(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(Exception):
        pass

    def totals(seconds: float, last: int) -> set[int]:
        """What is told of the number of steps, where ten take so many seconds."""
        told: list[int] = []

        def tell(done: int, total: int, _: float) -> None:
            told.append(total)
            if done == last:
                raise Stopped

        clock = SimpleNamespace(monotonic=iter((0.0, seconds)).__next__)
        monkeypatch.setattr(normalise, "time", clock)
        with pytest.raises(Stopped):
            train_normaliser(paths, tmp_path, settings, tell)
        return set(told)

    settings = replace(QUICK, steps=100, minutes=0.1, checkpoint_minutes=0.0)
    assert totals(10.0, last=2) == {6}
    assert totals(0.1, last=6) == {6}


def test_a_run_of_other_photos_is_refused(paths: list[Path], tmp_path: Path) -> None:
    train_normaliser(paths, tmp_path, QUICK)
    with pytest.raises(LooksmithError, match="photos"):
        train_normaliser(paths[:5], tmp_path, QUICK)
    with pytest.raises(LooksmithError, match="plain"):
        train_normaliser(paths, tmp_path, QUICK, plain=paths[:2])


def test_a_run_of_other_photos_of_the_same_names_is_refused(
    photo: NDArray[np.uint8], tmp_path: Path
) -> None:
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path in paths:
        Image.fromarray(photo).save(path)
    train_normaliser(paths, tmp_path / "run", QUICK)
    Image.fromarray(photo[::-1]).save(paths[1])
    with pytest.raises(LooksmithError, match="photos"):
        train_normaliser(paths, tmp_path / "run", QUICK)
