"""Where the studio's files lie: ``AREA/WORKSPACE/IDENTIFIER.suffix``.

Nothing that a client sends becomes part of a path: identifiers are the studio's own, suffixes come
from a list.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from looksmith.photos import SUFFIXES

AREAS = ("photos", "previews", "looks", "results", "sets", "scratch")
_ID = re.compile(r"[0-9a-f]{36}|local")
_SUFFIX = re.compile(r"|\.(look|rgb|json)|" + "|".join(re.escape(s) for s in SUFFIXES))


class Files:
    """The files of all workspaces."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, area: str, workspace: str, name: str, suffix: str = "") -> Path:
        """The path of a file; its folder is made.

        Raises:
            ValueError: not an area, an identifier or a suffix of ours: a programming error.
        """
        fine = area in AREAS and _ID.fullmatch(workspace) and _ID.fullmatch(name)
        if not fine or not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"not a path of the studio: {area} {workspace} {name} {suffix}")
        folder = self.folder / area / workspace
        folder.mkdir(parents=True, exist_ok=True)
        return folder / (name + suffix)

    def scratch(self, workspace: str, job: str) -> Path:
        """An empty folder for what a job writes on its way; what an earlier try left is gone."""
        folder = self.path("scratch", workspace, job)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def remove(self, workspace: str, name: str, *areas: str) -> None:
        """Remove all files of that identifier in the areas."""
        for area in areas:
            for path in self.path(area, workspace, name).parent.glob(f"{name}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def orphans(self, known: Collection[str], older_than: float = 3600.0) -> Iterator[Path]:
        """Files that no row knows of, and whose writer has had time enough to tell."""
        oldest = time.time() - older_than
        for area in AREAS:
            for path in (self.folder / area).glob("*/*"):
                if path.name[:36] in known:
                    continue
                with contextlib.suppress(FileNotFoundError):  # its writer was quicker
                    if path.stat().st_mtime < oldest:
                        yield path
