from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from looksmith.photos import Photo, read_photo, write_photo
from looksmith.provenance import COMPOSITE, ENHANCED, content_id, xmp_label
from looksmith.verification import checks, read_label

FORMATS = ["jpg", "png", "webp", "tif", "avif", "heic"]


def _failed(path: Path) -> list[str]:
    return [check.sentence for check in checks(read_label(path)) if not check.holds]


@pytest.mark.parametrize("suffix", FORMATS)
def test_all_holds_of_a_labelled_file_in_every_format(
    suffix: str, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    path = tmp_path / f"a.{suffix}"
    write_photo(Photo(photo), path, xmp_label("海", COMPOSITE, content_id(photo)))
    label = read_label(path)
    assert (label.look, label.source_type, label.belongs) == ("海", COMPOSITE, True)
    assert _failed(path) == []


def test_an_ordinary_photo_says_nothing_and_keeps_its_rights(
    tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    exif = Image.Exif()
    exif[33432], exif[315] = "(c) Mei", "Mei"
    Image.fromarray(photo).save(tmp_path / "a.jpg", exif=exif)
    label = read_label(tmp_path / "a.jpg")
    assert (label.rights, label.creators, label.labelled) == ("(c) Mei", ("Mei",), False)
    assert len(_failed(tmp_path / "a.jpg")) == 3


def test_a_label_moves_with_its_picture_and_not_to_another(
    tmp_path: Path, photos: list[NDArray[np.uint8]]
) -> None:
    label = xmp_label("film", ENHANCED, content_id(photos[0]))
    small = np.asarray(Image.fromarray(photos[0]).resize((120, 90)))
    write_photo(Photo(small), tmp_path / "small.jpg", label)
    assert read_label(tmp_path / "small.jpg").belongs is True
    for number, other in enumerate(photos[1:]):
        write_photo(Photo(other), tmp_path / f"{number}.jpg", label)
        assert read_label(tmp_path / f"{number}.jpg").belongs is False
        assert _failed(tmp_path / f"{number}.jpg") != []


def test_an_incomplete_label_is_told(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    packet = xmp_label("film", produce_id="").replace(b"algorithmicallyEnhanced", b"digitalCapture")
    write_photo(Photo(photo), tmp_path / "a.png", packet)
    assert len(_failed(tmp_path / "a.png")) == 2
    assert read_label(tmp_path / "a.png").labelled
    assert read_photo(tmp_path / "a.png").pixels.shape == photo.shape
