"""Pictures a second of a campaign at one and two processes, and what memory does.

python benchmarks/campaign.py --photos ../shared/data/photos/lifestyle --look film.look
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

from looksmith.campaigns.plan import Plan
from looksmith.campaigns.run import run
from looksmith.feeds import photo_paths

HOURLY = 0.085  # US dollars for two cores, as a rented machine costs


def resident(process: int) -> int:
    """Resident memory in bytes of a process and its children."""
    total = 0
    for one in (process, *children(process)):
        try:
            words = Path(f"/proc/{one}/statm").read_text().split()
        except OSError:
            continue
        total += int(words[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def children(process: int) -> list[int]:
    try:
        words = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]


def catalogue(photos: Path, count: int, folder: Path) -> Path:
    """So many different photos, as links."""
    folder.mkdir()
    for index, path in enumerate(photo_paths(photos)[:count]):
        (folder / f"{index:05}{path.suffix}").symlink_to(path.resolve())
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--look", type=Path, required=True)
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    rates = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        products = catalogue(options.photos, options.count, folder / "products")
        plan = Plan(
            name="benchmark", catalogue=str(products), looks={"look": str(options.look.resolve())}
        )
        head = "| processes | pictures a second | CPU seconds a picture | MB after a third "
        print(f"{head}| MB at the end | $ for 10,000 |\n| --- | --- | --- | --- | --- | --- |")
        for workers in (1, 2):
            sizes, times, out = [], [], folder / f"out{workers}"

            def note(_: float, sizes: list[int] = sizes, times: list[float] = times) -> None:
                sizes.append(resident(os.getpid()))
                times.append(time.perf_counter())

            before = sum(os.times()[:4])
            run(plan, out, workers, note)
            processing = (sum(os.times()[:4]) - before) / len(times)
            begun = len(times) // 10  # by then all processes have started
            rate = (len(times) - 1 - begun) / (times[-1] - times[begun])
            rates[workers] = rate
            third, end = (max(sizes[: len(sizes) // 3]) >> 20, max(sizes) >> 20)
            cost = 10_000 / rate / 3600 * HOURLY * workers / 2
            print(
                f"| {workers} | {rate:.1f} | {processing:.3f} | {third} | {end} | {cost:.3f} |",
                flush=True,
            )
            shutil.rmtree(out)
    print(f"\nEfficiency of the second process: {rates[2] / 2 / rates[1]:.2f}")
    print(f"A million pictures a day: {1e6 / 86400 / rates[2]:.1f} such machines")


if __name__ == "__main__":
    main()
