"""Looks whose truth is known: ``.cube`` files and pilgram's filters. Never trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image as PillowImage

from looksmith.evaluation.images import Image, from_pillow, to_pillow
from looksmith.grading import apply_lut
from looksmith.travel.cube import read_cube

Filter = Callable[[Image], Image]


@dataclass(frozen=True)
class ExamLook:
    """A named filter from a collection."""

    collection: str
    name: str
    apply: Filter

    @property
    def for_validation(self) -> bool:
        """Whether it belongs to the third that settings may be chosen on, by a hash of its name."""
        digest = hashlib.sha256(f"{self.collection}/{self.name}".encode()).digest()
        return digest[0] % 3 == 0


def pilgram_looks() -> list[ExamLook]:
    """pilgram's Instagram-like filters, with their vignettes and gradients."""
    import pilgram

    filters = {name: getattr(pilgram, name) for name in pilgram.__all__}
    return [
        ExamLook("pilgram", name.strip("_"), _pilgram_filter(function))
        for name, function in filters.items()
        if callable(function)
    ]


def _pilgram_filter(function: Callable[[PillowImage.Image], PillowImage.Image]) -> Filter:
    def apply(image: Image) -> Image:
        return from_pillow(function(to_pillow(image)))

    return apply


def cube_looks(folder: Path) -> list[ExamLook]:
    """Every ``.cube`` file under ``folder``; its subfolder is its collection."""
    return [
        ExamLook(path.parent.name, path.stem, cube_filter(read_cube(path)))
        for path in sorted(folder.rglob("*.cube"))
    ]


def cube_filter(lut: torch.Tensor) -> Filter:
    def apply(image: Image) -> Image:
        pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).unsqueeze(0)
        graded = apply_lut(pixels, lut)[0].permute(1, 2, 0)
        return graded.clamp(0, 1).numpy()

    return apply
