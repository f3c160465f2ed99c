"""Speed and memory of ``apply`` on large photos, against only decoding and encoding them.

    python benchmarks/speed.py [--repeats 5]

Each photo is an enlarged sample photograph with sensor-like noise, as JPEG. Both jobs run in turn
in the same process with the same library (Pillow); medians are reported. Peak memory is that of a
fresh process that applies once. Starts are those of fresh processes, with what is compiled already
and without.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from looksmith.demo import make_feed, sample_photo
from looksmith.look import Look
from looksmith.photos import JPEG_QUALITY
from looksmith.training.learn import learn
from looksmith.transfer import Transfer, apply_file

SIZES = {"12 MP": (4000, 3000), "24 MP": (6000, 4000), "100 MP": (12000, 8334)}


def make_photo(path: Path, size: tuple[int, int]) -> None:
    photo = Image.fromarray(sample_photo("coffee")).resize(size, Image.Resampling.BICUBIC)
    noise = np.random.default_rng(0).normal(0, 3, (512, 512, 1)).astype(np.int16)
    tiles = (-(-size[1] // 512), -(-size[0] // 512), 1)
    noisy = np.asarray(photo, np.int16) + np.tile(noise, tiles)[: size[1], : size[0]]
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=JPEG_QUALITY)


def decode_and_encode(source: Path, target: Path) -> None:
    with Image.open(source) as opened:
        opened.convert("RGB").save(target, quality=JPEG_QUALITY)


def seconds(job: Callable[[], None]) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


def in_fresh_process(code: str, **variables: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of a Python process that runs ``code``."""
    # VmHWM, since ru_maxrss of a child starts from its parent's.
    report = "\nprint(next(x for x in open('/proc/self/status') if 'VmHWM' in x).split()[1])"
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code + report],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | variables,
    )
    return time.perf_counter() - started, int(done.stdout.split()[-1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_feed(folder / "feed")
        started = time.perf_counter()
        look = learn(folder / "feed", "film")
        print(f"zero-shot look of 10 photos: {time.perf_counter() - started:.2f} s with loading\n")
        look_path = look.save(folder / "film.look")
        print(f"look file: {look_path.stat().st_size / 1e3:.0f} kB\n")
        transfer = Transfer(Look.load(look_path))
        print("| photo | decode + encode, s | apply, s | ratio | peak memory of apply, MB |")
        print("| --- | --- | --- | --- | --- |")
        for label, size in SIZES.items():
            source, target = folder / "in.jpg", folder / "out.jpg"
            make_photo(source, size)
            apply_file(transfer, source, target)  # compiles once
            plain, applied = [], []
            for _ in range(repeats if label != "100 MP" else 2):
                plain.append(seconds(lambda: decode_and_encode(source, target)))  # noqa: B023
                applied.append(seconds(lambda: apply_file(transfer, source, target)))  # noqa: B023
            code = apply_code(look_path, source, target)
            _, memory = in_fresh_process(code)
            before, after = statistics.median(plain), statistics.median(applied)
            print(f"| {label} | {before:.2f} | {after:.2f} | {after / before:.2f} | {memory:.0f} |")
        print(f"\n{starts(folder, look_path, repeats)}")


def apply_code(look: Path, source: Path, target: Path) -> str:
    """A program that gives a look to one file."""
    return (
        "from pathlib import Path; from looksmith.look import Look; "
        "from looksmith.transfer import Transfer, apply_file; "
        f"apply_file(Transfer(Look.load({str(look)!r})), Path({str(source)!r}), "
        f"Path({str(target)!r}))"
    )


def starts(folder: Path, look: Path, repeats: int) -> str:
    """A table of what fresh processes take."""
    small, large, target = (folder / f"{name}.jpg" for name in ("small", "large", "out"))
    Image.fromarray(sample_photo("coffee")).save(small)
    make_photo(large, SIZES["12 MP"])
    programs = {
        "import looksmith": "import looksmith",
        "looksmith --help": (
            "import contextlib, looksmith.cli as c\n"
            "with contextlib.suppress(SystemExit): c.app(['--help'])"
        ),
        "first small photo": apply_code(look, small, target),
        "first photo of 12 MP": apply_code(look, large, target),
    }
    lines = ["| a fresh process | s |", "| --- | --- |"]
    for label, code in programs.items():
        seconds_taken = statistics.median(in_fresh_process(code)[0] for _ in range(repeats))
        lines.append(f"| {label} | {seconds_taken:.2f} |")
    with tempfile.TemporaryDirectory() as cache:  # nothing compiled yet
        cold, _ = in_fresh_process(programs["first photo of 12 MP"], NUMBA_CACHE_DIR=cache)
    return "\n".join(
        [*lines, f"| first photo of 12 MP ever: the kernel is compiled | {cold:.2f} |"]
    )


if __name__ == "__main__":
    main()
