from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab

from looksmith.color import (
    delta_e_2000,
    linear_to_srgb,
    luma,
    srgb_to_lab,
    srgb_to_linear,
    srgb_to_oklab,
)

CUBE = torch.cartesian_prod(*[torch.linspace(0, 1, 9)] * 3).T.reshape(1, 3, 27, 27)


def test_linear_light_and_back_is_the_identity() -> None:
    torch.testing.assert_close(linear_to_srgb(srgb_to_linear(CUBE)), CUBE, atol=1e-5, rtol=0)


def test_lab_agrees_with_scikit_image() -> None:
    expected = rgb2lab(CUBE[0].permute(1, 2, 0).double().numpy())
    made = srgb_to_lab(CUBE)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(made, expected, atol=0.05)


@given(st.integers(0, 10_000))
def test_the_difference_agrees_with_scikit_image(seed: int) -> None:
    first, second = torch.rand(2, 1, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    labs = [rgb2lab(x[0].permute(1, 2, 0).double().numpy()) for x in (first, second)]
    apart = np.abs(delta_e_2000(first, second)[0].numpy() - deltaE_ciede2000(*labs))
    # Where hues lie opposite, rounding decides on which side their mean falls.
    assert np.quantile(apart, 0.98) < 0.06


def test_equal_colours_differ_by_nothing_and_have_finite_gradients() -> None:
    image = CUBE.clone().requires_grad_(True)
    difference = delta_e_2000(image, CUBE, eps=1e-2)
    assert float(difference.detach().max()) < 0.2
    difference.sum().backward()
    assert image.grad is not None
    assert bool(torch.isfinite(image.grad).all())


def test_greys_have_no_chroma() -> None:
    grey = torch.linspace(0, 1, 20).view(1, 1, 1, 20).expand(1, 3, 1, 20)
    assert float(srgb_to_oklab(grey)[:, 1:].abs().max()) < 1e-2
    torch.testing.assert_close(luma(grey), grey[:, :1])
