"""TIFF files: every layout of samples to upright-ready RGB, and metadata into written ones."""

from __future__ import annotations

from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from looksmith.errors import PhotoError
from looksmith.photos.decoding import decode_image
from looksmith.photos.exif import ORIENTATION, Entry, Exif, directories, read_directories
from looksmith.photos.iptc import of_photoshop, with_iptc
from looksmith.photos.opening import Name, check_size, opened_image
from looksmith.photos.photo import Photo
from looksmith.photos.profiles import cmyk_in_srgb
from looksmith.pixels import Array, floats_as_16_bit, peak_of, whole_numbers
from looksmith.texts import text

_WHITE_IS_ZERO, _GREY, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB = 0, 1, 2, 3, 5, 6, 8
_JPEG = 7
_XMP, _IPTC, _PHOTOSHOP, _PROFILE, _DNG = 700, 33723, 34377, 34675, 50706
_PREMULTIPLIED, _ALPHA = 1, 2
_OF_THE_PHOTO = (ORIENTATION, 282, 283, 296)  # and resolution: not the writer's defaults


def read_tiff(file: BinaryIO, path: Name, max_megapixels: float) -> Photo:
    """The first page as a photo that is not turned yet, without metadata.

    Raises:
        PhotoError: over the limit, or of a kind that is no photo.
    """
    with tifffile.TiffFile(file) as tiff:
        page: Any = tiff.pages[0]
        check_size(page.imagewidth, page.imagelength, max_megapixels, path)
        if _DNG in page.tags or (page.is_reduced and page.subifds):
            raise _refusal(path, "photo.raw")
        _check_whole(page, file, path)
        if _needs_libtiff(page):
            return decode_image(opened_image(file, "TIFF", path))
        if page.photometric not in (_WHITE_IS_ZERO, _GREY, _RGB, _PALETTE, _CMYK, _YCBCR):
            raise _refusal(path, "photo.samples", what=f"photometric {int(page.photometric)}")
        profile = _bytes_of(page, _PROFILE)
        pixels, alpha = _colour_and_alpha(page, path, profile)
    is_colour = page.photometric in (_RGB, _YCBCR)
    return Photo(pixels, alpha, profile if is_colour else None)


