"""PIL images in and out, the ones that go out labelled wherever they are saved."""

from __future__ import annotations

from io import BytesIO
from os import PathLike, fsdecode
from pathlib import Path
from typing import IO, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from looksmith.photos import metadata
from looksmith.photos.decoding import decode_image
from looksmith.photos.exif import ORIENTATION, PREFIX, Exif, parse_exif
from looksmith.photos.opening import sentences
from looksmith.photos.photo import Photo
from looksmith.photos.reading import finished
from looksmith.photos.tiff import add_metadata
from looksmith.photos.writing import to_image
from looksmith.provenance import merged_label

_XMP_TAG = 700
File = str | bytes | PathLike[str] | PathLike[bytes] | IO[bytes]


def photo_from_image(image: Image.Image) -> Photo:
    """An open PIL image of any mode, upright, as a photo; modes of 16 bits keep them.

    Raises:
        PhotoError: the image's file turns out damaged, or its numbers are no picture's.
    """
    with sentences(str(getattr(image, "filename", "") or "image")):
        exif, xmp = metadata.of_image(image)
        photo = decode_image(image)
        if image.format == "PNG":  # its EXIF may follow the pixels
            exif, xmp = metadata.of_image(image)
        orientation = metadata.orientation_of(exif, xmp)
        return finished(photo, exif, xmp, orientation, keep_location=True)


def photo_to_image(photo: Photo, xmp: bytes | None = None) -> Image.Image:
    """A PIL image of 8 bits a channel that keeps profile, EXIF, XMP and the label ``xmp``.

    They stand in its ``info``, and its ``save`` writes them in every format that can hold them,
    also after ``resize``, ``crop`` and the like.
    """
    image = LabelledImage.of(to_image(photo))
    said = {"icc_profile": photo.profile, "exif": photo.exif}
    said["xmp"] = merged_label(photo.xmp, xmp)
    image.info.update({name: value for name, value in said.items() if value})
    return image


class LabelledImage(Image.Image):
    """An image whose ``save`` writes the EXIF, XMP and profile of its ``info`` by itself."""

    @classmethod
    def of(cls, image: Image.Image) -> LabelledImage:
        labelled = cls()
        return labelled._new(image.im)

    def _new(self, core: Any) -> LabelledImage:
        """What Pillow's own methods make of an image (a copy, a crop …) is labelled, too."""
        return _labelled(super()._new(core))

    def transform(self, *args: Any, **options: Any) -> LabelledImage:
        """As ``PIL.Image.Image.transform``, which makes an image of its own; ``rotate`` uses it."""
        made = super().transform(*args, **options)
        made.info = self.info.copy()
        return _labelled(made)

    def save(self, fp: File, format: str | None = None, **params: Any) -> None:
        """As ``PIL.Image.Image.save``; what is given here goes before what the image says, but
        an ``xmp`` of the caller's gets the label, too."""
        kind = _format_of(fp, format)
        xmp = merged_label(metadata.as_bytes(params.pop("xmp", None)), self.info.get("xmp"))
        profile = params.get("icc_profile", self.info.get("icc_profile"))
        if profile:
            params["icc_profile"] = profile
        exif = _block(params.pop("exif", self.info.get("exif")))
        if exif and kind in ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "MPO"):
            params["exif"] = _for_pillow(exif, kind)
        if kind == "TIFF" and not params.get("save_all"):
            self._save_tiff(fp, params, parse_exif(exif), xmp)
            return
        if xmp:
            params |= _xmp_option(xmp, kind, params)
        super().save(fp, kind, **params)

    def _save_tiff(
        self, fp: File, params: dict[str, Any], exif: Exif | None, xmp: bytes | None
    ) -> None:
        """Pillow takes an EXIF block or single tags, and no block with signed numbers."""
        out = BytesIO()
        super().save(out, "TIFF", **params)
        add_metadata(out, exif, xmp, None)
        if isinstance(fp, (str, bytes, PathLike)):
            Path(fsdecode(fp)).write_bytes(out.getvalue())
        else:
            fp.write(out.getvalue())


def _labelled(image: Image.Image) -> LabelledImage:
    image.__class__ = LabelledImage
    assert isinstance(image, LabelledImage)
    return image


def _format_of(fp: object, format: str | None) -> str | None:
    """The format's name as ``save`` finds it; None leaves the refusal to Pillow."""
    if format:
        return format.upper()
    name = fp if isinstance(fp, (str, bytes, PathLike)) else getattr(fp, "name", "")
    suffix = Path(fsdecode(name)).suffix.lower() if not isinstance(name, int) else ""
    if suffix in (".heic", ".heif"):
        import pillow_heif

        pillow_heif.register_heif_opener()
    return Image.registered_extensions().get(suffix)


def _block(exif: Any) -> bytes | None:
    return exif.tobytes() if isinstance(exif, Image.Exif) else metadata.as_bytes(exif)


def _for_pillow(exif: bytes, kind: str) -> bytes:
    parsed = parse_exif(exif)
    if parsed is None:
        return exif
    if kind == "AVIF":
        # Pillow would take the block apart for it, which not every block survives.
        parsed.main.pop(ORIENTATION, None)
        return parsed.to_bytes().removeprefix(PREFIX)
    return (parsed.fitting(65533) if kind in ("JPEG", "MPO") else None) or parsed.to_bytes()


def _xmp_option(xmp: bytes, kind: str | None, params: dict[str, Any]) -> dict[str, Any]:
    """How Pillow is told of the packet, format by format."""
    if kind == "PNG":
        info = params.get("pnginfo") or PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return {"pnginfo": info}
    if kind == "TIFF":  # of several pages
        return {"tiffinfo": dict(params.get("tiffinfo") or {}) | {_XMP_TAG: xmp}}
    return {"xmp": xmp} if kind in ("JPEG", "MPO", "WEBP", "AVIF", "HEIF") else {}
