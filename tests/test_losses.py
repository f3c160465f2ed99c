from __future__ import annotations

import math

import pytest
import torch

from looksmith import losses


def test_the_adversarial_losses_are_those_of_the_paper() -> None:
    real, fake = [torch.tensor([[2.0]])], [torch.tensor([[-1.0]])]

    def log_sigmoid(x: float) -> float:
        return -math.log(1 + math.exp(-x))

    expected = -log_sigmoid(2.0) - log_sigmoid(1.0)
    assert float(losses.discriminator_loss(real, fake)) == pytest.approx(expected)
    assert float(losses.generator_loss(fake)) == pytest.approx(-log_sigmoid(-1.0))


def test_r1_is_the_squared_gradient_on_real() -> None:
    slope = torch.tensor([3.0, 4.0])
    penalty = losses.r1_penalty(lambda x: [(x * slope).sum(1, keepdim=True)], torch.rand(5, 2))
    assert float(penalty) == pytest.approx(25.0)


def test_gram_matrices_do_not_depend_on_where_features_lie() -> None:
    features = torch.rand(1, 4, 6, 6)
    shuffled = features.flatten(2)[..., torch.randperm(36)].view_as(features)
    torch.testing.assert_close(losses.gram_matrix(features), losses.gram_matrix(shuffled))


def test_style_and_content_losses_vanish_for_equal_features_and_no_others() -> None:
    features = {"a": torch.rand(2, 4, 8, 8)}
    other = {"a": torch.rand(2, 4, 8, 8)}
    for loss in (losses.style_loss, losses.content_loss):
        assert float(loss(features, features)) == pytest.approx(0, abs=1e-6)
        assert float(loss(features, other)) > 1e-3


def test_content_loss_ignores_a_grade_of_the_features() -> None:
    features = {"a": torch.rand(1, 4, 8, 8)}
    graded = {"a": 3 * features["a"] + 1}
    assert float(losses.content_loss(graded, features)) == pytest.approx(0, abs=1e-3)


def test_reconstruction_pulls_back_what_is_out_of_range() -> None:
    truth = torch.ones(1, 3, 4, 4)
    beyond = torch.full((1, 3, 4, 4), 1.2, requires_grad=True)
    loss = losses.reconstruction_loss(beyond, truth)
    loss.backward()
    assert float(loss.detach()) > 1
    assert beyond.grad is not None
    assert float(beyond.grad.min()) > 0


def test_code_distance_is_an_angle() -> None:
    code = torch.tensor([[1.0, 0.0]])
    assert float(losses.code_distance(5 * code, code)) == pytest.approx(0, abs=1e-6)
    assert float(losses.code_distance(-code, code)) == pytest.approx(2, abs=1e-6)
