"""A campaign on a Ray cluster: the same function does the work, and its results come as from the
pool. The campaign's folder must be one that all machines see.

Ray runs a task again whose worker died; since results are content-addressed, nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from looksmith.campaigns.work import Done, Task, perform
from looksmith.errors import LooksmithError
from looksmith.texts import text

LOCAL = "local"
_RETRIES = 3  # of a task whose worker died
_AHEAD = 4  # tasks that wait for each core


def performed_on_ray(tasks: Sequence[Task], folder: Path, address: str) -> Iterator[Done]:
    """Results as they come from the cluster at ``address``; ``local`` starts one here.

    Raises:
        LooksmithError: Ray is not installed, or there is no such cluster.
    """
    try:
        import ray
    except ImportError as error:
        raise LooksmithError(text("campaign.ray_extra")) from error
    own = not ray.is_initialized()
    if own:
        _connect(ray, address)
    try:
        remote = ray.remote(max_retries=_RETRIES)(perform)
        most = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        waiting, at_work = list(reversed(tasks)), dict[Any, Task]()
        while waiting or at_work:
            while waiting and len(at_work) < most:
                task = waiting.pop()
                at_work[remote.remote(task, str(folder.resolve()))] = task
            (ended, *_), _ = ray.wait(list(at_work), num_returns=1)
            task = at_work.pop(ended)
            try:
                yield ray.get(ended)
            except ray.exceptions.RayError:
                yield Done.lost(task, text("campaign.worker", place=task.image))
    finally:
        if own:
            ray.shutdown()


def _connect(ray: Any, address: str) -> None:
    try:
        place = {} if address == LOCAL else {"address": address}
        ray.init(log_to_driver=False, logging_level="ERROR", include_dashboard=False, **place)
    except (ConnectionError, RuntimeError, ValueError) as error:
        why = str(error).split("\n")[0]
        raise LooksmithError(text("campaign.ray_address", address=address, why=why)) from error
