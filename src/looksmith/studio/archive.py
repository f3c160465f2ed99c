"""ZIP files as streams: nothing is gathered on disk or in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_BLOCK = 1 << 20


class _Pipe(io.RawIOBase):
    """Keeps what was written until it is taken; can't go back, so ``zipfile`` does not try."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._kept.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since."""
        taken, self._kept = b"".join(self._kept), []
        return taken


def zipped(files: list[tuple[str, Path]]) -> Iterator[bytes]:
    """A ZIP file of files under the given names, made unique; photos are not compressed again."""
    pipe, used = _Pipe(), set[str]()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files:
            inside = _unique(name, used)
            with path.open("rb") as source, archive.open(inside, "w", force_zip64=True) as target:
                while block := source.read(_BLOCK):
                    target.write(block)
                    yield pipe.take()
    yield pipe.take()


def _unique(name: str, used: set[str]) -> str:
    path, count, unique = PurePosixPath(name), 1, name
    while unique.lower() in used:
        count += 1
        unique = f"{path.stem}-{count}{path.suffix}"
    used.add(unique.lower())
    return unique
