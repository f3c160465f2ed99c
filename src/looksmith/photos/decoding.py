"""Pixels of every format but TIFF, as they lie in the file: not turned, in their own encoding.

JPEG and PNG go straight into the array that is returned. Pillow would hold them at four bytes a
pixel besides, and round 16 bits to 8.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from looksmith.errors import PhotoError
from looksmith.photos.opening import Name
from looksmith.photos.photo import Photo
from looksmith.photos.profiles import cmyk_in_srgb
from looksmith.pixels import floats_as_16_bit, whole_numbers
from looksmith.texts import text

_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_SOS, _EOI = 0xDA, 0xD9
# What libjpeg says of damage, and of the few bytes that some cameras write behind the pixels.
_DAMAGE = ("Corrupt JPEG data", "Premature end")
_PADDING = re.compile("([0-9]+) extraneous bytes before marker 0xd9")
_MOST_PADDING = 16


def decode_jpeg(file: BinaryIO, image: Image.Image, path: Name) -> Photo:
    """An open JPEG; three components by libjpeg-turbo directly, others through Pillow."""
    file.seek(0)
    data = file.read()
    if not _has_end(data):
        raise PhotoError(text("photo.broken", path=path, why=text("photo.cut")))
    if image.mode != "RGB":
        return decode_image(image)
    pixels = _jpeg_pixels(data, path)
    if pixels.shape != (image.height, image.width, 3):
        return decode_image(image)
    return Photo(pixels, profile=image.info.get("icc_profile"))


def _jpeg_pixels(data: bytes, path: Name) -> NDArray[np.uint8]:
    """Pixels ``(H, W, 3)``, refused where the codes do not add up: libjpeg goes on behind damage
    with whatever it reads there. Most damage is found, since it throws the codes out of step."""
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "RGB", fastdct=False, fastupsample=False))
    except ValueError as error:
        padding = _PADDING.search(said := str(error))
        if said.startswith(_DAMAGE) and not (padding and int(padding[1]) <= _MOST_PADDING):
            why = text("photo.damaged")
            raise PhotoError(text("photo.broken", path=path, why=why)) from error
    return np.asarray(imagecodecs.jpeg8_decode(data))


def _has_end(data: bytes) -> bool:
    """Whether the end-of-image marker follows the pixels; libjpeg fills in grey where it is
    missing, and an embedded thumbnail has one of its own."""
    at = 2
    while (found := _MARKER.search(data, at)) is not None:
        marker = found[1][0]
        if marker == _EOI:
            return True
        at = found.end()
        if marker != 0x01 and marker != 0xD8:  # TEM and SOI have no length
            at += int.from_bytes(data[at : at + 2], "big")
    return False


def decode_png(file: BinaryIO, image: Image.Image) -> Photo:
    """An open PNG at its own depth."""
    file.seek(24)
    depth, colour_type = file.read(2)
    if depth < 8 or colour_type == 3 or (depth == 8 and "transparency" in image.info):
        return decode_image(image)
    file.seek(0)
    pixels = np.asarray(imagecodecs.png_decode(file.read()))
    return _from_channels(pixels, image.info.get("icc_profile"))


def decode_heif(file: BinaryIO) -> tuple[Photo, dict[str, Any]]:
    """A HEIC file's main picture, upright already, and what its file says."""
    import pillow_heif

    heif = pillow_heif.open_heif(file, convert_hdr_to_8bit=False)
    return _from_channels(np.asarray(heif), heif.info.get("icc_profile")), heif.info


def heif_info(file: BinaryIO) -> dict[str, Any]:
    """What a HEIC file says, without decoding its pixels."""
    import pillow_heif

    info: dict[str, Any] = pillow_heif.open_heif(file).info
    return info


def heif_size(file: BinaryIO) -> tuple[int, int]:
    """Width and height, before pixels are decoded."""
    import pillow_heif

    width, height = pillow_heif.open_heif(file).size
    file.seek(0)
    return width, height


def decode_image(image: Image.Image) -> Photo:
    """A PIL image of any mode.

    Raises:
        ValueError: 32-bit numbers that stand for no picture.
    """
    image.load()
    profile = image.info.get("icc_profile")
    if image.mode == "La":  # which Pillow turns into LA only
        image = image.convert("LA")
    mode = image.mode
    if mode.startswith("I;16"):
        return _from_channels(np.asarray(image).astype(np.uint16), None)
    if mode in ("I", "F"):  # 32 bits
        array = np.asarray(image)
        numbers = floats_as_16_bit(array) if mode == "F" else whole_numbers(array, 31)
        return _from_channels(numbers, None)
    if mode == "CMYK":
        return Photo(cmyk_in_srgb(np.asarray(image), profile))
    if mode == "LAB":
        return Photo(np.asarray(_lab_in_srgb(image)))
    if mode in ("L", "LA", "1"):
        profile = None  # a grey profile means nothing for three channels
    if "A" in mode or mode == "RGBa" or "transparency" in image.info:
        array = np.asarray(image.convert("RGBA"))
        return Photo(np.ascontiguousarray(array[..., :3]), array[..., 3].copy(), profile)
    rgb = image if mode == "RGB" else image.convert("RGB")  # convert() would copy
    return Photo(np.asarray(rgb), None, profile)


def _from_channels(pixels: NDArray[Any], profile: bytes | None) -> Photo:
    """Grey or RGB, with alpha or without, ``(H, W)`` or ``(H, W, 1 to 4)``."""
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    alpha = pixels[..., -1].copy() if pixels.shape[-1] in (2, 4) else None
    colour = pixels[..., :-1] if alpha is not None else pixels
    if colour.shape[-1] == 1:
        colour, profile = np.repeat(colour, 3, axis=-1), None
    return Photo(np.ascontiguousarray(colour[..., :3]), alpha, profile)


def _lab_in_srgb(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    made = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert made is not None
    return made
