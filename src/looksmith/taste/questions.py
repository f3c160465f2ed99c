"""The quiz as people meet it: pairs of pictures in a folder, answers from a terminal or a file.

``pairs.json`` in the folder says what each pair differs in; it names no user.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from looksmith.errors import TasteError
from looksmith.feeds import photo_paths
from looksmith.files import whole_file
from looksmith.photos import Photo, read_fitted, write_photo
from looksmith.pixels import Array
from looksmith.provenance import content_id, xmp_label
from looksmith.taste.api import Taste
from looksmith.taste.directions import Vector
from looksmith.taste.features import FEATURES
from looksmith.taste.profiles import Profile
from looksmith.taste.quiz import Pair, choose_pair, choose_pairs, contents_of, version
from looksmith.texts import text

SIDE = 640
_SAMPLES = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")
_ANSWERS = {"a": "a", "b": "b", "=": "=", "1": "a", "2": "b"}


class _Pairs(BaseModel):
    """``pairs.json``."""

    differences: list[list[float]] = Field(max_length=64)


def read_photos(folder: Path | None) -> list[Array]:
    """The photos of a folder (at most 16), or scikit-image's samples.

    Raises:
        PhotoError: there is no such folder, or a photo can't be read.
    """
    if folder is None:
        import skimage.data

        home = Path(str(skimage.data.__file__)).parent
        paths = [home / name for name in _SAMPLES]
    else:
        paths = photo_paths(folder)[:16]
    if not paths:
        raise TasteError(text("feed.empty", path=folder))
    return [read_fitted(path, SIDE) for path in paths]


def write_pairs(
    taste: Taste, user: str, photos: list[Array], count: int, folder: Path, seed: int
) -> None:
    """Write pairs to be answered later: ``pair-1-a.jpg``, ``pair-1-b.jpg``, …, ``pairs.json``."""
    posterior = taste.profile(user).posterior
    pairs = choose_pairs(posterior, taste.scale, contents_of(photos), count, seed)
    for number, pair in enumerate(pairs, 1):
        _write_pair(folder, number, photos[pair.photo], pair)
    stored = _Pairs(differences=[pair.difference.tolist() for pair in pairs])
    with whole_file(folder / "pairs.json") as part:
        part.write_text(stored.model_dump_json())


def answer_file(taste: Taste, user: str, folder: Path, answers: Path) -> int:
    """Take in answers to the pairs of a folder: one ``a``, ``b`` or ``=`` a line. Each pair counts
    once, however often it is answered, and as it was answered last.

    Returns how many answers are new or other than before.

    Raises:
        TasteError: a file is missing or foreign, or there are more answers than pairs.
    """
    differences = _read_differences(folder / "pairs.json")
    if not answers.is_file():
        raise TasteError(text("taste.file_missing", path=answers))
    lines = answers.read_text(encoding="utf-8", errors="replace").split()
    said = [_ANSWERS.get(line.strip().lower()) for line in lines]
    if None in said or len(said) > len(differences) or not said:
        raise TasteError(text("quiz.answers", path=answers, count=len(differences)))
    signs = {"a": 1.0, "b": -1.0}
    given = {
        _question(differences, number): signs[one] * difference if one in signs else None
        for number, (one, difference) in enumerate(zip(said, differences, strict=False))
    }
    return taste.answer_once(user, given)


def _question(differences: list[Vector], number: int) -> str:
    """The id of a pair: its place among the pairs that were written together."""
    whole = np.concatenate(differences).astype("<f8").tobytes()
    return hashlib.sha256(whole + bytes([number])).hexdigest()[:24]


def terminal_quiz(
    taste: Taste,
    user: str,
    photos: list[Array],
    count: int,
    folder: Path,
    seed: int,
    say: Callable[[str], None],
    ask: Callable[[str], str],
) -> Profile:
    """Show pair after pair as files and take answers, each pair chosen by those before."""
    generator, contents = np.random.default_rng(seed), contents_of(photos)
    for number in range(1, count + 1):
        posterior = taste.profile(user).posterior
        pair = choose_pair(posterior, taste.scale, contents, generator)
        first, second = _write_pair(folder, number, photos[pair.photo], pair)
        said = None
        while said is None:
            say(text("quiz.question", number=number, count=count, first=first, second=second))
            said = _ANSWERS.get(ask("> ").strip().lower())
        if said in ("a", "b"):
            taste.answer(user, pair, said)
    return taste.profile(user)


def _write_pair(folder: Path, number: int, photo: Array, pair: Pair) -> tuple[Path, Path]:
    paths = folder / f"pair-{number}-a.jpg", folder / f"pair-{number}-b.jpg"
    for path, move in zip(paths, pair.moves, strict=True):
        made = version(photo, move)
        write_photo(Photo(made), path, xmp_label("quiz", produce_id=content_id(made)))
    return paths


def _read_differences(path: Path) -> list[Vector]:
    try:
        stored = _Pairs.model_validate(json.loads(path.read_text(encoding="utf-8")))
        rows = stored.differences
        if any(len(row) != FEATURES or not np.isfinite(row).all() for row in rows):
            raise ValueError("not the features of this version")
    except (OSError, ValueError, ValidationError) as error:
        raise TasteError(text("quiz.pairs", path=path)) from error
    return [np.clip(row, -10, 10) for row in rows]
