from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import looksmith
from looksmith import Look, LooksmithError, PhotoError
from looksmith.photos import Photo, read_photo, write_photo
from looksmith.rendering import Controls
from looksmith.transfer import Transfer, apply_file

ADOBE_RGB = imagecodecs.cms_profile("adobergb")


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Look:
    """A look with a clear direction: warm and faded."""
    from skimage import data

    folder = tmp_path_factory.mktemp("feed")
    for index, name in enumerate(("astronaut", "coffee", "chelsea", "rocket")):
        photo = np.asarray(Image.fromarray(getattr(data, name)()).resize((160, 120)), np.float32)
        warm = photo * np.float32([0.75, 0.62, 0.4]) + 40
        Image.fromarray(warm.astype(np.uint8)).save(folder / f"{index}.png")
    return looksmith.learn(folder, "warm")


def test_the_look_moves_a_photo_towards_the_feed(look: Look, photo: NDArray[np.uint8]) -> None:
    made = looksmith.apply(look, photo)
    assert isinstance(made, np.ndarray)
    before, after = photo.reshape(-1, 3).mean(0), made.reshape(-1, 3).mean(0)
    assert after[0] - after[2] > before[0] - before[2] + 10


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
def test_an_array_comes_back_as_an_array_of_its_type(
    look: Look, photo: NDArray[np.uint8], dtype: type
) -> None:
    scale = {np.uint8: 1, np.uint16: 257}.get(dtype, 1 / 255)
    typed = (photo.astype(np.float64) * scale).astype(dtype)
    made = looksmith.apply(look, typed)
    assert isinstance(made, np.ndarray)
    assert made.dtype == dtype
    assert made.shape == photo.shape
    same = looksmith.apply(look, typed, strength=0, mood=0)
    np.testing.assert_array_equal(same, typed)


def test_an_array_of_the_other_byte_order_is_taken(look: Look, photo: NDArray[np.uint8]) -> None:
    typed = photo.astype(np.uint16) * 257
    made = looksmith.apply(look, typed.astype(">u2"))
    np.testing.assert_array_equal(made, np.asarray(looksmith.apply(look, typed)))


def test_paths_and_images_come_back_as_labelled_images(
    look: Look, photo: NDArray[np.uint8], tmp_path: Path
) -> None:
    path = tmp_path / "me.png"
    Image.fromarray(photo).save(path)
    for given_photo in (path, str(path), Image.fromarray(photo)):
        made = looksmith.apply(look, given_photo)
        assert isinstance(made, Image.Image)
        assert b"algorithmicallyEnhanced" in made.info["xmp"]
        np.testing.assert_array_equal(np.asarray(made), looksmith.apply(look, photo))


def test_strength_moves_evenly_between_photo_and_result(
    look: Look, photo: NDArray[np.uint8]
) -> None:
    floats = photo.astype(np.float32) / 255
    whole, half = (
        np.asarray(looksmith.apply(look, floats, strength=s, mood=0)) for s in (1.0, 0.5)
    )
    inside = (whole > 0.001) & (whole < 0.999)
    np.testing.assert_allclose(half[inside], (floats + whole)[inside] / 2, atol=1e-4)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    seed=st.integers(0, 99),
    strength=st.floats(0, 1),
)
def test_any_size_gives_a_sound_photo_of_the_same_size(
    look: Look, height: int, width: int, seed: int, strength: float
) -> None:
    pixels = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    made = np.asarray(looksmith.apply(look, pixels, strength=strength))
    assert made.shape == pixels.shape
    assert np.isfinite(made).all()
    assert made.min() >= 0
    assert made.max() <= 1


@pytest.mark.parametrize("strength", [-0.1, 1.6, float("nan")])
def test_a_senseless_strength_is_refused(
    look: Look, photo: NDArray[np.uint8], strength: float
) -> None:
    with pytest.raises(LooksmithError, match="between 0 and 1.5"):
        looksmith.apply(look, photo, strength=strength)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.int32),
        np.full((4, 4, 3), 2.0),
        np.full((4, 4, 3), np.nan),
    ],
)
def test_arrays_that_are_no_photos_are_refused(look: Look, array: NDArray[np.generic]) -> None:
    with pytest.raises(PhotoError, match="photo array"):
        looksmith.apply(look, array)
    with pytest.raises(PhotoError, match="photo array"):  # nor is such a picture to match
        looksmith.match("never read.jpg", array)


