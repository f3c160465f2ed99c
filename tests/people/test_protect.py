"""Regions that keep their colours, and what follows a rendering."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from looksmith.color import delta_e_2000
from looksmith.errors import LooksmithError
from looksmith.look import Look
from looksmith.people import People, find_people
from looksmith.people.about import about_people
from looksmith.people.finish import Finish
from looksmith.people.protect import REGIONS, kept, protect_mask
from looksmith.people.skin import SkinAmounts


@pytest.fixture(scope="module")
def astronaut() -> NDArray[np.uint8]:
    return np.asarray(data.astronaut())


@pytest.fixture(scope="module")
def people(astronaut: NDArray[np.uint8]) -> People:
    return find_people(astronaut)


def test_regions_lie_where_they_should(astronaut: NDArray[np.uint8], people: People) -> None:
    masks = {what: protect_mask(astronaut, what, people) for what in REGIONS}
    face, suit, flag = np.s_[90:150, 200:250], np.s_[330:480, 180:280], np.s_[50:200, :60]
    assert masks["face"][face].mean() > 0.9 and masks["face"][suit].mean() < 0.05
    assert masks["clothes"][suit].mean() > 0.8 and masks["clothes"][face].mean() < 0.1
    assert masks["person"][suit].mean() > 0.9 and masks["person"][flag].mean() < 0.1


def test_a_product_stands_out() -> None:
    coffee = np.asarray(data.coffee())
    mask = protect_mask(coffee, "product")
    assert mask[150:250, 250:350].mean() > 0.9
    assert mask[:60, :60].mean() < 0.2


def _ellipse(shape: tuple[int, ...], x: int, y: int, a: int, b: int) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.asarray(((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("name", ["coffee", "rocket"])
def test_a_products_own_pixels_keep_their_colours(name: str, flip: bool) -> None:
    """A cup on its saucer and a thin rocket at dusk, marked by hand, under a strong cold look."""
    photo = np.asarray(getattr(data, name)())
    places = {"coffee": (279, 208, 185, 165), "rocket": (320, 267, 7, 118)}
    own = _ellipse(photo.shape, *places[name])
    photo, own = (photo[:, ::-1], own[:, ::-1]) if flip else (photo, own)
    cold = (photo * np.array([0.5, 0.8, 1.0])).astype(np.uint8)
    made = Finish(SkinAmounts(), protect=("product",))(photo, cold)
    assert _difference(photo, made)[own].mean() < 0.5
    assert _difference(photo, cold)[own].mean() > 15
    away = ~_ellipse(photo.shape, photo.shape[1] // 2, photo.shape[0] // 2, 280, 230)
    np.testing.assert_array_equal(made[away], cold[away])


def _difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """ΔE2000 of each pixel, ``(H, W)``."""
    tensors = (torch.from_numpy(p.copy()).permute(2, 0, 1)[None] / 255 for p in (one, other))
    return np.asarray(delta_e_2000(*tensors)).squeeze()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_kept_pixels_are_the_original_bit_for_bit(kind: type) -> None:
    rng = np.random.default_rng(0)
    scale = 1 if kind is np.float32 else np.iinfo(kind).max
    original, rendered = ((rng.random((40, 30, 3)) * scale).astype(kind) for _ in range(2))
    mask = np.zeros((40, 30), np.float32)
    mask[:, 15:] = 1
    mixed = kept(original, rendered, mask)
    assert mixed.dtype == kind
    assert (mixed[:, 15:] == original[:, 15:]).all()
    assert (mixed[:, :15] == rendered[:, :15]).all()


def test_only_one_region_takes_the_look(astronaut: NDArray[np.uint8]) -> None:
    finish = Finish(SkinAmounts(), only=("face",))
    mixed = finish(astronaut, 255 - astronaut)
    assert (mixed[400:, :] == astronaut[400:, :]).all()
    assert (mixed[100:140, 210:240] != astronaut[100:140, 210:240]).mean() > 0.9


def _look(**about: object) -> Look:
    import torch

    zero = torch.zeros(1, 256)
    maps = torch.zeros(1, 3, 4)
    return Look("l", zero, maps, torch.zeros(1, 64), torch.ones(1), dict(about))


def test_the_finish_reads_the_look() -> None:
    finish = Finish.of(_look(skin={"faces": 3.0, "marks": 0.5}), 0.6)
    assert finish is not None and finish.amounts.marks == 0.5
    assert Finish.of(_look()) is None
    with pytest.raises(LooksmithError, match="from 0 to 1.5"):
        Finish.of(_look(), 2.0)
    with pytest.raises(LooksmithError, match="no region sky"):
        Finish.of(_look(), protect=["sky"])
    for damaged in ({"marks": "x"}, {"marks": float("nan")}, {"texture": -1.0}):
        with pytest.raises(LooksmithError, match="damaged"):
            Finish.of(_look(skin=damaged), 1.0)


def test_a_feed_with_faces_says_so(tmp_path: Path, astronaut: NDArray[np.uint8]) -> None:
    Image.fromarray(astronaut).save(tmp_path / "a.png")
    Image.fromarray(data.coffee()).save(tmp_path / "b.png")
    (tmp_path / "c.png").write_text("no photo")
    about = about_people(sorted(tmp_path.iterdir()))
    assert about["skin"]["faces"] == 1 and about["makeup"]["faces"] == 1
    assert about_people([tmp_path / "b.png"]) == {}
