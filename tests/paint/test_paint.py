from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from looksmith import LooksmithError, losses
from looksmith.color import delta_e_2000
from looksmith.networks.perceptual import VGG
from looksmith.paint import PaintSettings, _read, paint, paint_file
from looksmith.paint.painting import scales
from looksmith.provenance import COMPOSITE
from looksmith.verification import read_label

SMALL = PaintSettings(size=64, steps=12)


@pytest.fixture
def painting() -> NDArray[np.uint8]:
    """Diagonal strokes of blue and yellow."""
    y, x = np.mgrid[:96, :96]
    strokes = ((x + 2 * y) // 7 % 2)[..., None]
    return np.where(strokes == 1, (230, 200, 40), (30, 50, 160)).astype(np.uint8)


def style_distance(image: Image.Image | NDArray[np.uint8], style: NDArray[np.uint8]) -> float:
    vgg = VGG(tuple(SMALL.style_layers))
    made, wanted = (vgg(_read(picture, 64)) for picture in (image, style))
    return float(losses.style_loss(made, wanted))


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_the_style_comes_nearer_and_the_structure_stays(
    optimizer: str, photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    settings = SMALL.model_copy(update={"optimizer": optimizer})
    made = paint(photo, [painting], settings=settings)
    assert max(made.size) == 64
    assert style_distance(made, painting) < 0.5 * style_distance(photo, painting)
    before, after = (np.asarray(_read(x, 64).mean(1)).ravel() for x in (photo, made))
    assert np.corrcoef(before, after)[0, 1] > 0.5


def test_painting_twice_gives_the_same_picture(
    photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    noise = SMALL.model_copy(update={"start": "noise", "steps": 4})
    first, second = (np.asarray(paint(photo, [painting], settings=noise)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_weights_decide_between_styles(
    photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    other = np.ascontiguousarray(painting[:, ::-1, ::-1])
    mostly, hardly = (
        paint(photo, [painting, other], weights, settings=SMALL)
        for weights in ([0.9, 0.1], [0.1, 0.9])
    )
    assert style_distance(mostly, painting) < style_distance(hardly, painting)
    assert style_distance(hardly, other) < style_distance(mostly, other)


def test_outside_the_mask_the_photo_stays(
    photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    mask = np.zeros_like(photo)
    mask[: len(mask) // 2] = 255
    made = np.asarray(paint(photo, [painting], mask=mask, settings=SMALL), np.int16)
    before = np.rint(np.asarray(_read(photo, 64)[0].permute(1, 2, 0)) * 255)
    change = np.abs(made - before).mean((1, 2))
    assert change[-20:].max() <= 1
    assert change[:20].min() > 3


def test_keeping_colours_keeps_them(photo: NDArray[np.uint8], painting: NDArray[np.uint8]) -> None:
    settings = SMALL.model_copy(update={"keep_colours": True})
    kept, free = (
        paint(photo, [painting], settings=settings),
        paint(photo, [painting], settings=SMALL),
    )
    before, after, painted = (F.adaptive_avg_pool2d(_read(x, 64), 8) for x in (photo, kept, free))
    assert delta_e_2000(after, before).mean() < 0.7 * delta_e_2000(painted, before).mean()


@pytest.mark.parametrize("kind", ["flat", "grey", "tall"])
def test_odd_style_pictures_give_a_sound_result(kind: str, photo: NDArray[np.uint8]) -> None:
    style = {
        "flat": np.full((80, 80, 3), 128, np.uint8),
        "grey": np.repeat(photo[..., :1], 3, axis=-1),
        "tall": np.ascontiguousarray(photo[:, :20]),
    }[kind]
    losses_seen: list[dict[str, float]] = []
    made = paint(
        photo, [style], settings=SMALL, progress=lambda _, seen: losses_seen.append(dict(seen))
    )
    assert made.size[0] > 0
    assert all(np.isfinite(list(seen.values())).all() for seen in losses_seen)
    assert losses_seen[-1]["style"] < losses_seen[0]["style"]


def test_a_photo_too_narrow_for_the_layers_is_refused(painting: NDArray[np.uint8]) -> None:
    with pytest.raises(LooksmithError, match="32 on the shorter side"):
        paint(np.zeros((20, 200, 3), np.uint8), [painting], settings=SMALL)


def test_a_mask_of_other_proportions_is_refused(
    photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    with pytest.raises(LooksmithError, match="other proportions"):
        paint(photo, [painting], mask=np.zeros((30, 90, 3), np.uint8), settings=SMALL)


@pytest.mark.parametrize("weights", [[1.0, 1.0], [-1.0], [0.0]])
def test_weights_that_do_not_fit_are_refused(
    weights: list[float], photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    with pytest.raises(LooksmithError, match="one weight for each style"):
        paint(photo, [painting], weights, settings=SMALL)


def test_steps_that_lead_to_infinity_give_way_to_smaller_ones(
    monkeypatch: pytest.MonkeyPatch, photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    wild = ("lbfgs", 400.0)
    monkeypatch.setattr("looksmith.paint.painting._PACES", (wild, wild, ("adam", 0.02)))
    seen: list[tuple[float, dict[str, float]]] = []
    made = paint(photo, [painting], settings=SMALL, progress=lambda *x: seen.append(x))
    assert seen[-1][0] == 1
    assert style_distance(made, painting) < 0.5 * style_distance(photo, painting)


def test_where_every_step_leads_to_infinity_the_picture_so_far_is_kept(
    monkeypatch: pytest.MonkeyPatch, photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    monkeypatch.setattr("looksmith.paint.painting._PACES", (("lbfgs", 400.0),))
    made = paint(photo, [painting], settings=SMALL)
    assert style_distance(made, painting) < style_distance(photo, painting)


def test_a_weight_that_allows_no_step_is_named(
    photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    with pytest.raises(LooksmithError, match="style loss is not finite at step 1; lower its"):
        paint(photo, [painting], settings=SMALL.model_copy(update={"style": 1e39}))


def test_scales_double_and_their_steps_halve() -> None:
    assert scales(512, 400, 32, 70) == [(128, 40), (256, 20), (512, 10)]
    assert scales(100, 60, 32, 5) == [(100, 5)]
    assert scales(1024, 100, 32, 3) == [(512, 2), (1024, 1)]


def test_an_interrupted_picture_goes_on(
    tmp_path: Path, photo: NDArray[np.uint8], painting: NDArray[np.uint8]
) -> None:
    source, style, out = (tmp_path / name for name in ("photo.png", "style.png", "out.png"))
    exif = Image.Exif()
    exif[33432] = "(c) Mei"
    Image.fromarray(photo).save(source, exif=exif)
    Image.fromarray(painting).save(style)

    def interrupt(done: float, _: object) -> None:
        if done >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint_file(source, out, [style], settings=SMALL, progress=interrupt)
    assert not out.exists()
    taken: list[float] = []
    paint_file(
        source, out, [style], settings=SMALL, resume=True, progress=lambda d, _: taken.append(d)
    )
    assert taken[0] > 0.5
    label = read_label(out)
    assert (label.source_type, label.belongs, label.rights) == (COMPOSITE, True, "(c) Mei")
    assert {path.name for path in tmp_path.iterdir()} == {"photo.png", "style.png", "out.png"}
