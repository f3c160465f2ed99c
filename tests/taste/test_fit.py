"""``taste fit``: what it learns serves users, and holds nothing of those who are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from looksmith.look import Look
from looksmith.taste.api import Taste
from looksmith.taste.importing import import_events, import_items
from looksmith.taste.user_training import UserTraining
from looksmith.transfer import Transfer

SETTINGS = UserTraining(steps=40, batch=8)
WARM, COOL = np.array([1.0, 0.85, 0.6]), np.array([0.65, 0.85, 1.0])


def shop(folder: Path, photos: list, users: int = 6) -> tuple[Path, Path]:  # type: ignore[type-arg]
    """Twenty-four pictures, half of them warm, and users who like one half. Two more pictures
    that nobody has seen, and one that is missing."""
    rows = ["id,image"]
    for index in range(26):
        tone = WARM if index % 2 == 0 else COOL
        photo = photos[index // 2 % len(photos)][:, :: (-1 if index % 3 else 1)]
        shade = 1 - 0.02 * (index // 2)
        Image.fromarray((photo * tone * shade).astype(np.uint8)).save(folder / f"i{index}.jpg")
        rows.append(f"i{index},i{index}.jpg")
    rows.append("gone,gone.jpg")
    (folder / "items.csv").write_text("\n".join(rows))
    events = ["user,item,action,time"]
    for user in range(users):
        for step in range(16):
            item = (5 * step + user) % 24
            liked = (item % 2 == 0) == (user % 2 == 0)
            events.append(f"u{user},i{item},{'like' if liked else 'dislike'},{1700000000 + step}")
    (folder / "events.csv").write_text("\n".join(events))
    return folder / "items.csv", folder / "events.csv"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory, photos: list) -> Taste:  # type: ignore[type-arg]
    """A shop with even users who like warm pictures and odd ones who like cool ones."""
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOOKSMITH_HOME", str(folder / "home"))
        taste = Taste.open()
        items, events = shop(folder, photos)
        import_items(taste.database, items)
        import_events(taste.database, events)
        counts = taste.fit(minutes=1, settings=SETTINGS)
    assert counts == {"missing": 1, "population": 6, "items": 24, "trained": 6}
    return taste


def test_profiles_follow_events(fitted: Taste) -> None:
    warm, cool = fitted.profile("u0"), fitted.profile("u1")
    assert warm.likes()["warmth"][0] > 0.1 > -0.1 > cool.likes()["warmth"][0]


def test_new_items_are_recommended_by_their_pictures(fitted: Taste) -> None:
    for user, mine, theirs in (("u0", "i24", "i25"), ("u1", "i25", "i24")):
        order = [name for name, _ in fitted.recommend_items(user, 30)]
        assert order.index(mine) < order.index(theirs)
        assert "gone" in order  # a picture is not needed


def test_user_vectors_tell_tastes_apart(fitted: Taste) -> None:
    vectors = [fitted.vector(f"u{index}") for index in range(4)]
    assert fitted.vector("nobody") is None
    a, b, c, d = (vector[0] for vector in vectors if vector is not None)

    def apart(one: torch.Tensor, other: torch.Tensor) -> float:
        return float((one - other).norm())

    assert max(apart(a, c), apart(b, d)) < min(apart(a, b), apart(c, d))


def test_the_branch_leaves_the_plain_look_alone(
    fitted: Taste,
    look: Look,
    photos: list,  # type: ignore[type-arg]
) -> None:
    plain = Transfer(look, base=fitted.base).pixels(photos[0]).astype(int)
    same = Transfer(look, base=fitted.base_of_users).pixels(photos[0]).astype(int)
    vector = fitted.vector("u0")
    personal = Transfer(look, user=vector, base=fitted.base_of_users).pixels(photos[0]).astype(int)
    assert np.abs(plain - same).max() <= 1
    assert np.abs(plain - personal).max() > 1


def test_without_a_user_a_fit_is_as_if_they_had_never_been(
    tmp_path: Path,
    photos: list,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[type-arg]
) -> None:
    items, events = shop(tmp_path, photos, users=5)
    files = []
    for name in ("with", "without"):
        monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / name))
        taste = Taste.open()
        import_items(taste.database, items)
        import_events(taste.database, events)
        if name == "with":
            more = tmp_path / "more.csv"
            rows = [f"u9,i{i},like,{1700000100 + i}" for i in range(12)]
            more.write_text("\n".join(["user,item,action,time", *rows]))
            import_events(taste.database, more)
            taste.forget("u9")
        taste.fit(minutes=1, settings=UserTraining(steps=3, batch=4))
        files.append(sorted(taste.database.folder.glob("*.safetensors")))
    assert [path.name for path in files[0]] == ["recommender.safetensors", "users.safetensors"]
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_one_user_cannot_spoil_the_population(
    fitted: Taste, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user with very many events moves a newcomer's prior hardly more than one with few."""
    home = tmp_path / "home"
    shutil.copytree(fitted.database.folder.parent.parent, home)
    monkeypatch.setenv("LOOKSMITH_HOME", str(home))
    taste = Taste.open(base=fitted.base)
    before = taste.profile("nobody").posterior
    flood = tmp_path / "flood.csv"
    rows = [f"bot,i{2 * (i % 12)},buy,{1600000000 + i}" for i in range(30_000)]
    flood.write_text("\n".join(["user,item,action,time", *rows]))
    import_events(taste.database, flood)
    taste.fit(minutes=0, settings=UserTraining(steps=1, batch=4))
    after = taste.profile("nobody").posterior
    deviations = np.sqrt(np.diag(before.covariance))
    assert (np.abs(after.mean - before.mean) < 0.35 * deviations).all()


def test_the_shop_can_measure_it(fitted: Taste) -> None:
    found = fitted.evaluate()
    assert set(found) == {"looksmith", "popularity"}
    assert all(0 <= figures.ndcg <= figures.hits <= 1 for figures in found.values())
