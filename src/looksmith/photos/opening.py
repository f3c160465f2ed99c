"""Opening photo files: by their content, within a limit, with every failure as one sentence."""

from __future__ import annotations

import logging
import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from looksmith.errors import PhotoError
from looksmith.files import why
from looksmith.texts import text

Name = Path | str
"""What sentences call a photo."""

# What Pillow and libpng say of a file whose end is missing.
_CUT = re.compile("truncated|too small", re.IGNORECASE)

# Formats are told by how a file starts; its name may lie.
_STARTS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"P5": "PPM",
    b"P6": "PPM",
    b"\0\0\0\x0cjP  ": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
}
_PLUGINS = {
    "JPEG": "JpegImagePlugin",
    "PNG": "PngImagePlugin",
    "WEBP": "WebPImagePlugin",
    "AVIF": "AvifImagePlugin",
    "GIF": "GifImagePlugin",
    "BMP": "BmpImagePlugin",
    "PPM": "PpmImagePlugin",
    "JPEG2000": "Jpeg2KImagePlugin",
    "TIFF": "TiffImagePlugin",
}
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

# What these libraries would tell a programmer is told to the user in one sentence instead; so are
# Pillow's warnings, below.
for _library in ("PIL", "imagecodecs", "tifffile", "pillow_heif"):
    logging.getLogger(_library).addHandler(logging.NullHandler())


@contextmanager
def opened_file(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    """An open file and its format; whatever goes wrong in the block becomes a ``PhotoError``.

    Raises:
        PhotoError: no such file, no permission, no photo, damaged.
    """
    with sentences(str(path)):
        _check_ordinary(path)
    with sentences(str(path)), path.open("rb") as file:
        yield file, _kind_of(file, path)


@contextmanager
def opened_bytes(data: bytes, name: str) -> Iterator[tuple[BinaryIO, str]]:
    """As ``opened_file``, of a file that is in memory; ``name`` is what sentences call it."""
    with sentences(name), BytesIO(data) as file:
        yield file, _kind_of(file, name)


def _kind_of(file: BinaryIO, name: Name) -> str:
    kind = _kind(file.read(64))
    file.seek(0)
    if kind is None:
        raise PhotoError(text("photo.not_image", path=name, why=text("photo.unknown_format")))
    return kind


def _check_ordinary(path: Path) -> None:
    """Refuse what is no file of bytes: opening a pipe would wait for ever."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        reason = text("files.folder" if stat.S_ISDIR(mode) else "files.special")
        raise PhotoError(text("photo.unreadable", path=path, why=reason))


@contextmanager
def sentences(path: str) -> Iterator[None]:
    """Whatever goes wrong with the photo called ``path`` becomes a ``PhotoError``."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    except PhotoError:
        raise
    except FileNotFoundError as error:
        raise PhotoError(text("photo.missing", path=path)) from error
    except MemoryError as error:
        raise PhotoError(text("photo.memory", path=path)) from error
    except Exception as error:
        # Decoders of damaged files raise nearly everything: struct.error, TypeError, KeyError …
        if isinstance(error, OSError) and error.errno is not None:
            raise PhotoError(text("photo.unreadable", path=path, why=why(error))) from error
        said = " ".join(str(error).split())[:200] or type(error).__name__
        said = text("photo.cut") if _CUT.search(said) else said
        raise PhotoError(text("photo.broken", path=path, why=said)) from error


def _kind(start: bytes) -> str | None:
    for magic, kind in _STARTS.items():
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[4:8] == b"ftyp":
        size = min(int.from_bytes(start[:4], "big"), len(start))
        brands = [start[8:12], *(start[i : i + 4] for i in range(16, size - 3, 4))]
        if any(brand in (b"avif", b"avis") for brand in brands):
            return "AVIF"
        if any(brand in _HEIF_BRANDS for brand in brands):
            return "HEIF"
    return None


def opened_image(file: BinaryIO, kind: str, path: Name) -> Image.Image:
    """The file's header as Pillow reads it, by the plugin of its format alone.

    ``Image.open`` would apply Pillow's own pixel limit, which is one for the whole process.
    """
    import_module(f"PIL.{_PLUGINS[kind]}")
    factory, _ = Image.OPEN[kind]
    if kind == "JPEG":  # the plain reader: further pictures in the file are of no interest
        from PIL.JpegImagePlugin import JpegImageFile

        factory = JpegImageFile
    file.seek(0)
    try:
        image = factory(file, str(path))
    except (SyntaxError, IndexError, TypeError, KeyError) as error:
        raise PhotoError(
            text("photo.not_image", path=path, why=" ".join(str(error).split()) or kind)
        ) from error
    if getattr(image, "is_animated", False):
        raise PhotoError(text("photo.animated", path=path))
    return image


def check_size(width: int, height: int, max_megapixels: float, path: Name) -> None:
    """Refuse more pixels than the limit, before they are decoded.

    Raises:
        PhotoError: over the limit.
    """
    megapixels = width * height / 1e6
    if megapixels > max_megapixels:
        size = f"{megapixels:.0f}" if megapixels >= 1 else f"{megapixels:.1g}"
        limit = f"{max_megapixels:g}"
        raise PhotoError(text("photo.too_large", path=path, megapixels=size, limit=limit))
