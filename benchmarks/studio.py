"""The studio under load, under faults, and under the finger; prints a table.

python benchmarks/studio.py load     # 20 clients, 2-megapixel photos, against the bare engine
python benchmarks/studio.py faults   # 100 jobs, workers killed 10 times and the server 5 times
python benchmarks/studio.py slider   # from a slider's move to the drawn picture, in Chromium
python benchmarks/studio.py hostile  # 500 hostile uploads
python benchmarks/studio.py fuzz     # every route with odd values; needs: pip install schemathesis
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import httpx2
import numpy as np
from PIL import Image
from skimage import data

from looksmith.client import Client, StudioError
from looksmith.look import Look
from looksmith.transfer import Transfer, apply_file

SIZE = (1740, 1160)  # 2 megapixels
CHROMIUM = "/usr/bin/chromium"
ODD_NAMES = (
    "../../a",
    "a\x00b",
    "\x1b[2J",
    "照片" * 99,
    "..",
    "a",
    "C:\\a",
    "%2e%2e%2fa",
    "a\r\nb",
    "con",
)


def photo(size: tuple[int, int] = SIZE) -> bytes:
    """A JPEG of scikit-image's portrait."""
    made = io.BytesIO()
    Image.fromarray(data.astronaut()).resize(size, Image.Resampling.BICUBIC).save(made, "JPEG")
    return made.getvalue()


@contextmanager
def studio(workers: int = 2) -> Iterator[tuple[str, int, Path]]:
    """A running studio: its address, the supervisor's process number, its folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "looksmith.cli", "studio", "--port", "0"]
        command += ["--workers", str(workers), "--folder", name]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        found = re.search(r"http://\S+:\d+", process.stderr.readline())
        assert found, "the studio did not start"
        try:
            yield found[0], process.pid, folder
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def learn(client: Client, folder: Path) -> str:
    """A look of four warm photos."""
    paths = []
    for name in ("astronaut", "coffee", "chelsea", "rocket"):
        warm = (getattr(data, name)() * np.array([1.0, 0.85, 0.6])).astype(np.uint8)
        paths.append(folder / f"{name}.jpg")
        Image.fromarray(warm).save(paths[-1])
    return client.learn("warm", paths, "Free photos.").id


# Load ---------------------------------------------------------------------------------------------


def _bare(look: str, source: str, seconds: float) -> int:
    """How many photos one process of the bare engine makes."""
    transfer, target = Transfer(Look.load(look)), Path(source).with_suffix(f".{os.getpid()}.jpg")
    apply_file(transfer, Path(source), target)  # the first compiles
    done, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        apply_file(transfer, Path(source), target)
        done += 1
    return done


def bare(look: Path, source: Path, seconds: float, processes: int = 2) -> float:
    """Photos a second of the bare engine, one process a core."""
    os.environ["NUMBA_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    with get_context("spawn").Pool(processes) as pool:
        made = pool.starmap(_bare, [(str(look), str(source), seconds)] * processes)
    return sum(made) / seconds


def load(seconds: float, clients: int = 20) -> None:
    """Clients that upload, apply, wait and download, one photo after the other."""
    content = photo()
    with tempfile.TemporaryDirectory() as name, studio() as (url, _, folder):
        with Client(url) as client:
            look = learn(client, Path(name))
        took: list[float] = []
        wrong: list[str] = []
        _run(clients, seconds / 4, lambda until: _client(url, look, content, until, [], wrong))
        _run(clients, seconds, lambda until: _client(url, look, content, until, took, wrong))
        source = Path(name) / "source.jpg"
        source.write_bytes(content)
        path = next((folder / "looks").glob("*/*.look"))
        kept = path.rename(Path(name) / "warm.look")
        most = bare(kept, source, seconds / 2)  # the studio is idle meanwhile
    rate = len(took) / seconds
    ordered = sorted(took)
    print(f"| bare engine, 2 processes | {most:.1f} photos/s |")
    print(f"| studio, {clients} clients | {rate:.1f} photos/s ({rate / most:.0%}) |")
    print(f"| p50, p95 | {ordered[len(took) // 2]:.2f} s, {ordered[int(0.95 * len(took))]:.2f} s |")
    print(f"| errors | {len(wrong)} {wrong[:2]} |")


def _run(count: int, seconds: float, work: Callable[[float], None]) -> None:
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=work, args=[until]) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(
    url: str, look: str, content: bytes, until: float, took: list[float], wrong: list[str]
) -> None:
    with httpx2.Client(base_url=url, timeout=120) as http:
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                sent = {"photo": ("me.jpg", content)}
                form = {"prepare": "false"}
                kept = http.post("/v1/photos", files=sent, data=form).raise_for_status().json()
                given = {"kind": "apply", "look": look, "photos": [kept["id"]]}
                job = http.post("/v1/jobs", json=given).raise_for_status().json()
                done = http.get(f"/v1/jobs/{job['id']}", params={"wait": 60}).json()
                result = done["output"]["results"][0]
                http.get(f"/v1/results/{result}/file").raise_for_status()
            except (httpx2.HTTPError, KeyError, IndexError) as error:
                wrong.append(repr(error))
            else:
                took.append(time.monotonic() - began)


# Faults -------------------------------------------------------------------------------------------


def faults(jobs: int = 100, workers: int = 10, servers: int = 5, seed: int = 0) -> None:
    """Jobs while workers and the server are killed."""
    chance = random.Random(seed)
    kills = ["worker"] * workers + ["server"] * servers
    chance.shuffle(kills)
    at = dict(zip(sorted(chance.sample(range(jobs), len(kills))), kills, strict=True))
    with studio() as (url, supervisor, folder), tempfile.TemporaryDirectory() as name:
        with Client(url) as client:
            look = learn(client, Path(name))
            source = Path(name) / "me.jpg"
            source.write_bytes(photo((600, 400)))
            started = []
            for index in range(jobs):
                if index in at:
                    kill(supervisor, at[index], chance)
                kept = client.upload(source, prepare=False).id
                given = {"kind": "apply", "look": look, "photos": [kept]}
                started.append(client.start(given).id)
            ended = [client.wait(job) for job in started]
        results = [one for job in ended for one in job.output["results"]]
        files = list((folder / "results").glob("*/*"))
    states = {job.state for job in ended}
    once = len(set(results)) == len(results) == len(files) == jobs
    print(f"| jobs, killed workers, killed servers | {jobs}, {workers}, {servers} |")
    print(f"| all done, each exactly once | {states == {'done'} and once} |")


def kill(supervisor: int, kind: str, chance: random.Random) -> None:
    """Kill one of the supervisor's children; wait for one if none is there."""
    for _ in range(200):
        listing = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text()
        found = [
            int(number)
            for number in listing.split()
            if f"looksmith.studio.{'serve' if kind == 'server' else 'worker'}"
            in Path(f"/proc/{number}/cmdline").read_text().split("\0")
        ]
        if found:
            os.kill(chance.choice(found), signal.SIGKILL)
            return
        time.sleep(0.05)


