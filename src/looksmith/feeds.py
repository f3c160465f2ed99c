"""A feed: the photos a look is learned from, as small as the style encoder sees them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from looksmith.errors import PhotoError
from looksmith.networks.style_encoder import REFERENCE_SIZE
from looksmith.networks.subject import SUBJECT_SIZE, subject_network
from looksmith.photos import MAX_MEGAPIXELS, SUFFIXES, crop_resized, read_squares
from looksmith.pixels import Array, to_8_bit
from looksmith.texts import text

SHEET_COLUMNS, SHEET_TILE, SHEET_PHOTOS = 6, 32, 12
_PLAIN = 0.01  # standard deviation of a photo of one colour and its noise


@dataclass(frozen=True)
class Feed:
    """The readable photos of a feed."""

    references: Tensor
    """``(K, 3, 64, 64)`` sRGB in [0, 1]."""
    digest: str
    """SHA-256 over the files' SHA-256, in the order of the names."""
    skipped: tuple[str, ...]
    """One sentence for each file that was left out."""
    subjects: Tensor | None = None
    """What each photo shows, features ``(K, 1280)`` of ``networks/subject.py``; None where that is
    not known."""

    def __len__(self) -> int:
        return len(self.references)

    def telling(self) -> Feed:
        """The photos that say something of a look: each once, however often it is there,
        and none of a single colour."""
        small = F.interpolate(self.references, (8, 8), mode="area").flatten(1)
        last = {row.tobytes(): at for at, row in enumerate((small * 32).round().byte().numpy())}
        once = torch.tensor(sorted(last.values()), dtype=torch.long)
        return self.at(once[self.references[once].flatten(2).std(-1).mean(1) > _PLAIN])

    def at(self, rows: Tensor) -> Feed:
        """Some of its photos, by their numbers ``(N,)``."""
        subjects = None if self.subjects is None else self.subjects[rows]
        return replace(self, references=self.references[rows], subjects=subjects)

    def sheet(self) -> Tensor:
        """Up to 12 photos side by side, ``(H, W, 3)`` uint8: colours and light can be seen, people
        hardly."""
        chosen = torch.linspace(0, len(self) - 1, min(len(self), SHEET_PHOTOS)).round().long()
        small = F.interpolate(self.references[chosen], (SHEET_TILE, SHEET_TILE), mode="area")
        tiles = (small * 255).round().byte().permute(0, 2, 3, 1)
        columns = min(SHEET_COLUMNS, len(tiles))
        rows = -(-len(tiles) // columns)
        sheet = torch.full((rows * SHEET_TILE, columns * SHEET_TILE, 3), 255, dtype=torch.uint8)
        for i, tile in enumerate(tiles):
            top, left = i // columns * SHEET_TILE, i % columns * SHEET_TILE
            sheet[top : top + SHEET_TILE, left : left + SHEET_TILE] = tile
        return sheet


def feed_of_arrays(photos: Sequence[Array]) -> Feed:
    """Photos that are in memory, ``(H, W, 3)`` sRGB of uint8, uint16 or float in [0, 1], as a feed;
    it has no digest, since there are no files."""
    eights = [to_8_bit(photo) for photo in photos]
    small, large = (
        [crop_resized(photo, None, (size, size)) for photo in eights]
        for size in (REFERENCE_SIZE, SUBJECT_SIZE)
    )
    subjects = torch.cat([subject_of(square) for square in large])
    return Feed(_floats(np.stack(small)), "", (), subjects)


def _floats(squares: NDArray[np.uint8]) -> Tensor:
    """``(N, S, S, 3)`` uint8 to ``(N, 3, S, S)`` in [0, 1]."""
    return torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255


def subject_of(square: NDArray[np.uint8]) -> Tensor:
    """What a photo shows, read from ``(224, 224, 3)``: features ``(1, 1280)``."""
    return subject_network()(_floats(np.stack([square])))


def photo_paths(source: str | Path | Sequence[str | Path]) -> list[Path]:
    """The photo files of a folder (by suffix, in the order of their names), or the given paths.

    Raises:
        PhotoError: there is no such folder, or it can't be read.
    """
    if not isinstance(source, (str, Path)):
        return [Path(path) for path in source]
    folder = Path(source)
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise PhotoError(text("feed.no_source", path=folder))
    if not os.access(folder, os.R_OK | os.X_OK):
        raise PhotoError(text("feed.closed", path=folder))
    found = (p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    return sorted(p for p in found if not p.name.startswith("."))


def _none_read(source: str | Path | Sequence[str | Path], skipped: tuple[str, ...]) -> str:
    """Why there is no feed: of photos that can't be read, what is wrong with the first."""
    if skipped:
        count = len(skipped)
        return skipped[0] if count == 1 else text("feed.none", count=count, why=skipped[0])
    named = isinstance(source, (str, Path))
    return text("feed.empty", path=source) if named else text("feed.nothing")


def read_feed(
    source: str | Path | Sequence[str | Path], max_megapixels: float = MAX_MEGAPIXELS
) -> Feed:
    """Read a feed; what can't be read is left out and said.

    Raises:
        PhotoError: there is no such folder, or no photo in it could be read.
    """
    paths = photo_paths(source)

    def read(path: Path) -> tuple[NDArray[np.uint8], Tensor, bytes] | str:
        try:
            square, larger = read_squares(path, REFERENCE_SIZE, SUBJECT_SIZE, max_megapixels)
        except PhotoError as error:
            return str(error)
        return square, subject_of(larger), hashlib.sha256(path.read_bytes()).digest()

    with ThreadPoolExecutor(2) as pool:  # each reads in a context of its own: the caller's language
        contexts = [copy_context() for _ in paths]
        results = list(pool.map(lambda path, own: own.run(read, path), paths, contexts))
    read_ones = [result for result in results if not isinstance(result, str)]
    skipped = tuple(result for result in results if isinstance(result, str))
    if not read_ones:
        raise PhotoError(_none_read(source, skipped))
    squares, subjects, digests = zip(*read_ones, strict=True)
    digest = hashlib.sha256(b"".join(digests)).hexdigest()
    return Feed(_floats(np.stack(squares)), digest, skipped, torch.cat(subjects))
