"""Weights that are not shipped: fetched once, checked, kept in a cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import urllib.request
from pathlib import Path

from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.texts import text

_TIMEOUT = 30.0  # seconds without an answer


def cache_folder() -> Path:
    """``LOOKSMITH_CACHE``, or ``looksmith`` in the user's cache folder (XDG)."""
    own = os.environ.get("LOOKSMITH_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "looksmith"


def fetch(url: str, sha256: str) -> Path:
    """The file of a URL, from the cache or downloaded into it.

    ``sha256`` is the digest of the content in hexadecimal, or how it begins.

    Raises:
        LooksmithError: it can't be downloaded, or its digest is another.
    """
    path = cache_folder() / url.rsplit("/", 1)[-1]
    if path.is_file() and _digest(path).startswith(sha256):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer, part.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except OSError as error:  # urllib's errors are
            why = getattr(error, "reason", None) or error
            raise LooksmithError(text("download.failed", url=url, path=path, why=why)) from error
        if not _digest(part).startswith(sha256):
            raise LooksmithError(text("download.digest", url=url))
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