# Files ------------------------------------------------------------------------------------------


def test_a_file_keeps_its_metadata_and_gains_its_label(
    look: Look, photo: NDArray[np.uint8], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    source, target = tmp_path / "me.jpg", tmp_path / "out.jpg"
    Image.fromarray(photo).save(source, exif=exif)
    apply_file(Transfer(look), source, target)
    with Image.open(target) as out:
        assert out.getexif()[0x010F] == "Maker"
        assert b"TC260:AIGC" in out.info["xmp"]


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "heic", "avif"])
def test_every_format_carries_the_label(
    suffix: str, look: Look, photo: NDArray[np.uint8], tmp_path: Path
) -> None:
    source, target = tmp_path / "me.png", tmp_path / f"out.{suffix}"
    Image.fromarray(photo).save(source)
    apply_file(Transfer(look), source, target)
    assert b"algorithmicallyEnhanced" in target.read_bytes()


def test_16_bits_stay_16_bits(look: Look, photo: NDArray[np.uint8], tmp_path: Path) -> None:
    source, target = tmp_path / "deep.png", tmp_path / "out.tif"
    write_photo(Photo(photo.astype(np.uint16) * 257), source)
    apply_file(Transfer(look), source, target)
    pixels = read_photo(target).pixels
    assert pixels.dtype == np.uint16
    assert len(np.unique(pixels)) > 256


def test_a_wide_gamut_photo_keeps_its_profile_and_its_vivid_colours(
    look: Look, photo: NDArray[np.uint8], tmp_path: Path
) -> None:
    vivid = photo.copy()
    vivid[:40, :40] = (0, 255, 0)
    source, target = tmp_path / "wide.png", tmp_path / "out.png"
    write_photo(Photo(vivid, None, ADOBE_RGB), source)
    apply_file(Transfer(look, Controls(strength=0.1)), source, target)
    out = read_photo(target)
    assert out.profile == ADOBE_RGB
    # In sRGB this green would have come back as about (144, 255, 60).
    assert out.pixels[:40, :40, 0].mean() < 80


def test_a_wide_gamut_photo_looks_as_its_srgb_twin_does(
    look: Look, photo: NDArray[np.uint8]
) -> None:
    from looksmith.photos.profiles import wide_gamut

    muted = (photo * 0.5 + 60).astype(np.uint8)  # inside both gamuts
    gamut = wide_gamut(ADOBE_RGB)
    assert gamut is not None
    wide = gamut.from_srgb(muted.astype(np.float32) / 255, np.dtype(np.uint16))
    expected = np.asarray(looksmith.apply(look, muted), np.float32) / 255
    made = gamut.to_srgb(Transfer(look).photo(Photo(wide, None, ADOBE_RGB)).pixels)
    assert np.abs(made - expected).mean() < 0.01


def test_a_truncated_photo_is_refused_and_nothing_is_written(
    look: Look, photo: NDArray[np.uint8], tmp_path: Path
) -> None:
    source, target = tmp_path / "me.jpg", tmp_path / "out.jpg"
    Image.fromarray(photo).save(source)
    source.write_bytes(source.read_bytes()[:3000])
    with pytest.raises(PhotoError, match="damaged"):
        apply_file(Transfer(look), source, target)
    assert not target.exists()


def test_a_file_in_memory_is_taken_as_the_file_is(
    look: Look, save: Callable[..., Path], tmp_path: Path
) -> None:
    path = save("a.jpg", quality=95)
    wanted = np.asarray(looksmith.apply(look, path))
    for source in (path.read_bytes(), io.BytesIO(path.read_bytes())):
        made = looksmith.apply(look, source)
        assert isinstance(made, Image.Image)
        np.testing.assert_array_equal(np.asarray(made), wanted)
    with path.open("rb") as file:
        np.testing.assert_array_equal(np.asarray(looksmith.apply(look, file)), wanted)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (b"no photo", "the photo given: this is not a photo"),
        (io.BytesIO(), "the photo given"),
        (io.StringIO("words"), "not StringIO"),
        (42, "not int"),
    ],
)
def test_what_holds_no_photo_is_refused_in_a_sentence(look: Look, given: object, why: str) -> None:
    with pytest.raises(PhotoError, match=why):
        looksmith.apply(look, given)
