"""A look from a stranger is a look, or one clear sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from safetensors.torch import save_file

from looksmith.base import default_base
from looksmith.card import card, strength_of
from looksmith.errors import LookError
from looksmith.look import Look
from looksmith.look_schema import CORRECTION_SIZE, MOST_PARTS, check_name, checked, is_name
from looksmith.texts import printable

HEADER = {
    "format": "looksmith.look",
    "version": "1",
    "base": default_base().identity,
    "name": "warm",
}


def tensors(parts: int = 1, **changed: torch.Tensor) -> dict[str, torch.Tensor]:
    sound = {
        "code": torch.zeros(parts, 256),
        "transport": torch.eye(3, 4).expand(parts, -1, -1).contiguous(),
        "correction": torch.zeros(parts, 64),
        "weights": torch.full((parts,), 1 / parts),
    }
    return sound | changed


def header(about: object = None, **changed: str) -> dict[str, str]:
    return HEADER | {"about": json.dumps({} if about is None else about)} | changed


def test_the_base_has_as_many_corrections_as_a_look() -> None:
    assert len(default_base().networks.generator.tone.lut_basis) == CORRECTION_SIZE


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"weights": torch.tensor([1.5])}, "weights: out of range"),
        ({"weights": torch.tensor([-0.1])}, "weights: out of range"),
        ({"weights": torch.tensor([float("nan")])}, "weights: not finite"),
        ({"correction": torch.zeros(1, 1)}, "correction: shape"),
        ({"correction": torch.zeros(1, 7)}, "correction: shape"),
        ({"correction": torch.zeros(2, 64)}, "correction: shape"),
        ({"code": torch.full((1, 256), 1e30)}, "code: out of range"),
        ({"code": torch.zeros(1, 256, dtype=torch.float64)}, "code: torch.float64"),
        ({"code": torch.zeros(0, 256)}, "code: shape"),
        ({"transport": torch.full((1, 3, 4), float("inf"))}, "transport: not finite"),
        ({"sheet": torch.zeros(4, 4, dtype=torch.uint8)}, "sheet: shape"),
        ({"sheet": torch.zeros(4, 4, 4, dtype=torch.uint8)}, "sheet: shape"),
        ({"sheet": torch.zeros(4, 4, 3)}, "sheet: torch.float32"),
        ({"sheet": torch.zeros(1, 9000, 3, dtype=torch.uint8)}, "sheet: shape"),
        ({"mood": torch.zeros(1, 3, 5, 5, 6)}, "mood: shape"),
        ({"mood": torch.full((1, 3, 5, 5, 5), 9.0)}, "mood: out of range"),
        ({"extra": torch.zeros(1)}, "extra: unknown"),
    ],
)
def test_tensors_that_no_look_has_are_refused(
    changed: dict[str, torch.Tensor], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.look"
    save_file(tensors(**changed), path, header())
    with pytest.raises(LookError, match=words):
        Look.load(path)


def test_weights_above_1_together_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to 1.2"):
        checked(header(), tensors(2, weights=torch.tensor([0.6, 0.6])))


def test_thousands_of_parts_are_refused() -> None:
    checked(header(), tensors(MOST_PARTS))
    with pytest.raises(ValueError, match="shape"):
        checked(header(), tensors(3000))


def test_a_file_of_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.look"
    with path.open("wb") as file:
        file.truncate(10**10)  # sparse
    with pytest.raises(LookError, match="too large"):
        Look.load(path)


@pytest.mark.parametrize(
    "about",
    [
        [],
        "photos",
        None,
        7,
        {"photos": "many"},
        {"photos": -1},
        {"photos": True},
        {"digest": ["a"]},
        {"metrics": {"a": {"b": 1}}},
        {"metrics": [1]},
        {"parts": [{"name": "a"}]},
        {"parts": [{"name": "../x", "weight": 1}]},
        {"parts": [{"name": "a", "weight": 7}]},
        {"parts": {"name": "a"}},
        {"consent": "y" * 5000},
        {"consent": ["yes"]},
        {"parts": [{"name": "a", "weight": 0.1}] * 65},
        {"skin": [1]},
        {"skin": 5},
        {"skin": {"texture": "a"}},
        {"skin": {"texture": None}},
        {"skin": {"faces": -1}},
        {"makeup": [1]},
        {"tone": "dark"},
        {"tone": {"amount": None}},
        {"mood": {"amount": 3}},
        {"mood": {"evidence": "much"}},
        {"variety": [1]},
        {"makeup": {"map": "x", "skin": [0, 0], "finish": 0, "faces": 1}},
    ],
)
def test_an_about_of_another_kind_is_refused(about: object, tmp_path: Path) -> None:
    path = tmp_path / "odd.look"
    save_file(tensors(), path, HEADER | {"about": json.dumps(about)})
    with pytest.raises(LookError, match="not a look file, or it is damaged"):
        Look.load(path)


@pytest.mark.parametrize(
    "words", ["", "{", "[" * 100_000, '{"photos": NaN}', '{"x": "' + "y" * 400_000 + '"}']
)
def test_an_about_that_is_no_json_or_far_too_much_is_refused(words: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.look"
    save_file(tensors(), path, HEADER | {"about": words})
    with pytest.raises(LookError, match="not a look file, or it is damaged"):
        Look.load(path)


NAMES = ["", " ", ".", "..", "a/b", "../x", "a\\b", "a\0b", "é" * 150, "\x1b[31mred", "a\nb", "‮a"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_look_can_have_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.look"
    save_file(tensors(), path, header(name=name))
    with pytest.raises(LookError, match="name"):
        Look.load(path)
    with pytest.raises(LookError, match="name"):
        check_name(name)


@pytest.mark.parametrize("name", ["warm", "暖色胶片", "été 2026", "a.b", "👩‍🎤", "x" * 200])
def test_ordinary_names_are_names(name: str) -> None:
    check_name(name)


def test_the_card_obeys_no_escape_codes() -> None:
    about = {
        "photos": 8,
        "consent": "yes\x1b]0;gone\x07",
        "digest": "\x1b[2J",
        "metrics": {"\x1b[1m": "\x9b31m"},
        "parts": [{"name": "a", "weight": 1.0}],
    }
    look = Look(**checked(header(about), tensors()))
    console = Console(record=True, width=200, file=None, force_terminal=False)
    with console.capture() as shown:
        console.print(card(look, default_base()))
    assert "\\x1b]0;gone\\x07" in shown.get()
    assert not any(c in shown.get() for c in "\x1b\x07\x9b")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ["photos", "digest", "adapted", "metrics", "change", "consent", "parts", "skin", "tone", "mood"]
)


@settings(max_examples=60, deadline=None)
@given(about=st.dictionaries(_KEYS, _JSON, max_size=4), name=st.text(max_size=30))
def test_whatever_a_header_says_it_is_a_look_with_a_card_or_a_clear_error(
    about: dict[str, Any], name: str
) -> None:
    try:
        parts = checked(header(about, name=name), tensors())
    except ValueError as error:
        assert "\n" not in printable(str(error))
        return
    assert is_name(name)
    console = Console(width=100)
    with console.capture() as shown:
        console.print(card(Look(**parts), default_base()))
    assert "Photos" in shown.get()


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"mood": {"evidence": 2.2, "amount": 0.0}, "variety": 0.8}, "left out, since skin"),
        ({"mood": {"evidence": 0.9, "amount": 0.0}, "variety": 0.8}, "no more than chance"),
        ({"mood": {"evidence": 2.2, "amount": 0.0}}, "fewer than four photos"),
        ({"mood": {"evidence": 2.2, "amount": 0.5}, "variety": 0.8}, "in part (50%)"),
    ],
)
def test_the_card_says_why_no_mood_is_given(about: dict[str, Any], words: str) -> None:
    console = Console(width=200)
    with console.capture() as shown:
        console.print(card(Look(**checked(header(about), tensors())), default_base()))
    assert words in shown.get()


@pytest.mark.parametrize(
    "changed", [{"version": ""}, {"version": "x"}, {"version": "-1"}, {"format": "other"}]
)
def test_a_header_that_is_none_is_said_in_plain_words(
    changed: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "odd.look"
    save_file(tensors(), path, header(**changed))
    with pytest.raises(LookError, match="no Looksmith header"):
        Look.load(path)


@pytest.mark.parametrize(
    ("about", "how"),
    [
        ({}, None),
        ({"change": 2.0}, "subtle"),
        ({"change": 2.0, "tone": {"evidence": 3.0, "amount": 0.9}}, "clear"),
        ({"change": 2.0, "tone": {"evidence": 1.0, "amount": 0.9}}, "subtle"),
        ({"change": 2.0, "mood": {"evidence": 3.0, "amount": 0.6}}, "clear"),
        ({"change": 9.0, "mood": {"evidence": 3.0, "amount": 0.6}}, "bold"),
    ],
)
def test_light_and_palette_count_in_how_much_a_look_does(
    about: dict[str, Any], how: str | None
) -> None:
    assert strength_of(about) == how
