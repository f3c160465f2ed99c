"""Files written whole or not at all, and what the system says when one can't be."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from looksmith.errors import LooksmithError
from looksmith.texts import text

_KNOWN = {
    errno.EACCES: "files.denied",
    errno.EPERM: "files.denied",
    errno.EROFS: "files.read_only",
    errno.ENOSPC: "files.full",
    errno.EDQUOT: "files.full",
    errno.ENAMETOOLONG: "files.name_too_long",
    errno.ELOOP: "files.loop",
    errno.EISDIR: "files.folder",
    errno.ENOENT: "files.missing",
    errno.EEXIST: "files.exists",
    errno.ENOTDIR: "files.not_folder",
}


@contextmanager
def whole_file(path: Path, error: type[LooksmithError] = LooksmithError) -> Iterator[Path]:
    """A file to write beside ``path``, renamed to it when the block ends well, else removed.

    It is on the disk before it takes its name, so that neither a full disk nor a power cut leaves
    half a file where a good one stood.

    Raises:
        LooksmithError: the file can't be written; of the type ``error``.
    """
    try:
        part = path.parent / f".looksmith-{secrets.token_hex(6)}{path.suffix}"
        # Made by open() rather than mkstemp(): the system then gives it the usual permissions.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        try:
            yield part
            _sync(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as failure:
        raise error(text("photo.unwritable", path=path, why=why(failure))) from failure


def why(failure: OSError) -> str:
    """What the system's error means, in a few words of the user's language."""
    key = _KNOWN.get(failure.errno or 0)
    return text(key) if key else failure.strerror or str(failure)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
