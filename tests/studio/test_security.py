"""What strangers send, and what they may not reach."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from looksmith.studio.files import Files
from looksmith.studio.guard import HEADERS
from looksmith.studio.sweeping import sweep

if TYPE_CHECKING:
    from tests.studio.conftest import Studio


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def giant_exif(jpeg: bytes) -> bytes:
    """EXIF that points far beyond its end."""
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 0xFFFF) + b"\xff" * 60_000
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def test_hostile_files_are_refused_by_the_worker_and_leave_nothing(
    studio: Studio, jpeg: bytes
) -> None:
    gif = io.BytesIO()
    Image.new("P", (4, 4)).save(gif, "GIF")
    hostile = {
        "empty.jpg": b"",
        "short.jpg": jpeg[: len(jpeg) // 3],
        "head.jpg": jpeg[:20],
        "bomb.png": bomb(),
        "wide.png": bomb(2**31 - 1, 1),
        "text.jpg": b"<script>alert(1)</script>",
        "svg.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "zip.tiff": b"PK\x03\x04" + os.urandom(100),
        "noise.heic": b"\0\0\0\x18ftypheic" + os.urandom(500),
        "noise.avif": b"\0\0\0\x1cftypavif" + os.urandom(500),
        "noise.webp": b"RIFF\xff\xff\xff\xffWEBPVP8 " + os.urandom(200),
        "noise.tif": b"II*\0\x08\0\0\0" + b"\xff" * 400,
    }
    for name, content in hostile.items():
        photo = studio.upload(content, name)
        studio.work()
        seen = studio.client.get(f"/v1/photos/{photo['id']}").json()
        assert seen["state"] == "failed", name
        assert seen["problem"].startswith(name) and str(studio.settings.folder) not in str(seen)
        assert studio.client.get(f"/v1/photos/{photo['id']}/preview").status_code == 409
        assert studio.client.delete(f"/v1/photos/{photo['id']}").status_code == 204
    assert studio.files() == set()


def test_odd_but_whole_photos_are_read(studio: Studio, jpeg: bytes) -> None:
    for name, content in {
        "tail.jpg": jpeg + b"PK\x03\x04<script>",  # a polyglot
        "exif.jpg": giant_exif(jpeg),
        "really-a-jpeg.png": jpeg,
    }.items():
        photo = studio.upload(content, name)
        studio.work()
        assert studio.client.get(f"/v1/photos/{photo['id']}").json()["state"] == "ready", name


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.jpg",
        "..\\..\\windows\\a.jpg",
        "/etc/cron.d/a.jpg",
        "a\x00b.jpg",
        "\x1b]0;gone\x07.jpg",
        "\u202egpj.exe.jpg",
        "照片" * 150 + ".jpg",
        ".jpg",
    ],
)
def test_names_of_files_reach_no_path(studio: Studio, jpeg: bytes, name: str) -> None:
    answer = studio.client.post("/v1/photos", files={"photo": (name, jpeg)})
    assert answer.status_code in (201, 422)
    studio.work()
    inside = [p for p in studio.settings.folder.rglob("*.jpg")]
    assert all(len(p.stem) == 36 for p in inside)
    if answer.status_code == 201:
        kept = answer.json()["name"]
        assert not set(kept) & set("/\\\0\x1b\x07\u202e") and len(kept) <= 200


@pytest.mark.parametrize("suffix", [".svg", ".gif", ".html", ".exe", ""])
def test_other_kinds_of_files_are_not_kept(studio: Studio, suffix: str) -> None:
    answer = studio.client.post("/v1/photos", files={"photo": (f"a{suffix}", b"x")})
    assert answer.status_code == 422
    assert studio.files() == set()


def test_paths_of_the_studio_are_its_own(studio: Studio) -> None:
    files = Files(studio.settings.folder)
    for name in ("..", "../x", "g" * 36, "0" * 35, "0" * 37):
        with pytest.raises(ValueError, match="not a path"):
            files.path("photos", "local", name, ".jpg")
    with pytest.raises(ValueError, match="not a path"):
        files.path("photos", "local", "0" * 36, ".exe")


def test_uploads_beyond_the_limit_are_cut_off(
    make_studio: Callable[..., Studio], jpeg: bytes
) -> None:
    studio = make_studio(max_upload_mb=0.2, max_photos=2)
    large = {"photo": ("a.jpg", b"\xff" * 400_000)}
    assert studio.client.post("/v1/photos", files=large).status_code == 413

    def endless() -> object:
        yield b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 10_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    lying = studio.client.post("/v1/photos", content=endless(), headers=headers)  # type: ignore[arg-type]
    assert lying.status_code == 413
    for _ in range(2):
        studio.upload(jpeg)
    full = studio.client.post("/v1/photos", files={"photo": ("c.jpg", jpeg)})
    assert full.status_code == 409
    assert "full" in full.json()["detail"]


def test_every_answer_has_the_headers(studio: Studio) -> None:
    for path in ("/", "/v1/photos", "/v1/nothing", "/static/page.js"):
        answer = studio.client.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        assert "server" not in answer.headers
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_pages_of_other_sites_can_change_nothing(studio: Studio) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = studio.client.post("/v1/jobs", json={}, headers=headers)
        assert answer.status_code == 403, headers
    assert studio.client.get("/v1/photos", headers={"Host": "evil.example"}).status_code == 400


def test_too_many_requests_are_told_to_wait(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(requests_a_minute=5)
    codes = [studio.client.get("/v1/photos").status_code for _ in range(7)]
    assert codes[:5] == [200] * 5
    assert codes[-1] == 429


def test_names_are_escaped_on_the_page(studio: Studio, warm: list[bytes]) -> None:
    name = "<img src=x onerror=alert(1)>"
    photo = studio.upload(warm[0], data={"prepare": "false"})["id"]
    given = {"kind": "learn", "photos": [photo], "consent": "mine"}
    job = studio.start(**given, name=name)
    studio.work()
    look = studio.job(job["id"])["output"]["look"]
    page = studio.client.get(f"/v1/looks/{look}/html").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_old_and_orphaned_files_are_swept_away(studio: Studio, look: str, jpeg: bytes) -> None:
    photo = studio.upload(jpeg)
    studio.work()
    orphan = studio.settings.folder / "results" / "local" / ("f" * 36 + ".jpg")
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x")
    old = time.time() - 10_000
    os.utime(orphan, (old, old))
    database, files = studio.worker.database, studio.worker.files
    sweep(database, files, keep_days=1)
    assert not orphan.exists()
    assert {name[:36] for name in studio.files()} == {look, photo["id"]}
    for path in studio.settings.folder.rglob("*.*"):
        os.utime(path, (old, old))
    sweep(database, files, keep_days=-1)
    assert {name[:36] for name in studio.files()} == {look}  # looks stay
