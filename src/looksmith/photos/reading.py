"""Photo files in: whole for photos, small and in sRGB for networks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from looksmith.photos import metadata
from looksmith.photos.decoding import (
    decode_heif,
    decode_image,
    decode_jpeg,
    decode_png,
    heif_info,
    heif_size,
)
from looksmith.photos.exif import Exif, exif_of_tiff, parse_exif
from looksmith.photos.iptc import with_iptc
from looksmith.photos.opening import Name, check_size, opened_bytes, opened_file, opened_image
from looksmith.photos.photo import MAX_MEGAPIXELS, Photo, Pixels
from looksmith.photos.profiles import colour_space, one_way, rgb_in_srgb, wide_gamut
from looksmith.photos.resizing import crop_resized, fitted, reduced
from looksmith.photos.tiff import read_tiff, xmp_of_tiff
from looksmith.pixels import to_8_bit


def read_photo(
    path: Path, max_megapixels: float = MAX_MEGAPIXELS, keep_location: bool = False
) -> Photo:
    """Read JPEG, PNG, WebP, TIFF, AVIF or HEIC, upright, at its own bit depth.

    Greyscale becomes three equal channels; CMYK is converted to sRGB through its profile, and so
    is RGB whose profile leads to sRGB only. Of several pages the first is read.

    Raises:
        PhotoError: no such file, no photo, damaged, animated, or over the limit.
    """
    with opened_file(path) as (file, kind):
        return _read(file, kind, path, max_megapixels, keep_location)


def read_photo_bytes(
    data: bytes, name: str, max_megapixels: float = MAX_MEGAPIXELS, keep_location: bool = False
) -> Photo:
    """As ``read_photo``, of a file that is in memory; ``name`` is what sentences call it.

    Raises:
        PhotoError: no photo, damaged, animated, or over the limit.
    """
    with opened_bytes(data, name) as (file, kind):
        return _read(file, kind, name, max_megapixels, keep_location)


@dataclass(frozen=True)
class Claims:
    """What a file says beside its pixels, as it stands there."""

    exif: Exif | None
    xmp: bytes | None


def read_claims(path: Path) -> Claims:
    """Read EXIF and XMP; pixels are not decoded.

    Raises:
        PhotoError: no such file, no photo, damaged.
    """
    with opened_file(path) as (file, kind):
        if kind == "TIFF":
            return Claims(exif_of_tiff(file), xmp_of_tiff(file))
        if kind == "HEIF":
            return _claims_of_heif(heif_info(file))
        return _claims_of_image(opened_image(file, kind, path), file)


def carried(path: Path) -> tuple[bytes | None, bytes | None]:
    """EXIF and XMP of a photo's file as a picture made of it at another size may carry them:
    rights and capture data, without location.

    Raises:
        PhotoError: as ``read_claims``.
    """
    claims = read_claims(path)
    if claims.exif is not None:
        claims.exif.forget_size()
    exif = metadata.cleaned_exif(claims.exif, keep_location=False, turned=False)
    return exif, metadata.cleaned_xmp(claims.xmp, keep_location=False)


def _claims_of_heif(said: dict[str, Any]) -> Claims:
    return Claims(parse_exif(said.get("exif")), metadata.as_bytes(said.get("xmp")))


def _claims_of_image(image: Image.Image, file: BinaryIO) -> Claims:
    exif, xmp = metadata.of_image(image)
    if image.format == "PNG":
        late_exif, late_xmp = metadata.of_png(file)
        exif, xmp = parse_exif(late_exif) or exif, late_xmp or xmp
    blocks = image.info.get("photoshop")  # of a JPEG
    return Claims(exif, with_iptc(xmp, blocks.get(0x0404) if isinstance(blocks, dict) else None))


def read_rgb(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> NDArray[np.uint8]:
    """The whole photo, upright, as ``(H, W, 3)`` uint8 sRGB: what networks are trained on.

    Raises:
        PhotoError: as ``read_photo``.
    """
    photo = read_photo(path, max_megapixels)
    gamut = wide_gamut(photo.profile)
    pixels = to_8_bit(photo.pixels)
    return pixels if gamut is None else rgb_in_srgb(pixels, gamut)


def read_square(path: Path, side: int, max_megapixels: float = MAX_MEGAPIXELS) -> NDArray[np.uint8]:
    """The whole photo squeezed to ``(side, side, 3)`` sRGB; large JPEGs are decoded small.

    Raises:
        PhotoError: as ``read_photo``.
    """
    return crop_resized(_read_small(path, 4 * side, max_megapixels), None, (side, side))


def read_squares(
    path: Path, side: int, larger: int, max_megapixels: float = MAX_MEGAPIXELS
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What ``read_square`` gives, and a larger square, of at most four times the side, of the same
    decoding.

    Raises:
        PhotoError: as ``read_photo``.
    """
    pixels = _read_small(path, 4 * side, max_megapixels)
    small, large = (crop_resized(pixels, None, (size, size)) for size in (side, larger))
    return small, large


