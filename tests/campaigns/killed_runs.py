"""Run a plan again and again, killed before the first, second, third … operation on a file, until
it comes through; then each run is resumed. ``python killed_runs.py PLAN OUT`` leaves the runs in
``OUT/1``, ``OUT/2`` … and prints their number.

A script, since Polars can't be used in a fork of a process that has used it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image

from looksmith.base import default_base
from looksmith.campaigns.plan import load_plan
from looksmith.campaigns.run import run

OPERATIONS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"}
MOST = 200


def main() -> None:
    plan, out = load_plan(Path(sys.argv[1])), Path(sys.argv[2])
    torch.set_num_threads(1)
    default_base()
    for count in range(1, MOST):
        folder = out / str(count)
        if in_fork(lambda folder=folder: run(plan, folder), folder, count) == 0:
            print(count)
            return
        check_objects(folder)
        assert in_fork(lambda folder=folder: run(plan, folder)) == 0
    sys.exit("never came through")


def in_fork(work: Callable[[], object], folder: Path | None = None, kill_at: int = 0) -> int:
    """Status of a process that does the work, killed before an operation in the folder."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in OPERATIONS and str(arguments[0]).startswith(str(folder)):
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    if folder is not None:
        sys.addaudithook(watch)
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def check_objects(folder: Path) -> None:
    """What lies among the objects of a run that was killed is whole, and its facts beside it."""
    for path in (folder / "objects").rglob("*.jpg"):
        Image.open(path).load()
        assert json.loads(path.with_suffix(".json").read_text())["label"]


if __name__ == "__main__":
    main()
