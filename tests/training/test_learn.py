from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from looksmith import LooksmithError, PhotoError, learn
from looksmith.base import default_base, load_plain
from looksmith.card import card
from looksmith.feeds import Feed
from looksmith.look import Look
from looksmith.training.adapt import Adaptation, Evidence
from looksmith.training.settings import AdaptSettings

QUICK = AdaptSettings(folds=3, steps=20, check_every=10, palettes=16)


@pytest.fixture(scope="module")
def learned(warm_feed: Path) -> Look:
    """The look of the feed, learned in one go."""
    return learn(warm_feed, "warm", adapt=True, settings=QUICK)


def test_learning_twice_gives_the_same_look(feed: Path, learned: Look) -> None:
    again = learn(feed, "warm", adapt=True, settings=QUICK)
    assert torch.equal(again.code, learned.code)
    assert torch.equal(again.correction, learned.correction)
    assert again.about["metrics"] == learned.about["metrics"]


@pytest.fixture
def state(warm_feed: Path, tmp_path: Path) -> Path:
    """What a run leaves that is interrupted in its second fold."""
    whole, steps, path = Adaptation.step, 0, tmp_path / "state.json"

    def interrupted(self: Adaptation) -> None:
        nonlocal steps
        steps += 1
        if steps > 30:
            raise KeyboardInterrupt
        whole(self)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Adaptation, "step", interrupted)
        learn(warm_feed, "warm", adapt=True, settings=QUICK, state=path)
    return path


def test_an_interrupted_run_goes_on_to_the_same_look(
    feed: Path, state: Path, learned: Look
) -> None:
    assert state.exists()
    taken: list[float] = []
    resumed = learn(feed, "warm", adapt=True, settings=QUICK, state=state, progress=taken.append)
    assert torch.equal(resumed.code, learned.code)
    assert resumed.about["metrics"] == learned.about["metrics"]
    assert taken[0] > 0.25  # the first fold was not run again
    assert not state.exists()


def test_folds_that_another_base_has_run_are_run_again(feed: Path, state: Path) -> None:
    class Begun(Exception):
        pass

    def begun(share: float) -> None:
        assert share < 0.25
        raise Begun

    other = replace(default_base(), identity="2-other")
    with pytest.raises(Begun):
        learn(feed, "warm", adapt=True, settings=QUICK, state=state, progress=begun, base=other)


