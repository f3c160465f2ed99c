"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from looksmith.errors import LooksmithError
from looksmith.texts import text


@contextmanager
def whole_file(path: Path, error: type[LooksmithError] = LooksmithError) -> Iterator[Path]:
    """A file to write beside ``path``, renamed to it when the block ends well, else removed.

    Raises:
        LooksmithError: the file can't be written; of the type ``error``.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".looksmith-", suffix=path.suffix)
        os.close(handle)
        part = Path(name)
        try:
            yield part
            umask = os.umask(0)
            os.umask(umask)
            part.chmod(0o666 & ~umask)  # mkstemp() lets only the owner read
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as failure:
        why = failure.strerror or failure
        raise error(text("photo.unwritable", path=path, why=why)) from failure
