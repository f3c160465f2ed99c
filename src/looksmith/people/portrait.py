"""A person cut out for avatars: framed on head and shoulders, with hair, free of its background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from looksmith.errors import LooksmithError
from looksmith.people.colours import oklab
from looksmith.people.faces import Face, moved, scaled
from looksmith.people.filters import Floats, blurred, blurred_under, guided
from looksmith.people.find import People
from looksmith.people.masks import person_mask, salient_mask
from looksmith.texts import text

LEAST_FACE = 64.0
_FACES_WIDE = 2.5  # the frame, in heights of the face
_EYE_LINE = 0.44  # how far down the frame the middle of the face lies


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
    return Portrait(pixels, matte(pixels, local), local)


def _frame(people: People, face: Face) -> tuple[int, int, int]:
    """Left, top and length of the square: around the head as far as the photo goes."""
    width, height = people.size
    x0, y0, x1, y1 = face.box
    tall = max(y1 - y0, face.width)
    length = int(min(_FACES_WIDE * tall, width, height))
    left = (x0 + x1) / 2 - length / 2
    top = (y0 + y1) / 2 - _EYE_LINE * length
    return (
        int(np.clip(left, 0, width - length)),
        int(np.clip(top, 0, height - length)),
        max(length, 1),
    )


def matte(pixels: NDArray[np.uint8], face: Face) -> Floats:
    """``(S, S)`` share of the person, hair included.

    Two networks agree on it: one knows people (soft, coarse), one what stands out (crisp, but it
    may take a chair along). Its edges then follow the picture's.
    """
    person, salient = person_mask(pixels), salient_mask(pixels)
    both = person if not _agree(person, salient, face) else 0.5 * (person + salient)
    firm = _connected(((both - 0.5) * 1.6 + 0.5).clip(0, 1), face)
    side = pixels.shape[0]
    lightness = oklab(pixels)[..., 0]
    fine = guided(firm, lightness, max(2, side // 64), 1e-4)
    # Deep inside and far outside nothing is to be refined.
    inside, outside = blurred(firm, side / 100) > 0.985, blurred(firm, side / 50) < 0.01
    fine = np.where(inside, 1.0, np.where(outside, 0.0, fine))
    return np.asarray(((fine - 0.06) / 0.88).clip(0, 1), np.float32)


def _connected(mask: Floats, face: Face) -> Floats:
    """The part of a mask that hangs together with the face: other people behind fall away."""
    labels, _ = ndimage.label(mask > 0.4)
    x, y = (int(np.clip(v, 0, mask.shape[0] - 1)) for v in face.landmarks[1, :2])
    if labels[y, x] == 0:
        return mask
    own = (labels == labels[y, x]).astype(np.float32)
    return np.asarray(mask * (blurred(own, mask.shape[0] / 80) * 3).clip(0, 1))


def _agree(person: Floats, salient: Floats, face: Face) -> bool:
    """Whether what stands out is the person: it has the face and is about as large."""
    x, y = (int(np.clip(v, 0, person.shape[0] - 1)) for v in face.landmarks[1, :2])
    shared = float(np.minimum(person, salient).sum())
    return bool(salient[y, x] > 0.5) and shared > 0.75 * float(np.maximum(person, salient).sum())


def clean_edges(pixels: Floats, alpha: Floats) -> Floats:
    """Colours ``(S, S, 3)`` without the old background in half-covered hair and edges."""
    side = pixels.shape[0]
    sure = (alpha > 0.97).astype(np.float32)
    own = blurred_under(pixels, sure, side / 110)
    near = blurred(sure, side / 110)[..., None]
    doubt = ((1 - alpha) * 1.4).clip(0, 1)[..., None] * (near > 0.02)
    return np.asarray(pixels + doubt * (own - pixels), np.float32)
