from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from looksmith import apply
from looksmith.campaigns import run as running
from looksmith.campaigns import work
from looksmith.campaigns.journal import JOURNAL, MANIFEST, finished
from looksmith.campaigns.plan import Plan, load_plan
from looksmith.campaigns.run import run
from looksmith.errors import LooksmithError
from looksmith.look import Look

MakePlan = Callable[..., Plan]


def manifest(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / MANIFEST)


def test_every_product_comes_in_every_look(plan: MakePlan, shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = run(plan(), out)
    rows = manifest(out)
    assert (summary.pictures, summary.failed, summary.rendered) == (12, 0, 12)
    assert rows.select("product", "look").n_unique() == 12
    row = rows.row(
        by_predicate=(pl.col("product") == "p1.jpg") & (pl.col("look") == "warm"), named=True
    )
    made = np.asarray(Image.open(out / row["file"]), dtype=float)
    image = apply(Look.load(shop / "warm.look"), str(shop / "products/p1.jpg"))
    wanted = np.asarray(image, dtype=float)
    assert np.abs(made - wanted).mean() < 4  # JPEG
    assert row["label"].encode() in (out / row["file"]).read_bytes()
    assert json.loads(row["settings"])["strength"] == 1
    page = (out / "report.html").read_text()
    assert row["file"] in page


def test_the_same_photo_and_settings_are_rendered_once(
    plan: MakePlan, shop: Path, tmp_path: Path
) -> None:
    shutil.copy(shop / "products/p0.jpg", shop / "products/copy.jpg")
    run(plan(), tmp_path / "out")
    rows = manifest(tmp_path / "out").filter(pl.col("look") == "cold")
    assert len(rows) == 7
    assert rows["file"].n_unique() == 5  # p0, p4 and the copy are the same


def test_a_second_run_does_only_what_is_new(plan: MakePlan, shop: Path, tmp_path: Path) -> None:
    run(plan(), tmp_path / "out")
    assert run(plan(), tmp_path / "out").rendered == 0
    Image.new("RGB", (50, 50), "red").save(shop / "products/p1.jpg")
    assert run(plan(), tmp_path / "out").rendered == 2
    assert run(plan("settings: {strength: 0.5}"), tmp_path / "out").rendered == 12
    assert len(manifest(tmp_path / "out")) == 12


def test_a_broken_photo_is_listed_and_the_rest_goes_on(
    plan: MakePlan, shop: Path, tmp_path: Path
) -> None:
    (shop / "products/p2.jpg").write_bytes(b"no photo")
    summary = run(plan(), tmp_path / "out")
    assert (summary.pictures, summary.failed) == (12, 2)
    rows = manifest(tmp_path / "out").filter(pl.col("why").is_not_null())
    assert rows["product"].to_list() == ["p2.jpg", "p2.jpg"]
    assert str(shop / "products/p2.jpg") in rows["why"][0]
    assert "p2.jpg" in (tmp_path / "out/report.html").read_text()
    shutil.copy(shop / "products/p1.jpg", shop / "products/p2.jpg")
    assert run(plan(), tmp_path / "out").failed == 0


def test_a_line_that_was_cut_off_is_passed_over(plan: MakePlan, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(plan(), out)
    words = (out / JOURNAL).read_text()
    (out / JOURNAL).write_text(words[:-40])
    assert run(plan(), out).rendered == 1
    assert len(finished(out)) == 12


def test_products_keep_their_colours(plan: MakePlan, shop: Path, tmp_path: Path) -> None:
    for path in (shop / "products").iterdir():
        if path.name != "p1.jpg":
            path.unlink()
    run(plan("protect: product\nformat: png", looks="[cold.look]"), tmp_path / "out")
    run(plan("format: png", looks="[cold.look]"), tmp_path / "plain")
    changes = []
    for folder in ("out", "plain"):
        (file,) = manifest(tmp_path / folder)["file"]
        made = np.asarray(Image.open(tmp_path / folder / file), float)
        source = np.asarray(Image.open(shop / "products/p1.jpg"), float)
        changes.append(np.abs(made - source).max(-1))
    kept = changes[0] < 3
    assert 0.05 < (kept & (changes[1] > 10)).mean() < 0.95


def test_a_missing_look_and_a_full_disk_end_the_run_with_a_sentence(
    plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LooksmithError, match="no such look"):
        run(plan(looks="[no.look]"), tmp_path / "out")
    monkeypatch.setattr(running, "LEAST_FREE", 1 << 60)
    with pytest.raises(LooksmithError, match="disk is almost full"):
        run(plan(), tmp_path / "out")
    monkeypatch.setattr(running, "LEAST_FREE", 0)
    assert run(plan(), tmp_path / "out").rendered == 11


def test_a_store_that_stops_answering_ends_the_run_and_is_asked_again_later(
    plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "STORE_FAILURES", 3)
    read, asked = work.read_image, []

    def sometimes(image: str) -> bytes:
        asked.append(image)
        if len(asked) > 4:
            raise work.StoreUnreachable("the store is away.")
        return read(image)

    monkeypatch.setattr(work, "read_image", sometimes)
    with pytest.raises(LooksmithError, match="the store is away.*resume"):
        run(plan(), tmp_path / "out")
    monkeypatch.setattr(work, "read_image", read)
    summary = run(plan(), tmp_path / "out")
    assert (summary.rendered, summary.failed) == (8, 0)


def test_a_run_killed_at_any_file_operation_resumes_with_nothing_lost_or_doubled(
    plan: MakePlan, shop: Path, tmp_path: Path
) -> None:
    for path in sorted((shop / "products").iterdir())[2:]:
        path.unlink()
    plan(looks="[warm.look]")
    script = [sys.executable, Path(__file__).with_name("killed_runs.py")]
    subprocess.run([*script, shop / "plan.yaml", tmp_path / "runs"], check=True)
    runs = sorted((tmp_path / "runs").iterdir())
    assert len(runs) > 20
    for out in runs:
        assert_whole(out)
        run(load_plan(shop / "plan.yaml"), out)
        rows = manifest(out)
        assert len(rows) == 2 and rows["why"].null_count() == 2
        pictures = {out / file for file in rows["file"]}
        facts = {path.with_suffix(".json") for path in pictures}
        assert {path for path in (out / "objects").rglob("*.*")} == pictures | facts
        assert not (out / ".unfinished").exists()


def assert_whole(out: Path) -> None:
    """What lies among the objects is whole, and its facts beside it."""
    for path in (out / "objects").rglob("*.jpg"):
        Image.open(path).load()
        assert json.loads(path.with_suffix(".json").read_text())["label"]


def test_workers_end_with_the_run_and_a_worker_that_dies_costs_nothing(
    plan: MakePlan, shop: Path, tmp_path: Path
) -> None:
    """The command with two processes: a worker is killed, then the run itself, then resumed."""
    plan()
    for index in range(6, 100):
        image = Image.new("RGB", (60, 40), (index, 2 * index, 99))
        image.save(shop / f"products/q{index}.jpg")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "looksmith.cli", "campaign", "run", shop / "plan.yaml"]
    process = subprocess.Popen([*command, "-o", out, "--workers", "2"])
    journal = out / JOURNAL

    def lines() -> int:
        return len(journal.read_text().splitlines()) if journal.exists() else 0

    def children() -> list[Path]:
        found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return [Path("/proc") / child for child in found]

    wait_until(lambda: lines() >= 3 or process.poll() is not None)
    os.kill(int(children()[-1].name), signal.SIGKILL)
    seen = lines()
    wait_until(lambda: lines() >= seen + 3 or process.poll() is not None)
    left = children()
    process.kill()
    process.wait()
    assert 6 <= lines() < 200
    assert left
    wait_until(lambda: not any(path.exists() for path in left))
    run(load_plan(shop / "plan.yaml"), out)
    rows = manifest(out)
    assert rows.select("product", "look").n_unique() == len(rows) == 200
    assert rows["why"].null_count() == 200
    assert len(list((out / "objects").rglob("*.jpg"))) == rows["file"].n_unique()


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
