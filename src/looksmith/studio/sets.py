"""Sets: jobs that make many files at once, avatars of a portrait or a campaign over photos.

A set is a folder named by its job; ``set.json`` in it lists the pictures that people look at (each
with a small copy for browsers) and the files that go into the download. Nothing is read of a set
before that list is there; while a set is being made, it has pictures, but no files.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from looksmith.files import whole_file
from looksmith.photos import fitted, read_rgb

AVATARS, CAMPAIGN = "avatars", "campaign"
KINDS = (AVATARS, CAMPAIGN)
THUMB = 480
"""Pixels of the longer side of small copies."""
LIST = "set.json"
"""The name of the list in the set's folder."""
_MANIFEST = "manifest.csv"


@dataclass(frozen=True)
class Picture:
    """One picture of a set, or why it could not be made."""

    name: str
    """In the download."""
    file: str | None
    """Relative to the set's folder."""
    about: dict[str, str] = field(default_factory=dict)
    """What it is: the treatment and background of an avatar; product, look and user."""
    problem: str | None = None


@dataclass(frozen=True)
class Listed:
    """What a set holds."""

    pictures: tuple[Picture, ...]
    files: tuple[tuple[str, str], ...]
    """Everything in the download: its name there, and where it lies in the set's folder."""


def keep_list(folder: Path, pictures: Sequence[Picture], others: Sequence[str] = ()) -> None:
    """Write small copies, a manifest and the list, which makes the folder a set.

    Args:
        folder: holds the files already.
        pictures: what people look at.
        others: files, relative to the folder, that go into the download, too.
    """
    _write_manifest(folder, pictures)
    files = [(one.name, one.file) for one in pictures if one.file is not None]
    _keep(folder, pictures, [*files, *((name, name) for name in (*others, _MANIFEST))])


def keep_pictures(folder: Path, pictures: Sequence[Picture]) -> list[Path]:
    """Write what can be seen of a set that is being made: small copies and a list without files.
    Pictures keep their numbers, so those that come later are last. Returns what was written."""
    return _keep(folder, pictures, [])


def _keep(
    folder: Path, pictures: Sequence[Picture], files: Sequence[tuple[str, str]]
) -> list[Path]:
    written = []
    (folder / small_copy(0)).parent.mkdir(exist_ok=True)
    for number, picture in enumerate(pictures):
        small = folder / small_copy(number)
        if picture.file is not None and not small.exists():
            pixels = read_rgb(folder / picture.file)
            if max(pixels.shape[:2]) > THUMB:
                pixels = fitted(pixels, THUMB)
            with whole_file(small) as part:
                Image.fromarray(pixels).save(part, quality=82)
            written.append(small)
    listed = {"pictures": [asdict(one) for one in pictures], "files": files}
    with whole_file(folder / LIST) as part:
        part.write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
    return [*written, folder / LIST]


def _write_manifest(folder: Path, pictures: Sequence[Picture]) -> None:
    facts = list(dict.fromkeys(key for one in pictures for key in one.about))
    with (
        whole_file(folder / _MANIFEST) as part,
        part.open("w", encoding="utf-8-sig", newline="") as file,  # spreadsheets look for the mark
    ):
        rows = csv.writer(file)
        rows.writerow(("file", *facts, "problem"))
        for one in pictures:
            values = [_harmless(one.about.get(key, "")) for key in facts]
            rows.writerow((one.name if one.file else "", *values, one.problem or ""))


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def read_list(path: Path) -> Listed:
    """What a set holds, from its list; nothing where there is none yet."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Listed((), ())
    files = tuple((name, where) for name, where in listed["files"])
    return Listed(tuple(Picture(**one) for one in listed["pictures"]), files)


def small_copy(number: int) -> str:
    """The small copy of a picture, WebP; relative to the set's folder."""
    return f"small/{number}.webp"


def looks_of(given: dict[str, Any]) -> list[str]:
    """The looks that a job's input asks for."""
    return [given["look"]] if "look" in given else list(given.get("looks", ()))


def unique(names: Sequence[str]) -> Iterator[str]:
    """Names with a number where one has been there before."""
    seen: dict[str, int] = {}
    for name in names:
        count = seen[name.lower()] = seen.get(name.lower(), 0) + 1
        path = PurePosixPath(name)
        yield name if count == 1 else str(path.with_name(f"{path.stem}-{count}{path.suffix}"))


def file_part(name: str) -> str:
    """A name as a part of a path in a download: no way up or out."""
    return name.replace("/", "-").replace("\\", "-").lstrip(". ") or "_"
