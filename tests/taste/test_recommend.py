"""Recommendation from histories."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from looksmith.errors import TasteError
from looksmith.taste.recommend import Histories, Recommender, Settings, picture_scores, top
from looksmith.taste.stored_recommender import load_recommender, save_recommender


def two_worlds(users: int = 60, items: int = 20, seed: int = 0) -> Histories:
    """Users who take up items of one half only, in the order of their numbers."""
    generator = np.random.default_rng(seed)
    rows = [
        np.sort(generator.choice(items // 2, 6, replace=False)) + (user % 2) * items // 2
        for user in range(users)
    ]
    return Histories(np.arange(users + 1) * 6, np.concatenate(rows), items)


def test_items_of_ones_own_world_come_first() -> None:
    given = two_worlds()
    fitted = Recommender.fit(given, Settings(size=8))
    rows, scores = next(fitted.scores(given))
    best = top(scores, given.matrix()[rows], 4)
    worlds = np.arange(len(given)) % 2
    assert (best // 10 == worlds[:, None]).mean() > 0.98


def test_what_was_taken_up_is_not_shown_again() -> None:
    given = two_worlds()
    rows, scores = next(Recommender.fit(given).scores(given))
    best = top(scores, given.matrix()[rows], 10)
    for row, shown in enumerate(best):
        taken = given.items[given.starts[row] : given.starts[row + 1]]
        assert not np.isin(shown, taken).any()


def test_the_last_item_is_left_out() -> None:
    given = Histories(np.array([0, 3, 4, 6]), np.array([4, 2, 7, 1, 0, 5]), 8)
    rest, last = given.without_last()
    assert last.tolist() == [7, 5]
    assert rest.items.tolist() == [4, 2, 0]
    assert rest.starts.tolist() == [0, 2, 3]


def test_new_items_take_the_scores_of_similar_pictures() -> None:
    codes = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]
    known = np.array([True, True, True, False, False])
    scores = picture_scores(np.array([[0.9, 0.1, 0.5, 0, 0]], np.float32), codes, known)[0]
    assert scores[3] > scores[4]


def test_a_user_without_history_is_shown_what_most_like() -> None:
    given = two_worlds()
    nobody = Histories(np.array([0, 0]), np.zeros(0, np.int64), given.count)
    fitted = Recommender.fit(given, Settings(factors=0))
    scores = next(fitted.scores(nobody))[1]
    assert top(scores, None, 1)[0, 0] == fitted.popularity.argmax()


def test_a_stored_recommender_keeps_its_settings(tmp_path: Path) -> None:
    given = two_worlds()
    fitted = Recommender.fit(given, Settings(size=8, memory=0.5, neighbours=0.1))
    numbers = np.arange(given.count) + 7
    save_recommender(fitted, numbers, tmp_path / "r.safetensors")
    loaded = load_recommender(tmp_path / "r.safetensors")
    assert loaded is not None
    assert loaded[0].settings == fitted.settings
    np.testing.assert_array_equal(loaded[1], numbers)
    one, other = (next(some.scores(given))[1] for some in (fitted, loaded[0]))
    np.testing.assert_allclose(one, other)


@pytest.mark.parametrize("damage", ["no settings", "fewer items", "columns beyond", "not a file"])
def test_a_foreign_recommender_is_refused(tmp_path: Path, damage: str) -> None:
    path, given = tmp_path / "r.safetensors", two_worlds()
    save_recommender(Recommender.fit(given, Settings(size=8)), np.arange(given.count), path)
    stored = load_file(path)
    if damage == "fewer items":
        stored["popularity"] = stored["popularity"][1:]
    elif damage == "columns beyond":
        stored["neighbours.indices"] += given.count
    settings = {} if damage == "no settings" else {"settings": "{}"}
    save_file(stored, path, settings)
    if damage == "not a file":
        path.write_bytes(b"nonsense")
    with pytest.raises(TasteError, match="run taste fit again"):
        load_recommender(path)
