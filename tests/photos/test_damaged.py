"""Whatever is wrong with a file becomes one sentence, and nothing else reaches the terminal."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from looksmith.errors import PhotoError
from looksmith.feeds import read_feed
from looksmith.photos import Photo, check_writable, photo_from_image, read_photo, write_photo

Save = Callable[..., Path]


def _refused(path: Path, words: str = "") -> None:
    with pytest.raises(PhotoError, match=words) as caught:
        read_photo(path)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, photos: list[NDArray[np.uint8]]) -> list[bytes]:
    """One small file of each kind."""
    folder = tmp_path_factory.mktemp("whole")
    small = photos[0][:40, :60]
    deep = small.astype(np.uint16) * 257
    exif = Image.Exif()
    exif[33432] = "(c) Mei"
    made = []
    for suffix in ("jpg", "png", "webp", "tif", "avif", "heic"):
        write_photo(Photo(small, exif=exif.tobytes()), folder / f"a.{suffix}")
        made.append((folder / f"a.{suffix}").read_bytes())
    for suffix in ("png", "tif"):
        write_photo(Photo(deep), folder / f"deep.{suffix}")
        made.append((folder / f"deep.{suffix}").read_bytes())
    tifffile.imwrite(folder / "plain.tif", small, photometric="rgb", planarconfig="separate")
    Image.fromarray(small).convert("CMYK").save(folder / "ink.jpg")
    return [*made, (folder / "plain.tif").read_bytes(), (folder / "ink.jpg").read_bytes()]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_a_sentence(
    data: st.DataObject, whole: list[bytes], tmp_path: Path
) -> None:
    damaged = bytearray(data.draw(st.sampled_from(whole)))
    for _ in range(data.draw(st.integers(1, 6))):
        where = data.draw(st.integers(0, min(len(damaged), 400) - 1))
        damaged[where] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(1, len(damaged))) :]
    path = tmp_path / "damaged.jpg"
    path.write_bytes(damaged)
    try:
        photo = read_photo(path, max_megapixels=1)
    except PhotoError as error:
        assert "\n" not in str(error)
    else:
        assert photo.pixels.shape[-1] == 3
        write_photo(photo, tmp_path / "again.jpg")


def test_a_feed_goes_on_without_the_damaged(tmp_path: Path, whole: list[bytes]) -> None:
    for number, content in enumerate(whole):
        (tmp_path / f"{number}.jpg").write_bytes(content)
        (tmp_path / f"{number}cut.jpg").write_bytes(content[: len(content) // 2])
    feed = read_feed(tmp_path)
    assert len(feed) == len(whole)
    assert len(feed.skipped) == len(whole)


def test_an_image_that_turns_out_truncated_is_refused(save: Save) -> None:
    path = save("cut.jpg")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(PhotoError, match="damaged"):
        photo_from_image(Image.open(path))


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_a_jpeg_without_its_last_bytes_is_refused(cut: int, save: Save) -> None:
    path = save("cut.jpg")
    path.write_bytes(path.read_bytes()[:-cut])
    _refused(path, "damaged")


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_is_damaged_in_its_middle_is_refused(progressive: bool, save: Save) -> None:
    """500 bytes of noise; now and then the codes fall into step again, and nothing is seen."""
    path = save("a.jpg", quality=95, progressive=progressive)
    whole, rng, refused = path.read_bytes(), np.random.default_rng(0), 0
    for _ in range(12):
        start = int(rng.integers(2000, len(whole) - 1000))
        noise = rng.integers(0, 255, 500, dtype=np.uint8).tobytes()
        path.write_bytes(whole[:start] + noise + whole[start + 500 :])
        try:
            read_photo(path)
        except PhotoError as error:
            assert "a.jpg: the file is damaged" in str(error)
            refused += 1
    assert refused >= 10


def test_a_few_bytes_behind_the_pixels_are_no_damage(save: Save) -> None:
    path = save("a.jpg", quality=95)
    whole, pixels = path.read_bytes(), read_photo(path).pixels
    path.write_bytes(whole[:-2] + bytes(10) + whole[-2:])
    np.testing.assert_array_equal(read_photo(path).pixels, pixels)


def test_names_and_links_that_lead_nowhere(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    loop, folder = tmp_path / "loop.jpg", tmp_path / "folder.jpg"
    loop.symlink_to(loop)
    folder.mkdir()
    _refused(loop, "leads back to itself")
    _refused(folder, "folder")
    os.mkfifo(tmp_path / "pipe.jpg")
    _refused(tmp_path / "pipe.jpg", "device or a pipe")
    (tmp_path / "pipe.jpg").unlink()
    long = tmp_path / ("x" * 300 + ".jpg")
    _refused(long, "too long")
    for path, words in ((long, "too long"), (folder, "folder"), (tmp_path / "no/a.jpg", "no such")):
        with pytest.raises(PhotoError, match=words):
            check_writable(path)
        with pytest.raises(PhotoError, match=words):
            write_photo(Photo(photo), path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.jpg", "loop.jpg"]


def test_a_side_too_long_for_the_format_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="can't be written"):
        write_photo(Photo(np.zeros((2, 17000, 3), np.uint8)), tmp_path / "long.webp")
    with pytest.raises(PhotoError, match="can't be written"):
        write_photo(Photo(np.zeros((1, 70000, 3), np.uint8)), tmp_path / "long.jpg")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Files may have 4,000 bytes, as on a disk that fills up in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "heic"])
def test_a_disk_that_fills_up_is_said_and_the_old_file_stays(
    suffix: str, tmp_path: Path, photo: NDArray[np.uint8], small_disk: None
) -> None:
    path = tmp_path / f"kept.{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(PhotoError, match="can't be written"):
        write_photo(Photo(photo), path)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_pillows_own_limit_is_left_alone_under_threads(save: Save) -> None:
    path, before = save("a.png"), Image.MAX_IMAGE_PIXELS
    seen = set()

    def watch() -> None:
        while not done.is_set():
            seen.add(Image.MAX_IMAGE_PIXELS)

    done = threading.Event()
    thread = threading.Thread(target=watch)
    thread.start()
    for _ in range(20):
        read_photo(path)
    done.set()
    thread.join()
    assert seen == {before}


def test_libraries_write_nothing_to_the_terminal(tmp_path: Path, whole: list[bytes]) -> None:
    for number, content in enumerate(whole):
        for cut in (60, 150, 400, len(content) - 40):
            (tmp_path / f"{number}-{cut}.tif").write_bytes(content[:cut])
    program = (
        "import sys, pathlib\n"
        "from looksmith.errors import PhotoError\n"
        "from looksmith.photos import read_photo, read_square\n"
        "for path in pathlib.Path(sys.argv[1]).iterdir():\n"
        "    for read in (read_photo, lambda p: read_square(p, 64)):\n"
        "        try: read(path)\n"
        "        except PhotoError: pass\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_warnings_of_others_stay_heard() -> None:
    """In a process of its own: other tests have imported what is imported here."""
    program = (
        "import warnings, looksmith.photos;"
        "assert not [f for f in warnings.filters if 'PIL' in str(f[3])]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tif"])
def test_a_photo_without_its_end_is_said_to_lack_it_also_in_a_feed(save: Save, suffix: str) -> None:
    path = save(f"whole.{suffix}")
    path.write_bytes(path.read_bytes()[:-2000])
    _refused(path, "the end is missing")
    with pytest.raises(PhotoError, match="the end is missing"):
        read_feed([path])
