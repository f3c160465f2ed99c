"""Where a user's data lives."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from looksmith.home import home


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "own"))
    assert home() == tmp_path / "own"
    assert not home().exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are Linux's")
def test_else_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LOOKSMITH_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert home() == tmp_path / "looksmith"


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are Linux's")
def test_a_relative_data_folder_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LOOKSMITH_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home() == tmp_path / ".local" / "share" / "looksmith"
