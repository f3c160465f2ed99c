"""A person cut out for avatars: framed on head and shoulders, with hair, free of its background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from looksmith.errors import LooksmithError
from looksmith.people.faces import Face, moved, scaled
from looksmith.people.filters import Floats
from looksmith.people.find import People
from looksmith.people.matting import matte
from looksmith.texts import text

LEAST_FACE = 64.0
_FACES_WIDE = 2.5  # the frame, in heights of the face
_EYE_LINE = 0.44  # how far down the frame the middle of the face lies
_ROOM = 0.04  # of the frame, above the hair


@dataclass(frozen=True)
class Portrait:
    """A square around one person."""

    pixels: NDArray[np.uint8]
    """``(S, S, 3)`` sRGB."""
    alpha: Floats
    """``(S, S)`` share of the person."""
    face: Face
    """In pixels of the square."""

    @property
    def side(self) -> int:
        """S."""
        return self.pixels.shape[0]


def portrait(people: People, side: int, face: Face | None = None) -> Portrait:
    """The largest face of a photo, or the one given, as a portrait of ``side`` pixels.

    Raises:
        LooksmithError: there is no face, or it is too small.
    """
    if not people.faces:
        raise LooksmithError(text("people.none"))
    face = face or people.faces[0]
    if face.width < LEAST_FACE:
        raise LooksmithError(text("people.too_small", least=round(LEAST_FACE)))
    left, top, length = _frame(people, face)
    box = (left, top, left + length, top + length)
    image = Image.fromarray(people.pixels).crop(box)
    pixels = np.asarray(image.resize((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0))
    local = scaled(moved(face, (left, top)), side / length)
    others = [scaled(moved(one, (left, top)), side / length) for one in people.faces]
    others = [one for one in others if one.box != local.box and _inside(one, side)]
    return Portrait(pixels, matte(pixels, local, others), local)


def _inside(face: Face, side: int) -> bool:
    """Whether the middle of a face lies in a square."""
    x, y = face.landmarks[1, :2]
    return bool(0 <= x < side and 0 <= y < side)


def _frame(people: People, face: Face) -> tuple[int, int, int]:
    """Left, top and length of the square: around the head as far as the photo goes."""
    width, height = people.size
    x0, y0, x1, y1 = face.box
    tall = max(y1 - y0, face.width)
    crown = _crown(people, face)
    wanted = max(_FACES_WIDE * tall, 1.55 * (y1 - crown))
    length = int(min(wanted, width, height))
    left = (x0 + x1) / 2 - length / 2
    # The face at its line, or lower where high hair or a hat needs room.
    top = min((y0 + y1) / 2 - _EYE_LINE * length, crown - _ROOM * length)
    top = max(top, y1 + 0.05 * tall - length)
    return (
        int(np.clip(left, 0, width - length)),
        int(np.clip(top, 0, height - length)),
        max(length, 1),
    )


def _crown(people: People, face: Face) -> float:
    """Where the head with its hair ends above, at most a face's height above the face."""
    x0, y0, x1, y1 = (v * people.scale for v in face.box)
    columns = people.person[:, max(0, int(x0)) : max(1, int(x1) + 1)]
    lowest, highest = max(0, int(y0 - (y1 - y0))), max(0, int(y0))
    rows = (columns[lowest:highest] > 0.5).mean(1) > 0.15
    above = int(np.argmin(rows[::-1])) if not rows.all() else len(rows)
    return (highest - above) / people.scale
