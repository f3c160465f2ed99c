"""Where the studio's files lie: ``AREA/WORKSPACE/IDENTIFIER.suffix``, in its folder.

With the URL of a store (``s3://bucket/prefix``, whatever fsspec knows), the store has everything
and the folder is a cache of it: what was written here is sent (``send``), what is asked for is
fetched (``here``). Nothing that a client sends becomes part of a path: identifiers are the studio's
own, suffixes come from a list.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from looksmith.files import whole_file
from looksmith.photos import SUFFIXES
from looksmith.studio.settings import Settings
from looksmith.studio.stores import Store

AREAS = ("photos", "previews", "looks", "results", "sets", "scratch")
_CACHED = 86_400.0  # seconds that what the store has, too, stays here
_ID = re.compile(r"[0-9a-f]{36}|local")
_SUFFIX = re.compile(r"|\.(look|rgb|json)|" + "|".join(re.escape(s) for s in SUFFIXES))


class Files:
    """The files of all workspaces."""

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.folder, self.store = folder, store

    @classmethod
    def of(cls, settings: Settings) -> Files:
        """The files of a studio.

        Raises:
            LooksmithError: the store's URL can't be used.
        """
        return cls(settings.folder, None if settings.store is None else Store.open(settings.store))

    def path(self, area: str, workspace: str, name: str, suffix: str = "") -> Path:
        """Where a file is written; its folder is made.

        Raises:
            ValueError: not an area, an identifier or a suffix of ours: a programming error.
        """
        fine = area in AREAS and _ID.fullmatch(workspace) and _ID.fullmatch(name)
        if not fine or not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"not a path of the studio: {area} {workspace} {name} {suffix}")
        folder = self.folder / area / workspace
        folder.mkdir(parents=True, exist_ok=True)
        return folder / (name + suffix)

    def send(self, path: Path, written: Path | None = None) -> None:
        """Give the store a file or a folder that was written: at ``path``, or at ``written`` if it
        goes there later.

        Raises:
            LooksmithError: the store does not answer.
        """
        if self.store is None:
            return
        source = written or path
        files = [p for p in source.rglob("*") if p.is_file()] if source.is_dir() else [source]
        for file in files:
            self.store.put(file, self._key(path / file.relative_to(source)))

    def here(
        self,
        area: str,
        workspace: str,
        name: str,
        suffix: str = "",
        inside: str = "",
        anew: bool = False,
    ) -> Path:
        """The path of a file to read, or of one ``inside`` a folder of ours; there may be none.

        Args:
            area: and what follows, as for ``path``.
            workspace: whose file it is.
            name: identifier of what it belongs to.
            suffix: of its name.
            inside: where it lies in a folder of ours.
            anew: it may have changed elsewhere since it was fetched; looks always may.

        Raises:
            LooksmithError: the store does not answer.
        """
        path = self.path(area, workspace, name, suffix) / inside
        if self.store is not None:
            if anew or area == "looks" or not path.exists():
                self._fetch(path, self.store)
            with contextlib.suppress(FileNotFoundError):
                os.utime(path)  # the cache keeps what is used
        return path

    def _fetch(self, path: Path, store: Store) -> None:
        key = self._key(path)
        if store.has(key):
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as part:
                store.get(key, part)

    def _key(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix().rstrip("/")

    def scratch(self, workspace: str, job: str) -> Path:
        """An empty folder for what a job writes on its way; what an earlier try left is gone."""
        folder = self.path("scratch", workspace, job)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def remove(self, workspace: str, name: str, *areas: str) -> None:
        """Remove all files of that identifier in the areas."""
        for area in areas:
            path = self.path(area, workspace, name)
            for found in path.parent.glob(f"{name}*"):
                _remove(found)
            if self.store is not None:
                self.store.remove(self._key(path))

    def sweep(
        self, known: Collection[str], needed: Collection[str] = (), older_than: float = 3600.0
    ) -> None:
        """Remove files that no row knows of, and whose writer has had time enough to tell; and what
        the store has, too, and nobody used for a day, but for what jobs ``needed`` here."""
        oldest = time.time() - older_than
        for path in self._old("*/*", oldest):
            if path.name[:36] not in known:
                _remove(path)
        if self.store is None:
            return
        for path in self._old("**/*", time.time() - _CACHED):
            name = path.relative_to(self.folder).parts[2][:36]
            if path.is_file() and name not in needed:
                _remove(path)
        for key in self.store.keys(oldest):
            if key.split("/")[2][:36] not in known:
                self.store.remove(key)

    def _old(self, pattern: str, oldest: float) -> Iterator[Path]:
        for area in AREAS:
            for path in (self.folder / area).glob(pattern):
                with contextlib.suppress(FileNotFoundError):  # its writer was quicker
                    if path.stat().st_mtime < oldest:
                        yield path


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
