"""Where everything of a user's lives: ``LOOKSMITH_HOME``, or the data folder of the platform."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def home() -> Path:
    """The folder for databases, profiles and results; it may not exist yet.

    ``LOOKSMITH_HOME`` if set; else ``looksmith`` in the user's data folder: ``XDG_DATA_HOME``
    or ``~/.local/share`` on Linux (XDG Base Directory Specification), ``~/Library/Application
    Support`` on macOS, ``%LOCALAPPDATA%`` on Windows.
    """
    own = os.environ.get("LOOKSMITH_HOME")
    return Path(own).expanduser() if own else _data_folder() / "looksmith"


def _data_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    data = os.environ.get("XDG_DATA_HOME", "")
    # The specification: a relative path is invalid and to be ignored.
    return Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
