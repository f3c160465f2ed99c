"""Checkpoints of training: the whole state in one file, and the random generator with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from looksmith.files import whole_file


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write a state, renamed into place when whole."""
    with whole_file(path) as part:
        torch.save(state | {"torch_rng": torch.get_rng_state()}, part)


def load_state(path: Path, device: torch.device) -> dict[str, Any] | None:
    """Read a state and set the random generator; None where there is no file."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    torch.set_rng_state(state["torch_rng"].cpu())
    return state