def _colour_and_alpha(
    page: Any, path: Name, profile: bytes | None
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    samples = _samples(page, path)  # (H, W, S)
    kind = page.photometric
    if kind == _PALETTE:
        table = np.asarray(page.colormap).T // 256  # (2^bits, 3)
        return np.ascontiguousarray(table[samples[..., 0]].astype(np.uint8)), None
    samples = _full_range(samples, page, path)
    colours = {_CMYK: 4, _RGB: 3, _YCBCR: 3}.get(kind, 1)
    if samples.shape[-1] < colours:
        raise _refusal(path, "photo.samples", what=f"{samples.shape[-1]} samples a pixel")
    colour, alpha = samples[..., :colours], None
    if samples.shape[-1] > colours and page.extrasamples:
        meaning = int(page.extrasamples[0])
        if meaning in (_PREMULTIPLIED, _ALPHA):
            alpha = samples[..., colours].copy()
        if meaning == _PREMULTIPLIED:
            colour = _unmultiplied(colour, samples[..., colours])
    if kind == _WHITE_IS_ZERO:
        colour = int(peak_of(colour.dtype)) - colour
    if kind == _CMYK:
        return cmyk_in_srgb(colour, profile), alpha
    if colours == 1:
        colour = np.repeat(colour, 3, axis=-1)
    return np.ascontiguousarray(colour), alpha


def _samples(page: Any, path: Name) -> NDArray[Any]:
    """``(H, W, S)`` as stored, whether samples lie together or in planes."""
    array: NDArray[Any] = page.asarray()
    axes = page.axes
    if axes == "SYX":
        array, axes = np.moveaxis(array, 0, -1), "YXS"
    if axes not in ("YX", "YXS"):
        raise _refusal(path, "photo.samples", what=f"axes {axes}")
    return array[..., None] if axes == "YX" else array


def _full_range(samples: NDArray[Any], page: Any, path: Name) -> NDArray[Any]:
    """uint8 or uint16 over their whole range, from whatever the bits are."""
    bits = page.bitspersample
    if samples.dtype.kind == "f":
        try:
            return floats_as_16_bit(samples)
        except ValueError as error:
            raise _refusal(path, "photo.float_range") from error
    if samples.dtype == bool:
        return samples.astype(np.uint8) * 255
    if samples.dtype.kind == "i" or bits > 16:
        try:
            return whole_numbers(samples, bits - (samples.dtype.kind == "i"))
        except ValueError as error:
            raise _refusal(path, "photo.samples", what=str(error)) from error
    if samples.dtype.kind != "u":
        raise _refusal(path, "photo.samples", what=str(samples.dtype))
    if bits in (8, 16):
        return samples.astype(samples.dtype.newbyteorder("="), copy=False)
    peak = 255 if bits < 8 else 65535
    scaled = (samples.astype(np.uint32) * peak + (1 << bits) // 2) // ((1 << bits) - 1)
    return scaled.astype(np.uint8 if bits < 8 else np.uint16)


def _unmultiplied(colour: NDArray[Any], alpha: NDArray[Any]) -> Array:
    peak = peak_of(colour.dtype)
    share = np.maximum(alpha[..., None].astype(np.float32), 1)
    return (colour * (peak / share) + 0.5).clip(0, peak).astype(colour.dtype)


def _needs_libtiff(page: Any) -> bool:
    """Colours that tifffile leaves as they lie: YCbCr without JPEG, and Lab of 8 bits."""
    kind, eight = page.photometric, page.bitspersample == 8
    return (kind == _YCBCR and page.compression != _JPEG) or (kind == _LAB and eight)


def _check_whole(page: Any, file: BinaryIO, path: Name) -> None:
    """Refuse a page whose data end beyond the file; the decoder would fill in black."""
    end = file.seek(0, 2)
    counts = page.databytecounts
    whole = (
        page.dataoffsets
        and len(page.dataoffsets) == len(counts)
        and all(
            count > 0 and at + count <= end
            for at, count in zip(page.dataoffsets, counts, strict=True)
        )
    )
    if not whole:
        raise PhotoError(text("photo.broken", path=path, why=text("photo.cut")))


def _bytes_of(page: Any, tag: int) -> bytes | None:
    value = page.tags[tag].value if tag in page.tags else None
    return bytes(value) if isinstance(value, (bytes, bytearray, np.ndarray, tuple)) else None


def _refusal(path: Name, key: str, **values: object) -> PhotoError:
    return PhotoError(text(key, path=path, **values))


def xmp_of_tiff(file: BinaryIO) -> bytes | None:
    """The XMP packet of the first page, with what only IPTC records say."""
    said = read_directories(file)
    if said is None:
        return None
    xmp, records, blocks = (
        said.main[tag].data if tag in said.main else None for tag in (_XMP, _IPTC, _PHOTOSHOP)
    )
    if not (records or b"").startswith(b"\x1c"):  # written in words of four bytes, some turned
        records = of_photoshop(blocks) if blocks else None
    return with_iptc(xmp, records)


def write_tiff(
    array: NDArray[Any], exif: Exif | None, xmp: bytes | None, profile: bytes | None
) -> bytes:
    """``(H, W, 3 or 4)`` uint8 or uint16 as a deflated TIFF, alpha not premultiplied."""
    out = BytesIO()
    tifffile.imwrite(
        out,
        array,
        photometric="rgb",
        compression="zlib",
        predictor=array.dtype == np.uint16,
        byteorder=exif.order if exif else "<",
        extrasamples=["unassalpha"] if array.shape[-1] == 4 else None,
        metadata=None,
        software=False,
    )
    add_metadata(out, exif, xmp, profile)
    return out.getvalue()


def add_metadata(
    file: BinaryIO, exif: Exif | None, xmp: bytes | None, profile: bytes | None
) -> None:
    """Give a TIFF of one page a new directory with all of it, at its end."""
    own = read_directories(file)
    assert own is not None
    if exif is not None:
        exif = exif.in_order(own.order)
        shown = {tag: exif.main[tag] for tag in _OF_THE_PHOTO if tag in exif.main}
        own.main = exif.main | own.main | shown
        own.children = exif.children | own.children
    for tag, kind, data in ((_XMP, 1, xmp), (_PROFILE, 7, profile)):
        if data:
            own.main[tag] = Entry(kind, len(data), data)
    end = file.seek(0, 2)
    start = end + end % 2
    file.write(bytes(start - end) + directories(own, start))
    file.seek(4)
    file.write(start.to_bytes(4, "little" if own.order == "<" else "big"))
