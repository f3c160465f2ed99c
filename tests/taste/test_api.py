"""Taste from Python: results follow what users said, and only theirs."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from looksmith.errors import TasteError
from looksmith.look import Look
from looksmith.photos import read_photo
from looksmith.taste.api import Taste
from looksmith.taste.directions import DIRECTIONS, NAMES, Scale
from looksmith.taste.importing import import_events
from looksmith.taste.questions import read_photos
from looksmith.taste.quiz import choose_pairs, contents_of
from looksmith.transfer import Transfer
from looksmith.transfer import apply_file as plain_file


def warmth(path: Path) -> float:
    pixels = np.asarray(Image.open(path).convert("RGB"), np.float64)
    return float(pixels[..., 0].mean() - pixels[..., 2].mean())


def teach(taste: Taste, user: str, name: str, sign: float, count: int = 10) -> None:
    """Answer quiz pairs as one who likes a direction."""
    index = NAMES.index(name)
    contents = contents_of(read_photos(None))
    for pair in choose_pairs(taste.profile(user).posterior, taste.scale, contents, count):
        taste.answer(user, pair, "a" if sign * pair.difference[index] > 0 else "b")


def test_a_new_user_gets_the_plain_look(
    taste: Taste, look: Look, product: Path, tmp_path: Path
) -> None:
    shown = taste.transfer(look, "nobody", read_photo(product))[0]
    plain = Transfer(look, base=taste.base)
    pixels = read_photo(product).pixels
    assert np.array_equal(shown.pixels(pixels), plain.pixels(pixels))


def test_results_follow_the_taste(taste: Taste, look: Look, product: Path, tmp_path: Path) -> None:
    teach(taste, "warm", "warmth", 1)
    teach(taste, "cool", "warmth", -1)
    for user in ("warm", "cool"):
        taste.apply_file(look, product, tmp_path / f"{user}.png", user)
    plain_file(Transfer(look, base=taste.base), product, tmp_path / "plain.png")
    cool, plain, warm = (warmth(tmp_path / f"{n}.png") for n in ("cool", "plain", "warm"))
    # A feed of four warm photos leaves less room for more warmth than for less.
    assert cool + 2 < plain < warm - 0.5
    assert taste.profile("warm").state != "cold"


def test_a_reaction_moves_the_profile_at_once_and_can_be_undone(
    taste: Taste, look: Look, product: Path, tmp_path: Path
) -> None:
    shown = taste.variants(look, product, "u1", tmp_path, count=3, seed=1)
    before = taste.profile("u1").posterior
    liked = shown[1]
    started = time.perf_counter()
    taste.feedback("u1", liked.identity, "like")
    assert time.perf_counter() - started < 0.25  # under 50 ms on an idle machine
    assert liked.made.difference is not None
    after = taste.profile("u1").posterior
    assert after.mean @ liked.made.difference > before.mean @ liked.made.difference
    assert taste.undo("u1") == "like"
    np.testing.assert_allclose(taste.profile("u1").posterior.mean, before.mean, atol=1e-5)
    with pytest.raises(TasteError, match="taken back"):
        taste.undo("u1")


def test_reactions_are_only_to_ones_own_results(
    taste: Taste, look: Look, product: Path, tmp_path: Path
) -> None:
    shown = taste.variants(look, product, "u1", tmp_path, count=1)
    teach(taste, "u2", "fade", 1, count=1)
    for user, result, reaction, says in (
        ("u2", shown[0].identity, "like", "no such result"),
        ("u1", "000000000000", "like", "no such result"),
        ("u1", shown[0].identity, "adore", "no such reaction"),
        ("u3", shown[0].identity, "like", "no such user"),
    ):
        with pytest.raises(TasteError, match=says):
            taste.feedback(user, result, reaction)


def test_forgotten_is_forgotten(taste: Taste, look: Look, product: Path, tmp_path: Path) -> None:
    name = "very-secret-user"
    events = tmp_path / "events.csv"
    events.write_text(f"user,item,action,time\n{name},i1,like,1700000000\n{name},i1,adore,1\n")
    import_events(taste.database, events)
    teach(taste, name, "warmth", 1, count=3)
    shown = taste.variants(look, product, name, tmp_path, count=2)
    posterior = taste.profile(name).posterior.mean.astype("<f4").tobytes()
    home = taste.database.folder.parent.parent
    held = b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
    assert name.encode() in held
    assert posterior[:16] in held
    assert name.encode() not in b"".join(result.path.read_bytes() for result in shown)
    taste.forget(name)
    held = b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
    assert name.encode() not in held
    assert posterior[:16] not in held
    assert not any(result.path.exists() for result in shown)
    with pytest.raises(TasteError, match="no such user"):
        taste.forget(name)


def test_every_direction_moves_what_it_is_named_for(taste: Taste) -> None:
    scale: Scale = taste.scale
    own = np.diag(scale.jacobian)
    assert (own > 0.2).all()
    assert scale.jacobian.shape == (DIRECTIONS, DIRECTIONS)
