from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from looksmith import grading
from looksmith.color import luma, srgb_to_oklab


def as_tensor(photo: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(np.array(photo)).permute(2, 0, 1).unsqueeze(0).float() / 255


HUES = {"hue": 0.3, "width": 0.6, "saturation_by": -0.4, "shift": 0.3, "lightness": 0.1}
CURVES = {"green": (0.1, 0.5, 1), "blue": (0, 0.5, 0.9)}
GRADIENT = {"mode": "screen", "opacity": 0.4}
OPERATORS: dict[str, list[dict[str, object]]] = {  # the amounts of three looks each
    "white_balance": [{"temperature": t, "tint": 0.1} for t in (-0.2, 0.0, 0.3)],
    "exposure": [{"stops": s} for s in (-1.0, 0.0, 1.0)],
    "contrast": [{"amount": a, "pivot": 0.45} for a in (-0.4, 0.0, 1.2)],
    "curves": [
        {"red": (0, r, 1), "green": (0.1, 0.5, 1), "blue": (0, 0.5, 0.9)} for r in (0, 0.4, 1)
    ],
    "split_tone": [{"shadows": (0.1, 0, b), "highlights": (0, 0.1, 0)} for b in (-0.1, 0.0, 0.2)],
    "mix_channels": [{"matrix": ((m, 0.1, 0), (0, 1, 0), (0.2, 0, 0.8))} for m in (0.7, 0.9, 1.1)],
    "saturation": [{"amount": a} for a in (-1.0, 0.0, 0.5)],
    "vibrance": [{"amount": a} for a in (-0.5, 0.0, 1.0)],
    "density": [{"amount": a} for a in (-0.3, 0.0, 0.5)],
    "hue_selective": [HUES | {"hue": h} for h in (-3.0, 0.0, 2.5)],
    "rotate_hue": [{"angle": a} for a in (-0.4, 0.0, 2.0)],
    "fade": [{"black": (b, 0, 0.1), "white": (1, 0.9, 1)} for b in (0.0, 0.1, 0.2)],
    "monochrome": [{"weights": (w, 0.5, 0.5 - w)} for w in (0.1, 0.2, 0.3)],
    "duotone": [{"dark": (d, 0, 0), "light": (1, 1, 0.8)} for d in (0.0, 0.2, 0.4)],
    "blend_colour": [
        {"colour": (c, 0, 1), "mode": "overlay", "opacity": c} for c in (0.1, 0.5, 0.9)
    ],
    "vignette": [{"amount": a, "radius": 0.4} for a in (-0.4, 0.0, 0.7)],
    "radial_gradient": [GRADIENT | {"inner": (c, 1, 1), "outer": (0, c, 0)} for c in (0.1, 0.5, 1)],
    "linear_gradient": [
        GRADIENT | {"first": (1, 0, 0), "last": (0, 0, 1), "angle": a} for a in (-2.0, 0.0, 1.0)
    ],
    "bloom": [{"amount": 0.5, "radius": r} for r in (0.01, 0.03, 0.06)],
    "local_contrast": [{"amount": a, "radius": 0.05} for a in (-0.4, 0.0, 0.6)],
}


@pytest.mark.parametrize("name", OPERATORS)
def test_amounts_for_a_batch_do_what_each_does_alone(name: str) -> None:
    operator, looks = getattr(grading, name), OPERATORS[name]
    feeds = torch.rand(3, 2, 3, 12, 16, generator=torch.Generator().manual_seed(0))
    together = {
        key: value if isinstance(value, str) else torch.tensor([look[key] for look in looks])
        for key, value in looks[0].items()
    }
    alone = torch.stack([operator(feed, **look) for feed, look in zip(feeds, looks, strict=True)])
    torch.testing.assert_close(operator(feeds, **together), alone, atol=1e-5, rtol=0)
    assert not torch.equal(alone[0], alone[2])


def test_warming_warms_and_keeps_white_light_level(photo: NDArray[np.uint8]) -> None:
    image = as_tensor(photo)
    warm = grading.white_balance(image, temperature=0.2, tint=0.0)
    assert float(warm[:, 0].mean() - warm[:, 2].mean()) > float(
        image[:, 0].mean() - image[:, 2].mean()
    )


@pytest.mark.parametrize("stops", [-2.0, -0.5, 0.5, 2.0])
def test_exposure_keeps_black_and_white_in_range_and_is_monotone(stops: float) -> None:
    ramp = torch.linspace(0, 1, 64).view(1, 1, 1, 64).expand(1, 3, 1, 64)
    exposed = grading.exposure(ramp, stops)
    assert bool((exposed.diff(dim=-1) >= 0).all())
    assert float(exposed[..., 0].max()) < 1e-3
    if stops > 0:
        assert float(exposed[..., -1].min()) == pytest.approx(1.0, abs=1e-4)


def test_minus_one_saturation_is_grey(photo: NDArray[np.uint8]) -> None:
    grey = grading.saturation(as_tensor(photo), -1.0)
    assert float((grey.amax(1) - grey.amin(1)).max()) < 1e-5


def test_the_identity_lut_changes_nothing(photo: NDArray[np.uint8]) -> None:
    image = as_tensor(photo)
    torch.testing.assert_close(
        grading.apply_lut(image, grading.identity_lut(17)), image, atol=1e-5, rtol=0
    )


def test_turning_hues_is_the_matrix_of_svg() -> None:
    """``hue-rotate(90deg)`` of the primaries, as Chromium and librsvg draw them, unclipped."""
    muted = 0.4 + 0.2 * torch.eye(3).view(1, 3, 1, 3)
    turned = grading.rotate_hue(muted, math.pi / 2)[0, :, 0]
    by_hand = torch.tensor(
        [[0.213 - 0.213, 0.715 - 0.715, 0.072 + 0.928],
         [0.213 + 0.143, 0.715 + 0.140, 0.072 - 0.283],
         [0.213 - 0.787, 0.715 + 0.715, 0.072 + 0.072]]
    )  # fmt: skip
    torch.testing.assert_close(turned, 0.4 + 0.2 * by_hand, atol=1e-5, rtol=0)


def test_turning_hues_keeps_luma_where_nothing_clips() -> None:
    muted = 0.3 + 0.4 * torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(luma(grading.rotate_hue(muted, 0.4)), luma(muted), atol=1e-3, rtol=0)


def test_small_copies_get_the_grain_that_shrinking_leaves(photo: NDArray[np.uint8]) -> None:
    """Grain at full size, then shrunk; and shrunk, then grain: the same noise in every octave."""
    large = 0.1 + 0.8 * as_tensor(photo)[..., :128, :128]
    large = large.repeat_interleave(8, -1).repeat_interleave(8, -2)
    generator = torch.Generator().manual_seed(0)
    small = F.avg_pool2d(large, 16)  # (1, 3, 64, 64)
    served = F.avg_pool2d(grading.grain(large, 0.06, generator), 16)
    trained = grading.grain(small, 0.06, generator, shrink=16)
    at_once = grading.grain(small, 0.06, generator)
    for size in (1, 2, 4):
        left, made, naive = (
            float(F.avg_pool2d(x - small, size).std()) for x in (served, trained, at_once)
        )
        assert made == pytest.approx(left, rel=0.15)
        assert naive > 10 * left


def test_a_vignette_darkens_corners_only() -> None:
    white = torch.ones(1, 3, 41, 41)
    dark = grading.vignette(white, amount=0.5, radius=0.5)
    assert float(dark[0, 0, 20, 20]) == 1.0
    assert float(dark[0, 0, 0, 0]) == pytest.approx(0.5, abs=0.01)
    assert float(grading.vignette(0.5 * white, amount=-0.5)[0, 0, 0, 0]) > 0.5


def test_composed_luts_do_what_one_after_the_other_does() -> None:
    first = (0.9 * grading.identity_lut(17) ** 1.2).unsqueeze(0)
    mixed = torch.tensor([[0.8, 0.2, 0.0], [0.1, 0.8, 0.1], [0.0, 0.3, 0.7]])
    second = torch.einsum("ij,jzyx->izyx", mixed, grading.identity_lut(9)).unsqueeze(0)
    colours = grading.identity_lut(17).view(1, 3, 1, -1)  # nodes, where composing is exact
    both = grading.apply_lut(colours, grading.composed_luts(first, second))
    after = grading.apply_lut(grading.apply_lut(colours, first), second)
    torch.testing.assert_close(both, after, atol=1e-5, rtol=0)


def test_colours_outside_the_gamut_lose_chroma_and_keep_lightness_and_hue() -> None:
    before = torch.rand(3, 400, generator=torch.Generator().manual_seed(0))
    lab = srgb_to_oklab(before.unsqueeze(1))[:, 0]
    lab[1:] *= 1.8
    made = grading.soft_gamut(lab, before)
    again = srgb_to_oklab(made.unsqueeze(1))[:, 0]
    assert float((again[0] - lab[0]).abs().max()) < 0.01
    across = again[1] * lab[2] - again[2] * lab[1]
    assert float((across.abs() / lab[1:].norm(dim=0)).max()) < 0.01
    clipped = (made <= 0.002) | (made >= 0.998)
    assert not bool((clipped & (before > 0.01) & (before < 0.99)).any())


def test_colours_inside_the_gamut_stay() -> None:
    before = 0.05 + 0.9 * torch.rand(3, 400, generator=torch.Generator().manual_seed(0))
    made = grading.soft_gamut(srgb_to_oklab(before.unsqueeze(1))[:, 0], before)
    torch.testing.assert_close(made, before, atol=1e-3, rtol=0)
