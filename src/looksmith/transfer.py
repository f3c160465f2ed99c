"""Give a look to photos: arrays, PIL images or files, at their own full resolution.

image = apply(look, "me.jpg", strength=0.7)              # a PIL image
apply_file(look, Path("me.jpg"), Path("me-film.jpg"))    # with metadata and label
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from looksmith.base import Base, default_base
from looksmith.errors import PhotoError
from looksmith.look import Look
from looksmith.photos import (
    MAX_MEGAPIXELS,
    Photo,
    check_writable,
    photo_from_image,
    photo_to_image,
    read_photo,
    read_photo_bytes,
    write_photo,
)
from looksmith.photos.profiles import WideGamut, wide_gamut
from looksmith.pixels import Array, native, to_8_bit
from looksmith.provenance import content_id, xmp_label
from looksmith.rendering import WORKING_SIZE, Controls, Rendering, Stage, render_pixels
from looksmith.texts import text

PhotoLike = TypeVar("PhotoLike", str, Path, bytes, BinaryIO, Image.Image, NDArray[np.generic])
_ROWS = 512  # wide-gamut photos are converted in bands of so many rows


class Transfer:
    """A look, how much of it, and for whom: what turns photos into photos with the look."""

    def __init__(
        self,
        look: Look,
        controls: Controls | None = None,
        *,
        user: Tensor | None = None,
        more: tuple[Stage, ...] = (),
        finish: Callable[[Array, Array], Array] | None = None,
        base: Base | None = None,
    ) -> None:
        """
        Args:
            look: from ``learn`` or ``Look.load``.
            controls: how much of each stage; in full where None.
            user: user vector ``(1, 32)``; None takes the learned default.
            more: stages that follow the look's own, such as a user's taste.
            finish: makes of a photo's pixels and their rendering the result, such as
                ``people.finish.Finish``.
            base: the base that the look was learned with; the default one where None.
        """
        self.look, self.controls = look, controls or Controls()
        self.user, self.more, self.finish = user, more, finish
        self.base = base or default_base()

    def rendering(self, pixels: Array) -> Rendering:
        """How ``(H, W, 3)`` sRGB pixels are to be changed.

        Raises:
            LookError: the look was learned with another base.
        """
        working = working_size(pixels)
        predicted = self.look.predict(self.base, working, self.controls, self.user)
        return predicted.followed_by(*self.more)

    def pixels(self, pixels: Array, in_place: bool = False) -> Array:
        """``(H, W, 3)`` sRGB of uint8, uint16 or float in [0, 1]; the same type comes back, in
        the array given if that may be overwritten (``in_place``) and is integer.

        Raises:
            PhotoError: the array is of another shape or type, or floats leave [0, 1].
        """
        pixels = _sound(pixels)
        if pixels.dtype.kind == "u":
            rendering = self.rendering(pixels)
            in_place = in_place and self.finish is None  # which compares before and after
            return self._finished(pixels, render_pixels(pixels, rendering, in_place=in_place))
        floats = pixels.astype(np.float32)
        rendering = self.rendering(floats)
        made = render_pixels(floats, rendering).astype(pixels.dtype) if rendering.active else pixels
        return self._finished(pixels, made.copy() if made is pixels else made)

    def _finished(self, pixels: Array, made: Array) -> Array:
        return made if self.finish is None else self.finish(pixels, made)

    def photo(self, photo: Photo, in_place: bool = False) -> Photo:
        """A photo with its profile, alpha and metadata; pixels come back in the same encoding.
        With ``in_place`` those given may be overwritten."""
        gamut = wide_gamut(photo.profile)
        if gamut is None:
            return replace(photo, pixels=self.pixels(photo.pixels, in_place))
        wide = self._wide(photo.pixels, gamut)
        return replace(photo, pixels=self._finished(photo.pixels, wide))

    def any(self, photo: PhotoLike) -> Image.Image | Array:
        """A photo as ``apply`` takes it; a labelled PIL image, but for an array an array.

        Raises:
            PhotoError: the photo can't be read or the array is of another shape or type.
        """
        if isinstance(photo, np.ndarray):
            return self.pixels(photo)
        made = self.photo(_opened(photo))
        return photo_to_image(made, xmp_label(self.look.name, produce_id=content_id(made.pixels)))

    def _wide(self, pixels: Array, gamut: WideGamut) -> Array:
        """Through sRGB and back, band by band. What lies outside sRGB keeps its distance from it:
        ``y = f(clamp(x)) + (x − clamp(x))``."""
        rendering = self.rendering(gamut.to_srgb(_thinned(pixels)).clip(0, 1))
        if not rendering.active:
            return pixels.copy()
        out = np.empty_like(pixels)
        for top in range(0, len(pixels), _ROWS):
            srgb = gamut.to_srgb(pixels[top : top + _ROWS])
            inside = srgb.clip(0, 1)
            made = render_pixels(inside, rendering, top, len(pixels)) + (srgb - inside)
            out[top : top + _ROWS] = gamut.from_srgb(made, pixels.dtype)
        return out


def _sound(pixels: Array) -> Array:
    """An array that a user gives as a photo, in the machine's byte order.

    Raises:
        PhotoError: it is of another shape or type than ``(H, W, 3)`` of uint8, uint16 or float, or
            floats leave [0, 1].
    """
    pixels = native(pixels)
    known = pixels.dtype in (np.uint8, np.uint16) or pixels.dtype.kind == "f"
    if pixels.ndim != 3 or pixels.shape[-1] != 3 or not known or pixels.size == 0:
        raise PhotoError(text("photo.array", what=f"{pixels.shape} of {pixels.dtype}"))
    if pixels.dtype.kind == "f" and not (pixels.min() >= 0 and pixels.max() <= 1):
        raise PhotoError(text("photo.array", what="floats outside [0, 1]"))
    return pixels


def apply(
    look: Look,
    photo: PhotoLike,
    strength: float = 1.0,
    *,
    mood: float = 1.0,
    normalise: float = 1.0,
    skin: float = 0.0,
    protect: Sequence[str] = (),
    user: Tensor | None = None,
    base: Base | None = None,
) -> Image.Image | Array:
    """The photo with the look.

    Args:
        look: from ``learn`` or ``Look.load``.
        photo: a path, the bytes of a file, an open binary file, a PIL image, or an RGB array
            ``(H, W, 3)``: uint8, uint16, or float sRGB in [0, 1].
        strength: of the grade, 0 … 1.5.
        mood: how much of the feed's mood, 0 … 1.5.
        normalise: how far the photo is made right before, 0 … 1. With all three at 0 the photo
            comes back bit for bit.
        skin: how far skin goes to that of the look's feed, 0 … 1.5.
        protect: regions that stay as they are: ``person``, ``face``, ``product``, ``clothes``.
        user: user vector ``(1, 32)``; None takes the learned default.
        base: the base that the look was learned with; the default one where None.

    Returns:
        A PIL image (labelled in its XMP), but for an array an array of the same type.

    Raises:
        PhotoError: the photo can't be read or the array is of another shape or type.
        LookError: the look was learned with another base.
        LooksmithError: a control is out of range.
    """
    finish = None
    if skin or protect:
        from looksmith.people.finish import Finish

        finish = Finish.of(look, skin, protect=protect)
    controls = Controls(strength, mood, normalise)
    transfer = Transfer(look, controls, user=user, finish=finish, base=base)
    return transfer.any(photo)


def _opened(photo: object) -> Photo:
    """
    Raises:
        PhotoError: it can't be read, or is nothing that holds a photo.
    """
    if isinstance(photo, Image.Image):
        return photo_from_image(photo)
    if isinstance(photo, (str, Path)):
        return read_photo(Path(photo))
    data = photo.read() if hasattr(photo, "read") else photo
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise PhotoError(text("photo.kind", what=type(photo).__name__))
    return read_photo_bytes(bytes(data), str(getattr(photo, "name", text("photo.given"))))


def srgb_pixels(picture: object) -> Array:
    """``(H, W, 3)`` sRGB of what ``apply`` takes for a photo.

    Raises:
        PhotoError: it can't be read, or is no photo.
    """
    if isinstance(picture, np.ndarray):
        return _sound(picture)
    photo = _opened(picture)
    gamut = wide_gamut(photo.profile)
    return photo.pixels if gamut is None else gamut.to_srgb(photo.pixels).clip(0, 1)


def apply_file(
    transfer: Transfer,
    source: Path,
    target: Path,
    max_megapixels: float = MAX_MEGAPIXELS,
    keep_location: bool = False,
) -> None:
    """Read, apply and write, with metadata kept and the label added; whole or not at all.

    Raises:
        PhotoError: the photo can't be read or written.
    """
    check_writable(target)
    photo = read_photo(source, max_megapixels, keep_location)
    rendered = transfer.photo(photo, in_place=True)
    del photo  # memory for the encoder, where a second array was needed
    label = xmp_label(transfer.look.name, produce_id=content_id(rendered.pixels))
    write_photo(rendered, target, label)


def working_size(pixels: Array) -> Tensor:
    """What a rendering is predicted from, of ``(H, W, 3)`` sRGB: ``(1, 3, 128, 128)`` in [0, 1]."""
    image = Image.fromarray(to_8_bit(_thinned(pixels)))
    small = image.resize((WORKING_SIZE, WORKING_SIZE), Image.Resampling.BOX)
    tensor = torch.from_numpy(np.asarray(small, np.float32) / 255)
    return tensor.permute(2, 0, 1).unsqueeze(0)


def _thinned(pixels: Array) -> Array:
    """Every n-th pixel, so that four remain a side for one of the working size."""
    step = max(1, min(pixels.shape[:2]) // (4 * WORKING_SIZE))
    return np.ascontiguousarray(pixels[::step, ::step])
