from __future__ import annotations

from pathlib import Path

import fsspec
import polars as pl
import pytest

from looksmith.campaigns import catalogue
from looksmith.campaigns.catalogue import Product, StoreUnreachable, read_catalogue, read_image
from looksmith.errors import LooksmithError


def test_a_folder_is_a_catalogue(feed: Path) -> None:
    (feed / "notes.txt").write_text("no picture")
    found = read_catalogue(str(feed))
    assert [product.id for product in found] == [f"{i}.jpg" for i in range(8)]
    assert read_image(found[0].image) == (feed / "0.jpg").read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_is_a_catalogue(suffix: str, tmp_path: Path) -> None:
    table = pl.DataFrame({"id": ["007", "b"], "image": ["a/x.jpg", "s3://shop/b.jpg"]})
    path = tmp_path / f"products.{suffix}"
    (table.write_csv if suffix == "csv" else table.write_parquet)(path)
    assert read_catalogue(str(path)) == [
        Product("007", f"{tmp_path}/a/x.jpg"),
        Product("b", "s3://shop/b.jpg"),
    ]


def test_other_storage_serves(feed: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/shop/0.jpg", (feed / "0.jpg").read_bytes())
    (product,) = read_catalogue("memory://shop")
    assert product == Product("0.jpg", "memory:///shop/0.jpg")
    assert read_image(product.image) == (feed / "0.jpg").read_bytes()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("id,image\na,x\na,y\n", "two products have the id 'a'"),
        ("id,picture\na,x\n", "image"),
        ("id,image\n", "no products"),
        ("id,image\na,\n", "empty"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(words: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(words)
    with pytest.raises(LooksmithError, match=why):
        read_catalogue(str(tmp_path / "p.csv"))


@pytest.mark.parametrize("place", ["no", "no.csv", "no.parquet"])
def test_a_missing_catalogue_is_refused(place: str, tmp_path: Path) -> None:
    with pytest.raises(LooksmithError, match="can't be read"):
        read_catalogue(str(tmp_path / place))


def test_a_store_that_does_not_answer_is_told_from_a_missing_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LooksmithError, match="no such file"):
        read_image(str(tmp_path / "no.jpg"))
    monkeypatch.setattr(catalogue, "_PAUSE", 0)
    asked = []

    def unreachable(*_: object) -> None:
        asked.append(1)
        raise TimeoutError("timed out")

    monkeypatch.setattr(catalogue.fsspec, "open", unreachable)
    with pytest.raises(StoreUnreachable, match="timed out"):
        read_image("s3://shop/a.jpg")
    assert len(asked) == 3