def read_fitted(
    path: Path, longest: int, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """The photo as ``(H, W, 3)`` sRGB whose longer side has ``longest`` pixels.

    Raises:
        PhotoError: as ``read_photo``.
    """
    return fitted(_read_small(path, 4 * longest, max_megapixels), longest)


def _read_small(path: Path, least: int, max_megapixels: float) -> NDArray[np.uint8]:
    """A photo in sRGB, neither side below ``least`` where the photo's is not."""
    with opened_file(path) as (file, kind):
        photo = _read(file, kind, path, max_megapixels, False, least=least)
    pixels = to_8_bit(photo.pixels)
    gamut = wide_gamut(photo.profile)
    if gamut is not None:  # before the resize, as in read_rgb, but not at 24 megapixels
        pixels = rgb_in_srgb(reduced(pixels, least), gamut)
    return pixels


def _read(
    file: BinaryIO,
    kind: str,
    path: Name,
    max_megapixels: float,
    keep_location: bool,
    least: int | None = None,
) -> Photo:
    """Read an open file. Where a small copy will do, ``least`` says how small each side may be."""
    if kind == "TIFF":
        photo = read_tiff(file, path, max_megapixels)
        claims = Claims(exif_of_tiff(file), xmp_of_tiff(file))
    elif kind == "HEIF":
        check_size(*heif_size(file), max_megapixels, path)
        photo, said = decode_heif(file)
        claims = _claims_of_heif(said)
    else:
        image = opened_image(file, kind, path)
        check_size(image.width, image.height, max_megapixels, path)
        if kind == "JPEG" and least is not None and image.draft("RGB", (least, least)):
            photo = decode_image(image)
        elif kind == "JPEG":
            photo = decode_jpeg(file, image, path)
        else:
            photo = decode_png(file, image) if kind == "PNG" else decode_image(image)
        claims = _claims_of_image(image, file)
    # HEIF pictures come upright, whatever their EXIF says.
    orientation = 1 if kind == "HEIF" else metadata.orientation_of(claims.exif, claims.xmp)
    return finished(photo, claims.exif, claims.xmp, orientation, keep_location)


def finished(
    photo: Photo, exif: Exif | None, xmp: bytes | None, orientation: int, keep_location: bool
) -> Photo:
    """The decoded photo upright, with a profile that holds and metadata that are true of it."""
    pixels, profile = photo.pixels, photo.profile
    if colour_space(profile) != b"RGB ":
        profile = None  # of grey, of ink, or damaged: it says nothing of three channels
    elif profile and (gamut := one_way(profile)) is not None:
        pixels, profile = cast(Pixels, rgb_in_srgb(pixels, gamut)), None
    photo = replace(
        photo,
        pixels=pixels,
        profile=profile,
        exif=metadata.cleaned_exif(exif, keep_location, turned=orientation >= 5),
        xmp=metadata.cleaned_xmp(xmp, keep_location),
    )
    return _upright(photo, orientation)


def _upright(photo: Photo, orientation: int) -> Photo:
    """Turn and mirror by the EXIF orientation (1 to 8)."""

    def turn(array: Pixels) -> Pixels:
        if orientation >= 5:
            array = np.swapaxes(array, 0, 1)
        if orientation in (2, 3, 6, 7):
            array = array[:, ::-1]
        if orientation in (3, 4, 7, 8):
            array = array[::-1]
        return cast(Pixels, np.ascontiguousarray(array))

    if orientation not in range(2, 9):
        return photo
    alpha = None if photo.alpha is None else turn(photo.alpha)
    return replace(photo, pixels=turn(photo.pixels), alpha=alpha)
