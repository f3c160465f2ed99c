"""Any LUT becomes a look, exactly: it can be applied, blended, controlled and used in campaigns.

look = import_look(Path("portra.cube"), "portra")
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from looksmith.errors import LooksmithError
from looksmith.grading import resized_lut
from looksmith.look import Look
from looksmith.look_schema import CORRECTION_SIZE, check_name
from looksmith.networks.model import CODE_SIZE
from looksmith.photos import SUFFIXES
from looksmith.texts import text
from looksmith.travel.cube import read_cube
from looksmith.travel.haldclut import read_haldclut

MOST = 65  # nodes a side that a look keeps; larger LUTs are read at so many


def read_lut(path: Path) -> Tensor:
    """The 3D LUT ``(3, N, N, N)`` of a ``.cube`` file or a HaldCLUT picture, by its suffix.

    Raises:
        LooksmithError: missing, of another format, or not a LUT.
    """
    suffix = path.suffix.lower()
    if suffix == ".cube":
        return read_cube(path)
    if suffix in SUFFIXES:
        return read_haldclut(path)
    raise LooksmithError(text("travel.format", path=path))


def import_look(path: Path, name: str) -> Look:
    """The look that does what the LUT does; it belongs to no base.

    Raises:
        LooksmithError: the file is not a LUT, or the name can't be a look's.
    """
    lut = read_lut(path)
    lut = resized_lut(lut, min(lut.shape[-1], MOST)).contiguous()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return look_of_lut(lut, name, {"digest": digest, "imported": path.name[:200]})


def look_of_lut(lut: Tensor, name: str, about: Mapping[str, Any] = MappingProxyType({})) -> Look:
    """The look that does what a LUT ``(3, N, N, N)`` of at most 65 nodes a side does; it belongs
    to no base.

    Raises:
        LooksmithError: the name can't be a look's.
    """
    check_name(name)
    return Look(
        name=name,
        code=torch.zeros(1, CODE_SIZE),
        transport=torch.eye(3, 4).unsqueeze(0),
        correction=torch.zeros(1, CORRECTION_SIZE),
        weights=torch.ones(1),
        lut=lut,
        about={
            "photos": 0,
            "digest": "",
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **about,
        },
    )
