"""Everything that is known of the people in one photo, found once and shared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from looksmith.people.faces import Face, find_faces, identity, scaled
from looksmith.people.filters import Floats, resized
from looksmith.people.masks import person_mask, skin_mask
from looksmith.photos import crop_resized
from looksmith.pixels import to_8_bit

WORKING = 768
"""Longer side, in pixels, at which masks are found."""


@dataclass(frozen=True)
class People:
    """The people of one photo. Faces are in its pixels, masks ``(h, w)`` at working size."""

    pixels: NDArray[np.uint8]
    """``(H, W, 3)`` the photo itself, sRGB."""
    faces: tuple[Face, ...]
    """Largest first."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the photo."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def scale(self) -> float:
        """Pixels of the working copy for one of the photo."""
        return self.working.shape[1] / self.pixels.shape[1]

    @cached_property
    def working(self) -> NDArray[np.uint8]:
        """The photo at working size (never enlarged)."""
        scale = min(1.0, WORKING / max(self.size))
        size = max(1, round(self.size[0] * scale)), max(1, round(self.size[1] * scale))
        return self.pixels if scale == 1 else crop_resized(self.pixels, None, size)

    @cached_property
    def person(self) -> Floats:
        """Share of each pixel that is person (hair and clothes too)."""
        return person_mask(self.working, self.working_faces)

    @cached_property
    def skin(self) -> Floats:
        """Share of each pixel that is bare skin: no eyes, brows, lips, hair, glasses."""
        return skin_mask(self.working, self.working_faces, self.person)

    @cached_property
    def working_faces(self) -> tuple[Face, ...]:
        """The faces in pixels of the working copy."""
        return tuple(scaled(face, self.scale) for face in self.faces)

    def full(self, mask: Floats) -> Floats:
        """A mask of working size at the photo's size."""
        return resized(mask, self.size)

    def identity(self, face: Face) -> Floats:
        """Unit vector that tells this face's owner from others."""
        return identity(self.pixels, face)


def find_people(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> People:
    """Find the people in an ``(H, W, 3)`` sRGB photo; none is no error.

    Raises:
        LooksmithError: onnxruntime isn't installed.
    """
    eight = to_8_bit(pixels)
    return People(eight, find_faces(eight))
