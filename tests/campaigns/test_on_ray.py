from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from looksmith.campaigns.journal import MANIFEST
from looksmith.campaigns.plan import Plan
from looksmith.campaigns.run import run

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow
MakePlan = Callable[..., Plan]


@pytest.fixture
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    yield
    ray.shutdown()


def test_a_killed_worker_loses_and_doubles_nothing(
    cluster: None, plan: MakePlan, shop: Path, tmp_path: Path
) -> None:
    made = plan()
    for index in range(6, 24):
        Image.new("RGB", (400, 300), (index, 90, 3 * index)).save(shop / f"products/q{index}.jpg")
    (shop / "products/bad.jpg").write_bytes(b"no photo")
    killed: list[int] = []

    def kill_one(share: float) -> None:
        if share > 0.2 and not killed:
            killed.append(ray.get(ray.remote(lambda: os.getpid()).remote()))
            os.kill(killed[0], signal.SIGKILL)

    out = tmp_path / "out"
    summary = run(made, out, progress=kill_one, ray="local")
    assert killed
    assert (summary.pictures, summary.failed) == (50, 2)
    rows = pl.read_parquet(out / MANIFEST)
    assert rows.select("product", "look").n_unique() == 50
    here = tmp_path / "here"
    run(made, here)
    for row in rows.filter(pl.col("file").is_not_null()).to_dicts():
        assert (out / row["file"]).read_bytes() == (here / row["file"]).read_bytes()
    assert len(list((out / "objects").rglob("*.jpg"))) == rows["file"].drop_nulls().n_unique()