# The page -----------------------------------------------------------------------------------------

_MEASURE = """async ([look, photo, control]) => {
  const { Painter, amountsOf } = await import('/static/painter.js');
  const { parseRendering } = await import('/static/rendering.js');
  const fetched = async (path) => (await fetch(path)).blob();
  const image = await createImageBitmap(await fetched(`/v1/photos/${photo}/preview`));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1280, Math.round(1280 * image.height / image.width)];
  const painter = new Painter(canvas);
  const data = await fetched(`/v1/looks/${look}/rendering?photo=${photo}`);
  painter.setPhoto(image);
  painter.setRendering(parseRendering(await data.arrayBuffer()));
  const pixel = new Uint8Array(4);
  const times = [];
  for (let i = 0; i < 60; i += 1) {
    const began = performance.now();
    painter.draw(amountsOf({ [control]: i / 60 }), 0);
    painter.gl.readPixels(0, 0, 1, 1, painter.gl.RGBA, painter.gl.UNSIGNED_BYTE, pixel);
    times.push(performance.now() - began);
  }
  return times.slice(10);
}"""


def slider() -> None:
    """From a slider's move until the GPU has drawn, 1280 pixels wide, on software GL."""
    from playwright.sync_api import sync_playwright

    with studio(1) as (url, _, _folder), tempfile.TemporaryDirectory() as name:
        with Client(url) as client:
            look = learn(client, Path(name))
            source = Path(name) / "me.jpg"
            source.write_bytes(photo())
            kept = client.upload(source)
            client.wait(str(kept.job))
        arguments = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
            page = browser.new_page()
            page.goto(url)
            for control in ("strength", "mood"):
                times = page.evaluate(_MEASURE, [look, kept.id, control])
                median, p95 = statistics.median(times), sorted(times)[int(0.95 * len(times))]
                print(f"| {control}, software GL: median, p95 | {median:.1f}, {p95:.1f} ms |")
            browser.close()


# Hostile uploads ----------------------------------------------------------------------------------


def hostile(count: int = 500, seed: int = 0) -> None:
    """Files that are cut off, scrambled, of other kinds or several at once, that swell when they
    are opened or say that they do, under odd names."""
    chance = random.Random(seed)
    sources = []
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
        made = io.BytesIO()
        Image.fromarray(data.chelsea()).resize((300, 200)).save(made, kind)
        sources.append((f".{kind.lower()}", made.getvalue()))
    sources += [(".png", swelling(9_000))]  # 81 megapixels in 80 KB: the limit is 100
    answers: dict[str, int] = {}
    most = 0.0
    with studio() as (url, supervisor, folder), httpx2.Client(base_url=url, timeout=120) as http:
        for number in range(count):
            if number == count // 5:  # everything is loaded by now
                first = memory(supervisor)
            suffix, content = _mutated(chance, sources)
            odd = chance.choice(ODD_NAMES)
            answer = http.post("/v1/photos", files={"photo": (odd + suffix, content)})
            said = str(answer.status_code)
            if answer.status_code == 201:
                job = answer.json()["job"]
                ended = http.get(f"/v1/jobs/{job}", params={"wait": 60}).json()["state"]
                said = f"{said} {ended}"
                http.delete(f"/v1/photos/{answer.json()['id']}")
            answers[said] = answers.get(said, 0) + 1
            most = max(most, memory(supervisor))
        last = memory(supervisor)
        left = [p for p in folder.rglob("*") if p.is_file() and "studio.db" not in p.name]
    print(f"| answers | {answers} |")
    memories = f"{first:.0f}, {last:.0f}, {most:.0f}"
    print(f"| memory of all processes after a fifth, after all, at most | {memories} MB |")
    print(f"| files left | {len(left)} |")


