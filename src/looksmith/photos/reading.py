"""Photo files in and out: orientation, colour profiles, 16 bit, alpha, limits, metadata.

photo = read_photo(Path("me.jpg"))      # upright pixels in their own encoding
write_photo(photo, Path("out.jpg"))     # whole or not at all
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from looksmith.errors import PhotoError
from looksmith.icc import WideGamut, wide_gamut
from looksmith.photos.photo import MAX_MEGAPIXELS, Photo, Pixels
from looksmith.photos.resizing import crop_resized, fitted, reduced
from looksmith.photos.writing import _to_image
from looksmith.pixels import to_8_bit
from looksmith.texts import text

_ORIENTATION, _GPS = 0x0112, 0x8825
_ROWS = 1024


def read_photo(
    path: Path, max_megapixels: float = MAX_MEGAPIXELS, keep_location: bool = False
) -> Photo:
    """Read JPEG, PNG, WebP, TIFF, AVIF or HEIC, upright, at its own bit depth.

    Greyscale becomes three equal channels; CMYK is converted to sRGB through its profile.

    Raises:
        PhotoError: no such file, no photo, damaged, animated, or over the limit.
    """
    with _opened(path, max_megapixels) as opened:
        return _from_opened(opened, path, keep_location)


def read_rgb(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> NDArray[np.uint8]:
    """The whole photo, upright, as ``(H, W, 3)`` uint8 sRGB: what networks are trained on.

    Raises:
        PhotoError: as ``read_photo``.
    """
    photo = read_photo(path, max_megapixels)
    gamut = wide_gamut(photo.profile)
    if gamut is None:
        return to_8_bit(photo.pixels)
    out = np.empty(photo.pixels.shape, np.uint8)
    for top in range(0, len(out), _ROWS):  # floats of a large photo would be huge
        out[top : top + _ROWS] = _in_srgb(photo.pixels[top : top + _ROWS], gamut)
    return out


def read_square(path: Path, side: int, max_megapixels: float = MAX_MEGAPIXELS) -> NDArray[np.uint8]:
    """The whole photo squeezed to ``(side, side, 3)`` sRGB; large JPEGs are decoded small.

    Raises:
        PhotoError: as ``read_photo``.
    """
    return _read_small(path, side, lambda p: crop_resized(p, None, (side, side)), max_megapixels)


def read_fitted(
    path: Path, longest: int, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """The photo as ``(H, W, 3)`` sRGB whose longer side has ``longest`` pixels.

    Raises:
        PhotoError: as ``read_photo``.
    """
    return _read_small(path, longest, lambda pixels: fitted(pixels, longest), max_megapixels)


def _read_small(
    path: Path,
    side: int,
    resize: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    max_megapixels: float,
) -> NDArray[np.uint8]:
    with _opened(path, max_megapixels) as opened:
        opened.draft("RGB", (4 * side, 4 * side))
        photo = _from_opened(opened, path, keep_location=False)
    pixels = to_8_bit(photo.pixels)
    gamut = wide_gamut(photo.profile)
    if gamut is not None:  # before the resize, as in read_rgb, but not at 24 megapixels
        pixels = _in_srgb(reduced(pixels, 4 * side), gamut)
    return resize(pixels)


def _in_srgb(pixels: Pixels, gamut: WideGamut) -> NDArray[np.uint8]:
    return to_8_bit(gamut.to_srgb(pixels).clip(0, 1))


@contextmanager
def _opened(path: Path, max_megapixels: float) -> Iterator[Image.Image]:
    """An open, checked image; whatever goes wrong while it is read becomes a ``PhotoError``."""
    if not path.is_file():
        raise PhotoError(text("photo.missing", path=path))
    if path.suffix.lower() in (".heic", ".heif"):
        _register_heif()
    previous, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(path) as opened:
            _check(opened, path, max_megapixels)
            yield opened
    except PhotoError:
        raise
    except UnidentifiedImageError as error:
        raise PhotoError(text("photo.not_image", path=path, why="unknown format")) from error
    except (OSError, SyntaxError, ValueError, RuntimeError, EOFError) as error:
        why = " ".join(str(error).split())
        raise PhotoError(text("photo.broken", path=path, why=why)) from error
    finally:
        Image.MAX_IMAGE_PIXELS = previous


def _check(opened: Image.Image, path: Path, max_megapixels: float) -> None:
    megapixels = opened.width * opened.height / 1e6
    if megapixels > max_megapixels:
        raise PhotoError(
            text(
                "photo.too_large",
                path=path,
                megapixels=round(megapixels),
                limit=f"{max_megapixels:g}",
            )
        )
    if getattr(opened, "is_animated", False) and opened.format in ("GIF", "WEBP", "PNG", "AVIF"):
        raise PhotoError(text("photo.animated", path=path))


def _from_opened(opened: Image.Image, path: Path | None, keep_location: bool) -> Photo:
    profile = opened.info.get("icc_profile")
    if opened.format == "PNG":
        opened.load()  # its EXIF may follow the pixels
    exif_data = opened.getexif()
    orientation = exif_data.get(_ORIENTATION, 1)
    exif = _clean_exif(exif_data, keep_location)
    deep = None if path is None else _deep_pixels(opened, path)
    if deep is not None:
        photo = _from_array(deep, profile, exif)
        # pillow-heif turns its pictures upright itself.
        return photo if opened.format == "HEIF" else _upright(photo, orientation)
    if opened.mode in ("CMYK", "YCCK"):
        return _upright(_from_image_pixels(_cmyk_to_srgb(opened), None, exif), orientation)
    if opened.mode in ("L", "LA", "1", "I", "F", "I;16"):
        profile = None  # a grey profile means nothing for three channels
    return _upright(_from_image_pixels(opened, profile, exif), orientation)


def photo_from_image(image: Image.Image) -> Photo:
    """An open PIL image, upright, as a photo."""
    return _from_opened(image, None, keep_location=True)


def photo_to_image(photo: Photo) -> Image.Image:
    """A PIL image of 8 bits a channel, profile and EXIF in its ``info``."""
    image = _to_image(photo, alpha=True)
    if photo.profile:
        image.info["icc_profile"] = photo.profile
    if photo.exif:
        image.info["exif"] = photo.exif
    return image


def _from_image_pixels(image: Image.Image, profile: bytes | None, exif: bytes | None) -> Photo:
    transparent = "A" in image.mode or "transparency" in image.info
    if transparent:
        array = np.asarray(image.convert("RGBA"))
        return Photo(np.ascontiguousarray(array[..., :3]), array[..., 3].copy(), profile, exif)
    rgb = image if image.mode == "RGB" else image.convert("RGB")  # convert() would copy
    return Photo(np.asarray(rgb), None, profile, exif)


def _clean_exif(exif: Image.Exif, keep_location: bool) -> bytes | None:
    if not exif:
        return None
    exif[_ORIENTATION] = 1
    if not keep_location and _GPS in exif:
        del exif[_GPS]
    return bytes(exif.tobytes())


def _deep_pixels(opened: Image.Image, path: Path) -> NDArray[np.uint16] | None:
    """16-bit pixels where the file has them and Pillow would round them to 8; else None."""
    if opened.format == "PNG" and _png_depth(path) == 16:
        import imagecodecs

        return np.asarray(imagecodecs.png_decode(path.read_bytes()), np.uint16)
    if opened.format == "TIFF" and 16 in np.atleast_1d(opened.tag_v2.get(258, 8)):  # type: ignore[attr-defined]
        import tifffile

        deep = tifffile.imread(path, key=0)
        return deep if deep.dtype == np.uint16 else None
    if opened.format == "HEIF" and opened.info.get("bit_depth", 8) > 8:
        import pillow_heif

        image = pillow_heif.open_heif(path, convert_hdr_to_8bit=False)
        return np.asarray(image)
    return None


def _png_depth(path: Path) -> int:
    """Bits a channel, from the header; Pillow's mode does not tell 16 from 8."""
    with path.open("rb") as file:
        return file.read(25)[24]


def _from_array(deep: NDArray[np.uint16], profile: bytes | None, exif: bytes | None) -> Photo:
    if deep.ndim == 2:
        deep = deep[..., None]
    alpha = deep[..., -1].copy() if deep.shape[-1] in (2, 4) else None
    colour = deep[..., :-1] if alpha is not None else deep
    if colour.shape[-1] == 1:
        colour, profile = np.repeat(colour, 3, axis=-1), None
    return Photo(np.ascontiguousarray(colour[..., :3]), alpha, profile, exif)


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


def _cmyk_to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB")
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    assert converted is not None
    converted.info.pop("icc_profile", None)
    return converted


def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
