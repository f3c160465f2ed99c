"""Catalogues on S3, against a server that speaks its API."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from looksmith.campaigns import catalogue
from looksmith.campaigns import run as running
from looksmith.campaigns.catalogue import Product, read_catalogue, read_image
from looksmith.campaigns.journal import MANIFEST
from looksmith.campaigns.plan import Plan
from looksmith.campaigns.run import run
from looksmith.errors import LooksmithError

MakePlan = Callable[..., Plan]


@pytest.fixture
def server() -> Iterator[ThreadedMotoServer]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    started = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def bucket(
    server: ThreadedMotoServer, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[S3FileSystem]:
    """The products of the shop in ``s3://shop/products``."""
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(catalogue, "_PAUSE", 0)
    S3FileSystem.clear_instance_cache()
    store = S3FileSystem()
    store.makedirs("shop", exist_ok=True)  # servers of one process share what they hold
    for path in (shop / "products").iterdir():
        store.pipe(f"shop/products/{path.name}", path.read_bytes())
    yield store
    S3FileSystem.clear_instance_cache()


def test_a_folder_and_a_table_on_s3_give_the_pictures_that_a_disk_gives(
    bucket: S3FileSystem, plan: MakePlan, shop: Path, tmp_path: Path
) -> None:
    names = [path.name for path in sorted((shop / "products").iterdir())]
    table = "\n".join(("id,image", *(f"{name},products/{name}" for name in names)))
    bucket.pipe("shop/products.csv", table.encode())
    assert read_catalogue("s3://shop/products.csv") == [
        Product(name, f"s3://shop/products/{name}") for name in names
    ]
    files = {}
    for place in (str(shop / "products"), "s3://shop/products", "s3://shop/products.csv"):
        out = tmp_path / str(len(files))
        made = plan(looks="[warm.look]").model_copy(update={"catalogue": place})
        assert run(made, out).failed == 0
        rows = pl.read_parquet(out / MANIFEST)
        files[place] = rows.select("product", "file").rows()
        assert all((out / file).is_file() for _, file in files[place])
    first, *others = files.values()
    assert others == [first, first]  # files are named by their contents


def test_an_object_that_is_missing_is_told_from_a_store_that_is_away(
    bucket: S3FileSystem, server: ThreadedMotoServer
) -> None:
    with pytest.raises(LooksmithError, match="no.jpg: there is no such file"):
        read_image("s3://shop/products/no.jpg")
    with pytest.raises(LooksmithError, match="s3://other/products: the catalogue can't be read"):
        read_catalogue("s3://other/products")
    server.stop()
    with pytest.raises(catalogue.StoreUnreachable, match="p0.jpg: the store does not answer"):
        read_image("s3://shop/products/p0.jpg")
    bucket.invalidate_cache()
    with pytest.raises(LooksmithError, match="the catalogue can't be read"):
        read_catalogue("s3://shop/products")


def test_a_store_that_goes_away_ends_the_run_which_is_resumed_when_it_is_back(
    bucket: S3FileSystem,
    server: ThreadedMotoServer,
    plan: MakePlan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "STORE_FAILURES", 2)
    made = plan(looks="[warm.look]").model_copy(update={"catalogue": "s3://shop/products"})

    def stop(share: float) -> None:
        if share == 0.5:
            server.stop()

    with pytest.raises(LooksmithError, match="store.*resume"):
        run(made, tmp_path / "out", progress=stop)
    again = ThreadedMotoServer(*server.get_host_and_port(), verbose=False)
    again.start()
    summary = run(made, tmp_path / "out")
    again.stop()
    assert (summary.pictures, summary.failed, summary.rendered) == (6, 0, 3)
