"""Pictures a second of a campaign at one and two processes and on Ray, and what memory does.

python benchmarks/campaign.py --photos ../shared/data/photos/lifestyle --look film.look
python benchmarks/campaign.py --photos … --look film.look --count 5000 --side 96 --ways 2

The start (of processes, and of what they import) is told apart from the rate after it.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from looksmith.campaigns.plan import Plan
from looksmith.campaigns.run import run
from looksmith.feeds import photo_paths

HOURLY = 0.085  # US dollars for two cores, as a rented machine costs
WAYS = {"1": (1, None), "2": (2, None), "ray": (1, "local")}
SETTLED = 0.1  # of the pictures; by then all processes have started


def family(process: int) -> list[int]:
    """A process and all below it."""
    try:
        words = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return [process]
    return [process, *(one for word in words for one in family(int(word)))]


@dataclass
class Watch:
    """What was seen after each picture."""

    times: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Seconds of all processes."""
    resident: list[int] = field(default_factory=list)
    """Bytes of all processes."""

    def __call__(self, _: float) -> None:
        ticks, pages = 0, 0
        for process in family(os.getpid()):
            try:
                stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(stat[11]) + int(stat[12])
            pages += int(stat[21])
        self.times.append(time.perf_counter())
        self.processor.append(ticks / os.sysconf("SC_CLK_TCK"))
        self.resident.append(pages * os.sysconf("SC_PAGE_SIZE"))


def catalogue(photos: Path, count: int, side: int | None, folder: Path) -> Path:
    """So many different photos: as links, or small and each with a few bytes of its own, since
    the same photo would be rendered once."""
    folder.mkdir()
    paths = photo_paths(photos)
    if side is None:
        for index, path in enumerate(paths[:count]):
            (folder / f"{index:05}{path.suffix}").symlink_to(path.resolve())
        return folder
    small = []
    for path in paths[: min(100, count)]:
        image, data = Image.open(path).convert("RGB"), io.BytesIO()
        image.resize((side, side)).save(data, "JPEG", quality=90)
        small.append(data.getvalue())
    for index in range(count):
        data = small[index % len(small)]
        (folder / f"{index:05}.jpg").write_bytes(data + index.to_bytes(4, "big"))
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--look", type=Path, required=True)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--side", type=int, help="of small copies; without it, the photos")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=["1", "2"])
    options = parser.parse_args()
    rates, costs = {}, {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        products = catalogue(options.photos, options.count, options.side, folder / "products")
        plan = Plan(
            name="benchmark", catalogue=str(products), looks={"look": str(options.look.resolve())}
        )
        print(
            "| way | start, s | pictures a second | CPU seconds a picture | MB after a third ",
            end="",
        )
        print("| MB at the end | $ for 10,000 |\n| --- | --- | --- | --- | --- | --- | --- |")
        for way in options.ways:
            workers, ray = WAYS[way]
            watch, out, before = Watch(), folder / f"out{way}", time.perf_counter()
            run(plan, out, workers, watch, ray=ray)
            first, last = int(len(watch.times) * SETTLED), len(watch.times) - 1
            rate = (last - first) / (watch.times[last] - watch.times[first])
            cost = (watch.processor[last] - watch.processor[first]) / (last - first)
            rates[way], costs[way] = rate, cost
            third, end = (watch.resident[at] >> 20 for at in (last // 3, last))
            dollars = 10_000 / rate / 3600 * HOURLY * workers / 2
            start = watch.times[0] - before
            figures = f"{start:.1f} | {rate:.1f} | {cost:.3f} | {third} | {end} | {dollars:.3f}"
            print(f"| {way} | {figures} |", flush=True)
            shutil.rmtree(out)
    if {"1", "2"} <= rates.keys():
        print(f"\nEfficiency of the second process: {rates['2'] / 2 / rates['1']:.2f}", end="")
        print(f" by the clock, {costs['1'] / costs['2']:.2f} by processor seconds")
        print(f"A million pictures a day: {1e6 / 86400 / rates['2']:.1f} such machines")


if __name__ == "__main__":
    main()
