"""Speed and steadiness of video, beside FFmpeg's own ``lut3d`` filter in the same run.

    python benchmarks/video.py --photos ../shared/data/photos/lifestyle --look film.look

The video is made of photos, each panned over for two seconds as one scene, with hand-held jitter.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from looksmith.base import default_base
from looksmith.feeds import photo_paths
from looksmith.look import Look
from looksmith.look_lut import look_lut
from looksmith.transfer import Transfer
from looksmith.travel.cube import write_cube
from looksmith.video.render import PRESET, QUALITY, render_video
from looksmith.video.scenes import flicker, mean_of

RATE = 25


def write_video(photos: list[Path], size: tuple[int, int], path: Path, seed: int = 0) -> int:
    """Pan over photos; returns the number of frames."""
    generator, count = np.random.default_rng(seed), 0
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for photo in photos:
            wide = Image.open(photo).convert("RGB").resize((size[0] + 128, size[1] + 64))
            pixels = np.asarray(wide)
            for step in range(2 * RATE):
                x = 2 * step + int(generator.integers(0, 4))
                y = step + int(generator.integers(0, 4))
                part = np.ascontiguousarray(pixels[y : y + size[1], x : x + size[0]])
                frame = av.VideoFrame.from_ndarray(part, format="rgb24")
                frame.pts, frame.time_base = count, Fraction(1, RATE)
                out.mux(stream.encode(frame))
                count += 1
        out.mux(stream.encode(None))
    return count


def unsteadiness(path: Path) -> float:
    """Flicker of the mean colour within scenes of two seconds."""
    with av.open(str(path)) as container:
        frames = [f.reformat(64, 36, "rgb24").to_ndarray() for f in container.decode(video=0)]
    scenes = [frames[i : i + 2 * RATE] for i in range(0, len(frames), 2 * RATE)]
    return float(np.mean([flicker(mean_of(scene)) for scene in scenes]))


def by_ffmpeg(source: Path, cube: Path, target: Path) -> None:
    filters = f"lut3d=file={cube}:interp=trilinear"
    encoder = ["-c:v", "libx264", "-preset", PRESET, "-crf", str(QUALITY), "-bf", "0"]
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-vf", filters, *encoder]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(target)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--look", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=3)
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    options = parser.parse_args()
    look, base = Look.load(options.look), default_base()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, cube = folder / "source.mp4", folder / "look.cube"
        paths = photo_paths(options.photos)
        chosen = paths[:: max(1, len(paths) // options.scenes)][: options.scenes]
        count = write_video(chosen, (options.width, options.height), source)
        write_cube(look_lut(look, base), cube, look.name)
        transfer, before = Transfer(look, base=base), unsteadiness(source)
        ways: dict[str, Callable[[Path], object]] = {
            "looksmith video": lambda path: render_video(transfer, source, path),
            "looksmith video --fast": lambda path: render_video(transfer, source, path, fast=True),
        }
        if shutil.which("ffmpeg"):
            ways["ffmpeg -vf lut3d"] = lambda path: by_ffmpeg(source, cube, path)
        render_video(transfer, source, folder / "warm.mp4", fast=False)  # compiles the kernel
        print(f"{count} frames of {options.width} × {options.height}\n")
        print("| way | frames a second | CPU seconds a frame | flicker against the input |")
        print("| --- | --- | --- | --- |")
        for label, way in ways.items():
            begun, spent, target = time.perf_counter(), sum(os.times()[:4]), folder / "made.mp4"
            way(target)
            rate = count / (time.perf_counter() - begun)
            spent = (sum(os.times()[:4]) - spent) / count
            steady = unsteadiness(target) / before
            print(f"| {label} | {rate:.1f} | {spent:.3f} | {steady:.2f} |", flush=True)


if __name__ == "__main__":
    main()
