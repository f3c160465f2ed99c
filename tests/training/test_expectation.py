from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from looksmith.networks.style_encoder import StyleEncoder
from looksmith.training.data import PhotoBank
from looksmith.training.expectation import learn_expectation

PHOTOS = 100


def bank(shown: Tensor, light: Tensor) -> PhotoBank:
    """A flat crop of each photo, of a lightness ``(N,)``, showing so much of one thing."""
    subjects = torch.zeros(PHOTOS, 1, 1280, dtype=torch.half)
    subjects[:, 0, 7] = shown.half()
    references = (255 * light).byte().view(-1, 1, 1, 1, 1).expand(-1, 1, 3, 64, 64)
    numbers = torch.arange(PHOTOS)
    return PhotoBank(references, references, torch.ones(PHOTOS), numbers, numbers, subjects)


def red(expected: Tensor | None) -> Tensor:
    """The mean of red that is expected of each photo ``(N,)``."""
    assert expected is not None
    return expected[:, 0, -12].float()


def explained(expected: Tensor, light: Tensor) -> float:
    """Share of the variance of lightness that expectations explain."""
    return 1 - float((expected - light).square().mean() / light.var())


def test_what_subjects_say_is_expected_of_photos_not_fitted_on() -> None:
    shown = torch.rand(PHOTOS, generator=torch.Generator().manual_seed(0))
    light = 0.2 + 0.6 * shown
    assert (
        explained(red(learn_expectation(StyleEncoder(), bank(shown, light)).expected), light) > 0.8
    )


def test_what_subjects_do_not_say_is_not_expected() -> None:
    generator = torch.Generator().manual_seed(0)
    shown, light = torch.rand(2, PHOTOS, generator=generator)
    known = learn_expectation(StyleEncoder(), bank(shown, light))
    assert -0.1 < explained(red(known.expected), light) < 0.05


def test_in_use_the_same_is_expected_as_out_of_fold() -> None:
    shown = torch.rand(PHOTOS, generator=torch.Generator().manual_seed(0))
    drawn, encoder = bank(shown, shown), StyleEncoder()
    known = learn_expectation(encoder, drawn)
    in_use = encoder.expectation(drawn.subjects.float())
    assert explained(red(in_use), red(known.expected)) > 0.98


def test_a_set_is_held_back_whole() -> None:
    """Photos of one set are all bright and all show one thing: of the others nothing follows."""
    in_set = torch.arange(PHOTOS) < 20
    shown, light = in_set.float(), torch.where(in_set, 0.9, 0.3)
    drawn = replace(bank(shown, light), sets=torch.where(in_set, 0, torch.arange(PHOTOS)))
    known = learn_expectation(StyleEncoder(), drawn)
    assert float(red(known.expected)[:20].mean()) < 0.4


def test_a_bank_of_one_set_and_one_subject_says_what_it_has() -> None:
    drawn = bank(torch.ones(PHOTOS), torch.full((PHOTOS,), 0.4))
    drawn = replace(drawn, sets=torch.zeros(PHOTOS, dtype=torch.long))
    expected = red(learn_expectation(StyleEncoder(), drawn).expected)
    torch.testing.assert_close(expected, torch.full((PHOTOS,), 0.4), atol=0.01, rtol=0)
