"""Rights, ratings and capture data survive every format; location goes unless it is kept."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from looksmith.photos import Photo, photo_from_image, photo_to_image, read_photo, write_photo
from looksmith.photos.exif import Entry, Exif, parse_exif
from looksmith.provenance import COMPOSITE, ENHANCED, aigc_of, source_type_of, xmp_label
from looksmith.xmp import DC, EXIF, XMP, Packet

Save = Callable[..., Path]
FORMATS = ["jpg", "png", "webp", "tif", "avif", "heic"]
RIGHTS = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmp:Rating="4" exif:GPSLatitude="48,8N" tiff:Orientation="1">
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">(c) Mei</rdf:li></rdf:Alt></dc:rights>
<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>dusk</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
COPYRIGHT, TAKEN, EXPOSURE_BIAS, DESCRIPTION = 33432, 36867, 37380, 270


def _text(value: bytes) -> Entry:
    return Entry(2, len(value) + 1, value + b"\0")


@pytest.fixture(params=["<", ">"])
def exif(request: pytest.FixtureRequest) -> Exif:
    """Copyright, capture date, a signed rational, and a float, in either byte order."""
    order = request.param
    fields = {
        TAKEN: _text(b"2026:11:27 10:17:00"),
        EXPOSURE_BIAS: Entry(10, 1, struct.pack(order + "2i", -1, 3)),
        50000: Entry(11, 1, struct.pack(order + "f", 0.5)),
        50001: Entry(8, 1, struct.pack(order + "h", -2)),
    }
    place = {1: _text(b"N"), 2: Entry(5, 1, struct.pack(order + "2I", 48, 1))}
    main = {COPYRIGHT: _text(b"(c) Mei"), DESCRIPTION: _text(b"The sea")}
    return Exif(order, main, {0x8769: fields, 0x8825: place})


def _source(path: Path, photo: NDArray[np.generic], exif: Exif) -> Path:
    write_photo(Photo(photo, exif=exif.to_bytes(), xmp=RIGHTS), path)
    return path


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("source", ["jpg", "tif"])
def test_rights_survive_and_the_label_is_added(
    source: str, suffix: str, exif: Exif, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    start = _source(tmp_path / f"in.{source}", photo, exif)
    target = tmp_path / f"out.{suffix}"
    write_photo(read_photo(start), target, xmp_label("film"))
    made = read_photo(target)
    kept = parse_exif(made.exif)
    assert kept is not None
    assert kept.main[COPYRIGHT].data == b"(c) Mei\0"
    assert kept.children[0x8769][TAKEN].data.startswith(b"2026")
    bias = kept.children[0x8769][EXPOSURE_BIAS].data
    assert struct.unpack(kept.order + "2i", bias) == (-1, 3)
    packet = Packet(made.xmp)
    assert packet.get(DC, "rights") == "(c) Mei"
    assert packet.items(DC, "subject") == ["sea", "dusk"]
    assert packet.get(XMP, "Rating") == "4"
    assert source_type_of(packet) == ENHANCED
    assert aigc_of(packet)["ContentProducer"] == "Looksmith"


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_16_bit_files_keep_rights_too(
    suffix: str, exif: Exif, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    path = _source(tmp_path / f"deep.{suffix}", photo.astype(np.uint16) * 257, exif)
    made = read_photo(path)
    assert made.pixels.dtype == np.uint16
    with Image.open(path) as opened:  # another reader sees the same
        assert opened.getexif()[COPYRIGHT] == "(c) Mei"
        assert opened.getexif().get_ifd(0x8769)[TAKEN] == "2026:11:27 10:17:00"
    assert Packet(made.xmp).get(XMP, "Rating") == "4"


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("keep", [False, True])
def test_location_in_exif_and_xmp_goes_unless_it_is_kept(
    keep: bool, suffix: str, exif: Exif, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    read = read_photo(_source(tmp_path / f"in.{suffix}", photo, exif), keep_location=keep)
    kept = parse_exif(read.exif)
    assert kept is not None
    assert (0x8825 in kept.children) is keep
    assert (Packet(read.xmp).get(EXIF, "GPSLatitude") is not None) is keep


def _iptc(number: int, value: bytes, record: int = 2) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("suffix", ["jpg", "tif", "photoshop.tif"])
def test_rights_in_iptc_records_go_into_xmp(
    suffix: str, declared: bool, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    coding = "utf-8" if declared else "latin-1"
    records = _iptc(90, b"\x1b%G", 1) if declared else b""
    records += _iptc(116, "© Zoë".encode(coding)) + _iptc(80, b"Mei")
    records += _iptc(25, b"sea") + _iptc(25, b"dusk") + _iptc(110, b"Agency")
    blocks = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records
    path = tmp_path / f"in.{suffix}"
    if suffix == "jpg":
        segment = b"Photoshop 3.0\0" + blocks + bytes(len(records) % 2)
        marker = b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment
        Image.fromarray(photo).save(path, extra=marker)
    else:
        tag, data = (33723, records) if suffix == "tif" else (34377, blocks)
        tags = [(tag, 7, len(data), data, True)]
        tifffile.imwrite(path, photo, photometric="rgb", extratags=tags)
    write_photo(read_photo(path), tmp_path / "out.webp", xmp_label("film"))
    packet = Packet(read_photo(tmp_path / "out.webp").xmp)
    assert packet.get(DC, "rights") == "© Zoë"
    assert packet.get(DC, "creator") == "Mei"
    assert packet.items(DC, "subject") == ["sea", "dusk"]
    assert packet.get("http://ns.adobe.com/photoshop/1.0/", "Credit") == "Agency"


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_damaged_iptc_records_do_not_stop_a_photo(
    cut: int, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    records = (_iptc(116, b"(c) Mei") + _iptc(80, b"Mei" * 5))[:cut]
    blocks = (b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records)[: cut + 2]
    tags = [(33723, 7, cut + 1, b"x" + records.ljust(cut), True)]
    tags.append((34377, 7, len(blocks), blocks, True))
    tifffile.imwrite(tmp_path / "a.tif", photo, photometric="rgb", extratags=tags)
    assert read_photo(tmp_path / "a.tif").pixels.shape == photo.shape


def test_bigtiff_gives_exif_that_can_be_read(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "big.tif"
    tags = [(COPYRIGHT, 2, 0, "(c) Mei", True), (315, 2, 0, "Mei", True)]
    tifffile.imwrite(path, photo, photometric="rgb", bigtiff=True, extratags=tags)
    read = Image.Exif()
    read.load(read_photo(path).exif or b"")
    assert (read[COPYRIGHT], read[315]) == ("(c) Mei", "Mei")


def test_metadata_of_100_kilobytes_fit_a_jpeg(
    exif: Exif, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    path = tmp_path / "photoshop.tif"
    tags = [(34377, 1, 150_000, bytes(150_000), True), (COPYRIGHT, 2, 0, "(c) Mei", True)]
    history = b"<dc:source>" + b"x" * 150_000 + b"</dc:source></rdf:Description>"
    long_xmp = RIGHTS.replace(b"</rdf:Description>", history)
    tags.append((700, 1, len(long_xmp), long_xmp, True))
    tifffile.imwrite(path, photo, photometric="rgb", extratags=tags)
    write_photo(read_photo(path), tmp_path / "out.jpg", xmp_label("film"))
    made = read_photo(tmp_path / "out.jpg")
    assert Packet(made.xmp).get(DC, "rights") == "(c) Mei"
    assert source_type_of(Packet(made.xmp)) == ENHANCED
    assert b"(c) Mei" in (made.exif or b"")
    exif.children[0x8769][0x927C] = Entry(7, 90_000, bytes(90_000))  # a maker note
    write_photo(Photo(photo, exif=exif.to_bytes()), tmp_path / "note.jpg")
    assert b"(c) Mei" in (read_photo(tmp_path / "note.jpg").exif or b"")


@pytest.mark.parametrize("orientation", [1, 6])
def test_dimensions_follow_the_turn(
    orientation: int, exif: Exif, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    for tag, side in ((0xA002, 200), (0xA003, 150)):
        exif.children[0x8769][tag] = Entry(4, 1, struct.pack(exif.order + "I", side))
    exif.main[0x0112] = Entry(3, 1, struct.pack(exif.order + "H", orientation))
    read = read_photo(_source(tmp_path / "in.jpg", photo, exif))
    kept = parse_exif(read.exif)
    assert kept is not None
    assert kept.orientation == 1
    width = struct.unpack(kept.order + "I", kept.children[0x8769][0xA002].data)[0]
    assert width == read.size[0] == (150 if orientation == 6 else 200)


@pytest.mark.parametrize("cut", [7, 12, 30, 60, 100])
def test_damaged_exif_does_not_stop_a_photo(
    cut: int, exif: Exif, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    Image.fromarray(photo).save(tmp_path / "cut.jpg", exif=exif.to_bytes()[:cut])
    assert read_photo(tmp_path / "cut.jpg").pixels.shape == photo.shape


# The image that apply() gives --------------------------------------------------------------------


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("options", [{}, {"quality": 80}, {"exif": None}, {"xmp": RIGHTS}])
def test_an_image_keeps_label_profile_and_exif_when_it_is_saved(
    suffix: str, options: dict[str, object], exif: Exif, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    import imagecodecs

    profile = imagecodecs.cms_profile("adobergb")
    image = photo_to_image(
        Photo(photo, None, profile, exif.to_bytes(), RIGHTS), xmp_label("film", COMPOSITE)
    )
    path = tmp_path / f"saved.{suffix}"
    image.resize((100, 75)).save(path, **options)
    made = read_photo(path)
    packet = Packet(made.xmp)
    assert source_type_of(packet) == COMPOSITE
    assert packet.get(DC, "rights") == "(c) Mei"
    assert made.profile == profile
    if "exif" not in options:
        assert b"(c) Mei" in (made.exif or b"")


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.copy(),
        lambda image: image.crop((5, 5, 90, 90)),
        lambda image: image.rotate(30),
        lambda image: image.convert("L"),
        lambda image: pickle.loads(pickle.dumps(image)),
    ],
    ids=["copy", "crop", "rotate", "grey", "pickle"],
)
def test_what_is_made_of_an_image_is_labelled_too(
    change: Callable[[Image.Image], Image.Image], tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    image = change(photo_to_image(Photo(photo), xmp_label("film")))
    image.save(tmp_path / "a.jpg")
    image.save(tmp_path / "pages.tif", save_all=True, append_images=[image])
    for name in ("a.jpg", "pages.tif"):
        assert source_type_of(Packet(read_photo(tmp_path / name).xmp)) == ENHANCED


def test_an_image_can_be_saved_to_a_stream_and_read_again(
    exif: Exif, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    image = photo_to_image(Photo(photo, exif=exif.to_bytes()), xmp_label("film"))
    with (tmp_path / "stream").open("wb") as file:
        image.save(file, "png")
    again = photo_from_image(Image.open(tmp_path / "stream"))
    assert source_type_of(Packet(again.xmp)) == ENHANCED
    np.testing.assert_array_equal(again.pixels, photo)