def _mutated(chance: random.Random, sources: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    suffix, content = chance.choice(sources)
    way = chance.randrange(9)
    if way == 0:
        content = content[: chance.randrange(len(content))]
    elif way == 1:
        scrambled = bytearray(content)
        for _ in range(chance.randrange(1, 200)):
            scrambled[chance.randrange(len(scrambled))] = chance.randrange(256)
        content = bytes(scrambled)
    elif way == 2:
        content = content[:32] + chance.randbytes(2_000)
    elif way == 3:
        suffix = chance.choice([".jpg", ".png", ".tif", ".heic", ".webp", ".exe", ".svg", ""])
    elif way == 4:
        content += b"PK\x03\x04<script>" + chance.randbytes(500)
    elif way == 5:
        content = b"%PDF-1.7\n<html><script>alert(1)</script>" + content
    elif way == 6:
        suffix, content = (
            ".png",
            huge_png(chance.choice((60_000, 2**31 - 1)), chance.choice((1, 60_000))),
        )
    elif way == 7:
        suffix, content = ".jpg", with_exif(sources[0][1], chance.randrange(1, 200))
    return suffix, content


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge, and whose text swells to 200 MB."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    note = b"Comment\0\0" + zlib.compress(bytes(200_000_000), 1)
    parts = (b"IHDR", head), (b"zTXt", note), (b"IDAT", zlib.compress(bytes(1_000))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def swelling(side: int) -> bytes:
    """A black PNG, a thousandth of its pixels' size."""
    made = io.BytesIO()
    Image.new("RGB", (side, side)).save(made, "PNG")
    return made.getvalue()


def with_exif(jpeg: bytes, segments: int) -> bytes:
    """A JPEG with so many segments of EXIF, of 64 KB each, that point beyond their ends."""
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 0xFFFF) + b"\xff" * 65_000
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    return jpeg[:2] + segments * segment + jpeg[2:]


def memory(supervisor: int) -> float:
    """Megabytes of the supervisor's children."""
    listing = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text()
    pages = [int(Path(f"/proc/{n}/statm").read_text().split()[1]) for n in listing.split()]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


# Odd values ---------------------------------------------------------------------------------------


def fuzz(seed: int = 0) -> None:
    """Every route of the API description with values that fit it and values that do not, once with
    real identifiers and once with made-up ones: nothing may be a server error."""
    program = shutil.which("schemathesis")
    if program is None:
        sys.exit("pip install schemathesis")
    with studio(1) as (url, _, _folder), tempfile.TemporaryDirectory() as name:
        with Client(url) as client, httpx2.Client(base_url=url, timeout=60) as http:
            look = learn(client, Path(name))
            source = Path(name) / "me.jpg"
            source.write_bytes(photo((600, 400)))
            kept = client.upload(source)
            client.wait(str(kept.job))
            job = client.wait(client.start({"kind": "apply", "look": look, "photos": [kept.id]}).id)
            asked = {"look": look, "photo": kept.id}
            choice = http.post("/v1/users/me/choices", json=asked).json()["id"]
        real = {"look": look, "photo": kept.id, "job": job.id, "choice": choice, "user": "me"}
        real["result"] = job.output["results"][0]
        config = Path(name) / "schemathesis.toml"
        lines = [f'{key} = "{value}"' for key, value in real.items()]
        config.write_text("\n".join(["[parameters]", *lines]))
        options = ["run", f"{url}/v1/openapi.json", "-c", "not_a_server_error"]
        options += ["--max-examples", "20", "--seed", str(seed), "--exclude-path-regex", "events"]
        known = ["--config-file", str(config)]
        subprocess.run([program, *known, *options, "--exclude-method", "DELETE"])
        subprocess.run([program, *options])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("part", choices=["load", "faults", "slider", "hostile", "fuzz"])
    parser.add_argument("--seconds", type=float, default=60.0, help="of load")
    given = parser.parse_args()
    try:
        if given.part == "load":
            load(given.seconds)
        else:
            parts = {"faults": faults, "slider": slider, "hostile": hostile, "fuzz": fuzz}
            parts[given.part]()
    except StudioError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
