"""Storage by URL, through fsspec: ``s3://bucket/prefix`` (with s3fs), or any other it knows."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from looksmith.errors import LooksmithError
from looksmith.texts import text
from looksmith.urls import without_secrets

_TRIES = 3
_PAUSE = 0.3  # seconds, doubled with every try
T = TypeVar("T")


@dataclass(frozen=True)
class Store:
    """Files by key below a prefix."""

    system: Any
    """Of fsspec."""
    root: str

    @classmethod
    def open(cls, url: str) -> Store:
        """
        Raises:
            LooksmithError: fsspec does not know the URL's kind, what it needs is missing, or the
                server does not answer.
        """
        from fsspec.core import url_to_fs

        try:
            system, root = url_to_fs(url, use_listings_cache=False)  # others write there, too
        except (ImportError, OSError, ValueError) as error:
            shown, why = without_secrets(url), without_secrets(str(error))
            raise LooksmithError(text("studio.store_url", url=shown, why=why)) from error
        return cls(system, root.rstrip("/"))

    def put(self, file: Path, key: str) -> None:
        """Keep a file.

        Raises:
            LooksmithError: the store does not answer.
        """
        place = f"{self.root}/{key}"

        def put() -> None:
            self.system.makedirs(place.rsplit("/", 1)[0], exist_ok=True)
            self.system.put_file(str(file), place)

        self._asked(put)

    def has(self, key: str) -> bool:
        """Whether there is a file of that key.

        Raises:
            LooksmithError: the store does not answer.
        """
        return bool(self._asked(lambda: self.system.isfile(f"{self.root}/{key}")))

    def get(self, key: str, file: Path) -> None:
        """Fetch a file.

        Raises:
            LooksmithError: there is none, or the store does not answer.
        """
        self._asked(lambda: self.system.get_file(f"{self.root}/{key}", str(file)))

    def remove(self, key: str) -> None:
        """Remove the file of that key, those with a suffix more, and those below it.

        Raises:
            LooksmithError: the store does not answer.
        """
        place = f"{self.root}/{key}"

        def remove() -> None:
            for found in [*self.system.glob(f"{place}.*"), *self.system.find(place)]:
                self.system.rm_file(found)

        self._asked(remove)

    def keys(self, older_than: float) -> Iterator[str]:
        """Keys of files that were written before a time.

        Raises:
            LooksmithError: the store does not answer.
        """
        found = self._asked(lambda: self.system.find(self.root, detail=True))
        for place, facts in found.items():
            written = facts.get("LastModified") or facts.get("created") or facts.get("mtime") or 0
            if isinstance(written, datetime.datetime):
                written = written.timestamp()
            if written < older_than:
                yield place.removeprefix(self.root).lstrip("/")

    def _asked(self, ask: Callable[[], T]) -> T:
        for attempt in range(_TRIES):
            try:
                return ask()
            except Exception as error:  # each store has errors of its own
                if attempt + 1 == _TRIES:
                    why = without_secrets(str(error).split("\n")[0])
                    raise LooksmithError(text("studio.store", why=why)) from error
                time.sleep(_PAUSE * 2**attempt)
        raise AssertionError
