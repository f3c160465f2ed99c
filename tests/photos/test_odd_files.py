"""Layouts that are rare and right: none may come out wrong, none be refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from odd_profiles import cmyk_profile, lut_profile
from PIL import Image

from looksmith.errors import PhotoError
from looksmith.photos import Photo, photo_from_image, read_photo, read_square, write_photo

Save = Callable[..., Path]


def _shown(path: Path) -> NDArray[np.int_]:
    """What a viewer would show: 8 bits, as signed numbers."""
    pixels = read_photo(path).pixels
    return (pixels.astype(int) + 128) // 257 if pixels.dtype == np.uint16 else pixels.astype(int)


@pytest.fixture
def deep(photo: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return photo.astype(np.uint16) * 257


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("with_alpha", [False, True])
def test_planar_tiff(
    dtype: type[np.unsignedinteger], with_alpha: bool, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    planes = np.moveaxis(np.dstack((photo, photo[..., :1])) if with_alpha else photo, -1, 0)
    scale = 257 if dtype == np.uint16 else 1
    path = tmp_path / "planar.tif"
    tifffile.imwrite(
        path, planes.astype(dtype) * dtype(scale), photometric="rgb", planarconfig="separate"
    )
    np.testing.assert_array_equal(_shown(path), photo)
    assert (read_photo(path).alpha is not None) == with_alpha


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_where_white_is_zero(
    dtype: type[np.unsignedinteger], tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    grey, peak = photo[..., 1], np.iinfo(dtype).max
    path = tmp_path / "white.tif"
    tifffile.imwrite(
        path,
        (peak - grey.astype(np.uint32) * (peak // 255)).astype(dtype),
        photometric="miniswhite",
    )
    np.testing.assert_array_equal(_shown(path), np.repeat(grey[..., None], 3, -1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("profiled", [False, True])
def test_cmyk_tiff(
    dtype: type[np.unsignedinteger], profiled: bool, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    ink = np.asarray(Image.fromarray(photo).convert("CMYK"))
    path = tmp_path / "ink.tif"
    scale = dtype(257 if dtype == np.uint16 else 1)
    tifffile.imwrite(
        path,
        ink.astype(dtype) * scale,
        photometric="separated",
        iccprofile=cmyk_profile() if profiled else None,
    )
    read = read_photo(path)
    assert read.profile is None
    assert read.alpha is None
    assert read.pixels.dtype == dtype
    assert np.abs(_shown(path) - photo).mean() < (6 if profiled else 1)


@pytest.mark.parametrize("name", ["float32", "float64", "float16"])
@pytest.mark.parametrize("grey", [False, True])
def test_tiff_of_floats(name: str, grey: bool, tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    array = photo[..., 1] if grey else photo
    path = tmp_path / "floats.tif"
    tifffile.imwrite(path, (array / 255).astype(name), photometric="minisblack" if grey else "rgb")
    expected = np.repeat(array[..., None], 3, -1) if grey else array
    assert np.abs(_shown(path) - expected).max() <= 1


def test_floats_that_are_no_picture_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "hdr.tif"
    tifffile.imwrite(path, np.full((8, 8, 3), 7.3, np.float32), photometric="rgb")
    with pytest.raises(PhotoError, match="outside"):
        read_photo(path)
    tifffile.imwrite(path, np.full((8, 8, 3), np.nan, np.float32), photometric="rgb")
    with pytest.raises(PhotoError, match="outside"):
        read_photo(path)


def test_grey_with_alpha_at_16_bits(tmp_path: Path, deep: NDArray[np.uint16]) -> None:
    path = tmp_path / "greyalpha.tif"
    tifffile.imwrite(path, deep[..., :2], photometric="minisblack", extrasamples=["unassalpha"])
    read = read_photo(path)
    np.testing.assert_array_equal(read.pixels, np.repeat(deep[..., :1], 3, -1))
    np.testing.assert_array_equal(np.asarray(read.alpha), deep[..., 1])


def test_premultiplied_alpha_is_taken_out(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    alpha = np.full(photo.shape[:2], 128, np.uint8)
    dark = (photo * (128 / 255) + 0.5).astype(np.uint8)
    path = tmp_path / "premultiplied.tif"
    tifffile.imwrite(path, np.dstack((dark, alpha)), photometric="rgb", extrasamples=["assocalpha"])
    assert np.abs(_shown(path) - photo).max() <= 2


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L", "I"])
def test_pil_images_of_16_bits(mode: str, deep: NDArray[np.uint16]) -> None:
    grey = deep[..., 1]
    if mode == "I":
        image = Image.fromarray(grey.astype(np.int32))
    else:
        raw = grey.astype(">u2" if mode == "I;16B" else "<u2").tobytes()
        image = Image.frombytes(mode, grey.shape[::-1], raw)
    photo = photo_from_image(image)
    np.testing.assert_array_equal(photo.pixels, np.repeat(grey[..., None], 3, -1))


def test_a_grey_image_with_premultiplied_alpha(photo: NDArray[np.uint8]) -> None:
    grey = Image.fromarray(photo[..., 1])
    image = Image.merge("LA", (grey, Image.new("L", grey.size, 255))).convert("La")
    np.testing.assert_array_equal(photo_from_image(image).pixels[..., 0], photo[..., 1])


@pytest.mark.parametrize("suffix", ["heic", "png", "tif", "webp", "avif"])
def test_a_wrong_suffix_does_not_matter(
    suffix: str, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    right, wrong = tmp_path / f"a.{suffix}", tmp_path / "a.jpg"
    write_photo(Photo(photo), right)
    right.rename(wrong)
    assert np.abs(_shown(wrong) - photo).mean() < 4


def test_bigtiff_and_tiles_and_other_depths(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "odd.tif"
    tifffile.imwrite(path, photo, photometric="rgb", bigtiff=True, tile=(64, 64))
    np.testing.assert_array_equal(_shown(path), photo)
    tifffile.imwrite(path, photo[..., 1].astype(np.uint32) << 24, photometric="minisblack")
    assert np.abs(_shown(path)[..., 0] - photo[..., 1]).max() <= 1
    tifffile.imwrite(path, photo, photometric="rgb", byteorder=">", compression="lzw")
    np.testing.assert_array_equal(_shown(path), photo)
    tifffile.imwrite(path, photo[..., 1].astype(np.uint64), photometric="minisblack")
    np.testing.assert_array_equal(_shown(path)[..., 0], photo[..., 1])
    Image.fromarray(photo[..., 1].astype(np.int32)).save(path)
    np.testing.assert_array_equal(_shown(path)[..., 0], photo[..., 1])
    Image.fromarray(photo).convert("YCbCr").save(path)
    assert np.abs(_shown(path) - photo).mean() < 2
    Image.fromarray(photo).quantize(64).save(path)
    assert np.abs(_shown(path) - photo).mean() < 12
    Image.fromarray(photo).convert("1").save(path, compression="group4")
    assert set(np.unique(_shown(path))) == {0, 255}
    Image.fromarray(photo).save(path, compression="jpeg", quality=95)
    assert np.abs(_shown(path) - photo).mean() < 4


def test_of_several_pages_the_first_is_read(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "pages.tif"
    pages = [Image.fromarray(a) for a in (photo, 255 - photo)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    np.testing.assert_array_equal(_shown(path), photo)


def test_a_raw_file_is_refused_in_words(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "raw.tif"
    tifffile.imwrite(path, photo, photometric="rgb", extratags=[(50706, 1, 4, b"\1\4\0\0", True)])
    with pytest.raises(PhotoError, match="raw file"):
        read_photo(path)


def test_a_profile_of_tables_is_honoured(save: Save, photo: NDArray[np.uint8]) -> None:
    adobe = imagecodecs.cms_profile("adobergb")
    by_matrix = read_square(save("matrix.jpg", icc_profile=adobe, quality=95), 64).astype(int)
    by_table = read_square(save("table.jpg", icc_profile=lut_profile(), quality=95), 64)
    plain = read_square(save("plain.jpg", quality=95), 64)
    assert np.abs(by_table - by_matrix).mean() < 1.5
    assert np.abs(plain - by_matrix).mean() > 4


def test_a_profile_that_leads_one_way_is_used_at_reading(
    save: Save, photo: NDArray[np.uint8]
) -> None:
    read = read_photo(save("scanned.png", icc_profile=lut_profile(back=False)))
    assert read.profile is None
    assert np.abs(read.pixels.astype(int) - photo).mean() > 2


@pytest.mark.parametrize("kind", ["rgb", "cut", "damaged", "none"])
def test_cmyk_jpeg_whose_profile_is_no_use(
    kind: str, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    good = cmyk_profile()
    profiles = {
        "rgb": imagecodecs.cms_profile("adobergb"),
        "cut": good[: len(good) // 2],
        "damaged": good[:200] + bytes(reversed(good[200:])),
        "none": None,
    }
    path = tmp_path / "ink.jpg"
    Image.fromarray(photo).convert("CMYK").save(path, quality=95, icc_profile=profiles[kind])
    read = read_photo(path)
    assert read.profile is None
    assert np.abs(read.pixels.astype(int) - photo).mean() < 4