def test_state_of_other_photos_is_not_used(feed: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text('{"key": {"digest": "other"}, "curves": [[0.0, -9.0, -9.0]]}')
    look = learn(feed, "warm", adapt=True, settings=QUICK, state=state)
    assert look.about["metrics"]["held_back_after"] > 0


def test_adaptation_that_does_not_help_keeps_the_zero_shot_look(feed: Path) -> None:
    told: list[str] = []
    wild = AdaptSettings(folds=3, steps=2, check_every=1, correction_rate=30.0, code_rate=30.0)
    look = learn(feed, "warm", adapt=True, settings=wild, tell=told.append)
    zero_shot = learn(feed, "warm")
    assert torch.equal(look.code, zero_shot.code)
    assert look.about["adapted"] is False
    assert any("did not help" in sentence for sentence in told)


def test_evidence_asks_the_folds_to_agree() -> None:
    assert Evidence([[1.0, 0.9, 0.8]] * 4).best() == (2, 1.0, pytest.approx(0.8))
    assert Evidence([[1.0, 1.2], [1.0, 1.3]]).best()[0] == 0
    split = Evidence([[1.0, 0.2], [1.0, 1.6], [1.0, 0.3], [1.0, 1.7]])
    assert split.best()[0] == 0
    assert Evidence([[1.0, 0.2]]).best()[0] == 0


def test_too_little_time_keeps_the_zero_shot_look(feed: Path) -> None:
    look = learn(feed, "warm", adapt=True, minutes=1e-6, settings=QUICK)
    assert look.about["adapted"] is False


def test_three_photos_are_not_adapted(feed: Path) -> None:
    for index in range(3, 8):
        (feed / f"{index}.jpg").unlink()
    look = learn(feed, "few", adapt=True)
    assert look.about["adapted"] is False
    assert look.about["photos"] == 3


def test_one_photo_is_enough_for_a_zero_shot_look(feed: Path) -> None:
    look = learn([feed / "0.jpg"], "one", adapt=True)
    assert bool(torch.isfinite(look.code).all())


@pytest.mark.parametrize("minutes", [0.0, -1.0])
def test_no_minutes_are_refused(feed: Path, minutes: float) -> None:
    with pytest.raises(LooksmithError, match="more than 0"):
        learn(feed, "warm", minutes=minutes)


def test_a_statement_that_no_look_could_hold_is_refused(feed: Path) -> None:
    with pytest.raises(LooksmithError, match="5000 characters"):
        learn(feed, "warm", consent="y" * 5000)


def test_who_is_certain_of_a_look_gets_more_of_it(feed: Path) -> None:
    amounts = [
        learn(sorted(feed.iterdir())[:3], "x", certain=certain).about["tone"]["amount"]
        for certain in (False, True)
    ]
    assert amounts[0] < 0.2 and amounts[1] == pytest.approx(0.75)


def test_consent_is_kept(feed: Path) -> None:
    assert learn(feed, "warm", consent="Mine").about["consent"] == "Mine"


def test_a_look_as_weak_as_chance_is_given_in_part(
    feed: Path, tmp_path: Path, photos: list[NDArray[np.uint8]]
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    for index, photo in enumerate(photos):
        Image.fromarray(photo).save(plain / f"{index}.jpg", quality=92)
    strong, weak = learn(feed, "warm"), learn(plain, "plain")
    assert strong.about["change"] > 6
    assert strong.weights.item() > 0.9
    assert weak.about["change"] < strong.about["change"]
    assert weak.weights.item() < strong.weights.item()


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 80, 40)])
def test_photos_of_a_single_colour_are_refused(
    colour: tuple[int, int, int], tmp_path: Path
) -> None:
    for index in range(6):
        Image.new("RGB", (64, 48), colour).save(tmp_path / f"{index}.png")
    with pytest.raises(PhotoError, match="a single colour"):
        learn(tmp_path, "odd")


def test_copies_and_blank_photos_change_nothing_of_a_look(
    feed: Path, photo: NDArray[np.uint8]
) -> None:
    plain = learn(feed, "plain")
    for index in range(20):
        (feed / f"copy{index}.jpg").write_bytes((feed / "0.jpg").read_bytes())
        Image.new("RGB", (64, 48)).save(feed / f"black{index}.png")
    told: list[str] = []
    look = learn(feed, "odd", tell=told.append)
    count = plain.photos[0]
    assert any(f"Only {count} of {count + 40}" in sentence for sentence in told)
    assert look.about["photos"] == count + 40 and look.photos == [count]
    assert torch.allclose(look.code, plain.code, atol=1e-4)
    assert torch.allclose(look.weights, plain.weights, atol=1e-4)


def test_the_card_of_a_feed_says_how_strong_dark_and_alike_it_is(
    photos: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    for index, photo in enumerate(photos * 3):
        dark = np.asarray(Image.fromarray(photo).resize((64, 48)), np.float32)
        turned = dark[:, ::-1] if index % 2 else dark
        dusk = 250 * (turned / 255) ** 2.5 + index % 3
        Image.fromarray(dusk.astype(np.uint8)).save(tmp_path / f"{index:02}.png")
    look = learn(tmp_path, "night")
    shown = Console(file=(out := io.StringIO()), width=200)
    shown.print(card(look, default_base()))
    said = out.getvalue()
    assert "bold (ΔE" in said and "photos differ in light" in said
    assert "other photos with this grade" in said


def test_photos_of_one_thing_are_trusted_less_than_photos_of_many() -> None:
    """Their look is so far beyond chance that the trust alone weighs it."""
    generator = torch.Generator().manual_seed(0)
    photos = 0.6 * torch.rand(8, 3, 64, 64, generator=generator) ** torch.tensor([2.0, 1, 1]).view(
        1, 3, 1, 1
    )
    many = load_plain().mean + torch.randn(8, 1280, generator=generator)
    one = many[:1].expand(8, -1)
    alike, varied = (learn(Feed(photos, "", (), shown), "x") for shown in (one, many))
    assert min(alike.about["change"], varied.about["change"]) > 15
    assert varied.weights.item() > 0.99
    assert alike.weights.item() == pytest.approx(0.825, abs=0.002)  # they count as one photo of 8
