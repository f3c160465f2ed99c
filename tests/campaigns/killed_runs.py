"""Run a plan again and again, killed before the first, second, third … operation on a file, until
it comes through. ``python killed_runs.py PLAN OUT`` leaves the runs in ``OUT/1``, ``OUT/2`` …

A script, since Polars can't be used in a fork of a process that has used it.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path

import torch

from looksmith.base import default_base
from looksmith.campaigns.plan import Plan, load_plan
from looksmith.campaigns.run import run

OPERATIONS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"}
MOST = 200


def main() -> None:
    plan, out = load_plan(Path(sys.argv[1])), Path(sys.argv[2])
    torch.set_num_threads(1)
    default_base()
    for count in range(1, MOST):
        folder = out / str(count)
        if comes_through(plan, folder, count):
            return
    sys.exit("never came through")


def comes_through(plan: Plan, folder: Path, kill_at: int) -> bool:
    """Run in a process that is killed before an operation in the folder, if it comes to that."""
    process = os.fork()
    if process:
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if status not in (0, -signal.SIGKILL):
            sys.exit("the run failed")
        return status == 0
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in OPERATIONS and str(arguments[0]).startswith(str(folder)):
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    status = 1
    try:
        run(plan, folder)
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
