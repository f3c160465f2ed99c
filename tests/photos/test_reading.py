from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from looksmith.errors import PhotoError
from looksmith.photos import Photo, read_photo, read_square, write_photo

Save = Callable[..., Path]
ADOBE_RGB = imagecodecs.cms_profile("adobergb")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "heic"])
def test_every_format_comes_back_close_to_what_was_written(
    suffix: str, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    path = tmp_path / f"photo.{suffix}"
    write_photo(Photo(photo), path)
    again = read_photo(path)
    assert again.pixels.shape == photo.shape
    assert np.abs(again.pixels.astype(int) - photo).mean() < 4


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("with_alpha", [False, True])
def test_16_bit_files_keep_every_value(
    suffix: str, with_alpha: bool, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    deep = photo.astype(np.uint16) * 257 + 3
    alpha = deep[..., 0].copy() if with_alpha else None
    path = tmp_path / f"deep.{suffix}"
    write_photo(Photo(deep, alpha, ADOBE_RGB), path)
    again = read_photo(path)
    assert again.pixels.dtype == np.uint16
    np.testing.assert_array_equal(again.pixels, deep)
    assert again.profile == ADOBE_RGB
    if alpha is not None:
        assert again.alpha is not None
        np.testing.assert_array_equal(again.alpha, alpha)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "heic"])
@pytest.mark.parametrize("with_alpha", [False, True])
def test_arrays_in_any_order_of_axes_are_written(
    suffix: str, with_alpha: bool, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    planes = np.moveaxis(np.ascontiguousarray(np.moveaxis(photo, -1, 0)), 0, -1)
    alpha = np.asfortranarray(photo[..., 0] // 2 + 128) if with_alpha else None
    path = tmp_path / f"planes.{suffix}"
    write_photo(Photo(planes, alpha), path)
    again = read_photo(path)
    assert np.abs(again.pixels.astype(int) - photo).mean() < 4
    assert (again.alpha is not None) == (with_alpha and suffix != "jpg")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_reset(
    orientation: int, save: Save, photo: NDArray[np.uint8], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save("turned.png", exif=exif)
    read = read_photo(path)
    sides = photo.shape[:2] if orientation < 5 else photo.shape[1::-1]
    assert read.pixels.shape[:2] == sides
    write_photo(read, tmp_path / "again.png")
    with Image.open(tmp_path / "again.png") as again:
        assert again.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_16_bit_orientation_agrees_with_8_bit(
    orientation: int, save: Save, photo: NDArray[np.uint8], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    shallow = read_photo(save("turned.png", exif=exif)).pixels
    write_photo(Photo(photo.astype(np.uint16) * 257, exif=exif.tobytes()), tmp_path / "deep.png")
    deep = read_photo(tmp_path / "deep.png").pixels
    np.testing.assert_array_equal(deep // 257, shallow)


@pytest.mark.parametrize("keep", [False, True])
def test_location_goes_unless_it_is_kept_and_other_exif_stays(
    keep: bool, save: Save, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    read = read_photo(save("located.jpg", exif=exif), keep_location=keep)
    write_photo(read, tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.getexif()[0x010F] == "Maker"
        assert bool(out.getexif().get_ifd(0x8825)) is keep


def test_profile_and_alpha_are_kept(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    alpha = photo[..., 1]
    Image.fromarray(np.dstack((photo, alpha))).save(
        tmp_path / "a.webp", lossless=True, icc_profile=ADOBE_RGB
    )
    read = read_photo(tmp_path / "a.webp")
    assert read.profile == ADOBE_RGB
    write_photo(read, tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as out:
        assert out.info["icc_profile"] == ADOBE_RGB
        np.testing.assert_array_equal(np.asarray(out)[..., 3], np.asarray(read.alpha))


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "CMYK", "RGBA", "I;16"])
def test_every_mode_becomes_rgb(mode: str, tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / f"mode.{'tif' if mode in ('CMYK', 'I;16') else 'png'}"
    if mode == "I;16":
        tifffile.imwrite(path, photo[..., 0].astype(np.uint16) * 257)
    else:
        Image.fromarray(photo).convert("L" if mode == "LA" else mode).convert(mode).save(path)
    read = read_photo(path)
    assert read.pixels.shape == photo.shape
    assert (read.alpha is not None) == (mode in ("LA", "RGBA"))


def test_a_square_is_upright_and_in_srgb(save: Save, photo: NDArray[np.uint8]) -> None:
    plain = read_square(save("plain.png"), 64)
    assert plain.shape == (64, 64, 3)
    wide = read_square(save("wide.png", icc_profile=ADOBE_RGB), 64)
    # The same numbers mean more saturated colours in Adobe RGB.
    assert np.ptp(wide.astype(int), axis=2).mean() > np.ptp(plain.astype(int), axis=2).mean()


# Bad input ------------------------------------------------------------------------------------


def _refused(path: Path, words: str, **options: float) -> None:
    with pytest.raises(PhotoError, match=words) as caught:
        read_photo(path, **options)  # type: ignore[arg-type]
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    _refused(tmp_path / "no.jpg", "no such file")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif", "heic"])
def test_text_named_as_a_photo_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"text.{suffix}"
    path.write_text("this is no photo" * 20)
    _refused(path, "not a photo|damaged")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "heic"])
def test_a_truncated_photo_is_refused(
    suffix: str, tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    whole = tmp_path / f"whole.{suffix}"
    write_photo(Photo(photo), whole)
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    _refused(path, "damaged|not a photo")


def test_a_truncated_16_bit_png_is_refused(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    write_photo(Photo(photo.astype(np.uint16) * 257), tmp_path / "whole.png")
    path = tmp_path / "cut.png"
    path.write_bytes((tmp_path / "whole.png").read_bytes()[:9000])
    _refused(path, "damaged|not a photo")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    _refused(path, "not a photo")


def test_a_bomb_is_refused_and_the_limit_can_be_moved(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (30000, 1)).save(path)
    header = bytearray(path.read_bytes())
    header[20:24] = (30000).to_bytes(4, "big")  # the height
    header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
    path.write_bytes(header)
    _refused(path, "900 megapixels.*--max-megapixels")
    small = tmp_path / "small.png"
    Image.new("RGB", (1000, 1000)).save(small)
    _refused(small, "1 megapixels", max_megapixels=0.5)
    assert read_photo(small, max_megapixels=1.0).size == (1000, 1000)


def test_an_animation_is_refused(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    _refused(path, "animation")


def test_an_unknown_suffix_is_refused_before_writing(
    tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    with pytest.raises(PhotoError, match="not written as .bmp"):
        write_photo(Photo(photo), tmp_path / "a.bmp")
    assert not list(tmp_path.iterdir())


def test_a_failing_write_leaves_the_old_file_and_no_crumbs(
    tmp_path: Path, photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.png"
    path.write_bytes(b"old")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PhotoError, match="no space left"):
        write_photo(Photo(photo), path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.png"]
