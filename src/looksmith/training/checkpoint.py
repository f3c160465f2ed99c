"""Checkpoints of training: tensors and counts in one file, with the photos and settings they are
of."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.texts import text


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write a state, renamed into place when whole."""
    with whole_file(path) as part:
        torch.save(state, part)


def load_state(path: Path, key: dict[str, Any]) -> dict[str, Any] | None:
    """Read the state of a run, to the CPU (where optimisers keep their step counts: on a GPU each
    step would wait to read them); None where there is no file.

    Raises:
        LooksmithError: the file is damaged, or its run had other photos or settings than ``key``.
    """
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        kept = state["key"]
    except (UnpicklingError, RuntimeError, EOFError, KeyError, TypeError) as error:
        raise LooksmithError(text("train.damaged", path=path)) from error
    if kept != key:
        what = ", ".join(_differences(kept, key))
        raise LooksmithError(text("train.other_run", folder=path.parent, what=what))
    return state


def _differences(kept: dict[str, Any], key: dict[str, Any]) -> list[str]:
    """The names of what differs, ``losses.beta`` for what lies deeper."""
    names = []
    for name in sorted({*kept, *key}):
        old, new = kept.get(name), key.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            names += [f"{name}.{inner}" for inner in _differences(old, new)]
        elif old != new:
            names.append(name)
    return names
