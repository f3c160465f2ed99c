from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

import looksmith.base
from looksmith import losses
from looksmith.base import Base, default_base, save_base
from looksmith.color import delta_e_2000
from looksmith.networks.discriminator import Discriminator, StatisticsDiscriminator
from looksmith.networks.generator import Generator
from looksmith.networks.model import CONDITION_SIZE, LookNetworks, condition_of
from looksmith.networks.statistics import (
    mean_and_covariance,
    photographic_statistics,
    pool_moments,
    transport_map,
)
from looksmith.networks.style_encoder import StyleEncoder
from looksmith.photos import crop_resized
from looksmith.rendering import Rendering, render
from looksmith.training.random_looks import draw_looks


@pytest.fixture
def noise() -> Tensor:
    return torch.rand(3, 5, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_statistics_are_finite_and_ignore_mirroring(noise: Tensor) -> None:
    for photos in (noise[0], torch.zeros(2, 3, 64, 64), torch.ones(2, 3, 64, 64)):
        statistics = photographic_statistics(photos)
        assert bool(torch.isfinite(statistics).all())
        mirrored = photographic_statistics(photos.flip(-1))
        # Thinning takes every second pixel, so mirroring moves noise by one pixel.
        assert float((statistics - mirrored).abs().mean()) < 0.02


def test_statistics_of_flat_photos_have_finite_gradients() -> None:
    photos = torch.full((1, 3, 64, 64), 0.5, requires_grad=True)
    photographic_statistics(photos).sum().backward()
    assert photos.grad is not None
    assert bool(torch.isfinite(photos.grad).all())


def test_mixed_precision_leaves_colour_arithmetic_alone(noise: Tensor) -> None:
    """In bfloat16 a matrix product is wrong by more than a step of 8 bits."""
    tone = default_base().networks.generator.tone
    encoder = default_base().networks.style_encoder
    style = encoder(noise)
    user, pale = torch.zeros(3, 32), encoder(0.5 * noise + 0.25)
    exact, statistics = tone.global_look(pale, user), photographic_statistics(noise[0])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(photographic_statistics(noise[0]), statistics)
        transport = encoder(noise).transport
        mixed = tone.global_look(pale, user)
        assert (tone.identity.flatten(1).T @ torch.eye(3)).dtype == torch.bfloat16  # it is on
    torch.testing.assert_close(transport, style.transport)
    assert float((mixed - exact).abs().max()) < 0.5 / 255  # the linear layers' own rounding


def test_pooled_moments_are_those_of_all_pixels(noise: Tensor) -> None:
    each = [mean_and_covariance(photos.flatten(2)) for photos in noise]
    pooled = pool_moments(torch.stack([m for m, _ in each]), torch.stack([c for _, c in each]))
    whole = mean_and_covariance(noise.transpose(1, 2).flatten(2))
    for made, expected in zip(pooled, whole, strict=True):
        torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-4)


def test_transport_carries_one_population_onto_the_other(noise: Tensor) -> None:
    source = noise[:1, 0].flatten(2)
    mixing = torch.tensor([[0.9, 0.1, 0.0], [0.05, 0.7, 0.1], [0.0, 0.2, 0.6]])
    target = mixing @ source + 0.1
    moments = (*mean_and_covariance(source), *mean_and_covariance(target))
    linear = transport_map(*moments)
    moved = linear[:, :, :3] @ source + linear[:, :, 3:]
    for made, expected in zip(mean_and_covariance(moved), moments[2:], strict=True):
        torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-2)


def test_a_style_does_not_depend_on_the_order_of_photos(noise: Tensor) -> None:
    encoder = StyleEncoder().eval()
    first, second = encoder(noise), encoder(noise.flip(1))
    torch.testing.assert_close(first.code, second.code, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 40])
def test_any_number_of_photos_gives_a_style(count: int) -> None:
    style = StyleEncoder().eval()(torch.rand(1, count, 3, 64, 64))
    assert style.code.shape == (1, 256)
    assert style.transport.shape == (1, 3, 4)
    assert bool(torch.isfinite(style.code).all())


@pytest.mark.parametrize("size", [(128, 128), (40, 70), (1, 1)])
def test_the_generator_renders_at_any_size(noise: Tensor, size: tuple[int, int]) -> None:
    networks = LookNetworks().eval()
    made = networks(torch.rand(3, 3, *size), noise)
    assert made.shape == (3, 3, *size)


def test_a_new_grid_changes_nothing_and_resolution_does_not_matter(noise: Tensor) -> None:
    generator, style = Generator().eval(), StyleEncoder().eval()(noise[:1])
    photo = noise[:1, 0]
    rendering = Rendering((generator.predict(torch.rand(1, 3, 128, 128), style),))
    enlarged = photo.repeat_interleave(2, -1).repeat_interleave(2, -2)
    small, large = render(photo, rendering), render(enlarged, rendering)
    torch.testing.assert_close(large[..., ::2, ::2], small, atol=1e-4, rtol=1e-4)


def test_a_user_vector_changes_the_grade_a_little(noise: Tensor) -> None:
    """New networks fail: theirs does not reach the grade."""
    generator, encoder = default_base().networks.generator, default_base().networks.style_encoder
    working, style = torch.rand(1, 3, 128, 128), encoder(noise[:1])
    plain = generator.predict(working, style)
    again = generator.predict(working, style, generator.default_user.unsqueeze(0))
    other = generator.predict(working, style, torch.ones(1, 32))
    for at, same, changed in (
        (plain.lut, again.lut, other.lut),
        (plain.grid, again.grid, other.grid),
    ):
        assert at is not None and same is not None and changed is not None
        assert torch.equal(at, same)
        assert 1e-5 < float((changed - at).abs().mean()) < 0.3


@dataclass
class Exam:
    """Random looks on photos that no base was trained on; the same for every base."""

    references: Tensor
    content: Tensor
    truth: Tensor

    @classmethod
    def of(cls, photos: list[NDArray[np.uint8]], count: int = 24) -> Exam:
        looks = draw_looks(count, torch.Generator().manual_seed(1))
        small, large = (cls._squares(photos, side) for side in (64, 128))
        content = large[None, 3].expand(count, -1, -1, -1)
        return cls(looks(small[None, :3].expand(count, -1, -1, -1, -1)), content, looks(content))

    @staticmethod
    def _squares(photos: list[NDArray[np.uint8]], side: int) -> Tensor:
        squares = np.stack([crop_resized(photo, None, (side, side)) for photo in photos])
        return torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255

    @torch.no_grad()
    def left(self, networks: LookNetworks) -> float:
        """The share of the difference to the truth that networks leave."""
        made = networks(self.content, self.references).clamp(0, 1)
        return float(delta_e_2000(made, self.truth).mean() / self.difference())

    def difference(self) -> Tensor:
        return delta_e_2000(self.content, self.truth).mean()

    @torch.no_grad()
    def told_apart(self, networks: LookNetworks, discriminator: StatisticsDiscriminator) -> float:
        """The share of photos that a discriminator finds likelier with the code of their own look
        than with those of five others."""
        style = networks.style_encoder(self.references)
        condition = condition_of(style, networks.generator.user(len(self.truth)))
        photos = self.truth[..., ::2, ::2]
        own = discriminator(photos, condition)
        others = [discriminator(photos, condition.roll(by, 0)) for by in range(1, 6)]
        return float((own > torch.stack(others).mean(0)).float().mean())


def _new_networks_like(base: Base) -> LookNetworks:
    """Random weights beside everything that the base measured rather than learned."""
    torch.manual_seed(0)
    networks = LookNetworks().eval()
    for mine, its in zip(networks.buffers(), base.networks.buffers(), strict=True):
        mine.copy_(its)
    return networks


def test_the_shipped_base_recovers_looks_and_random_weights_do_not(
    photos: list[NDArray[np.uint8]],
) -> None:
    exam, base = Exam.of(photos), default_base()
    assert exam.left(base.networks) < 0.75
    assert exam.left(_new_networks_like(base)) > 0.9


def test_the_shipped_discriminator_knows_which_look_a_photo_has_and_random_weights_do_not(
    photos: list[NDArray[np.uint8]],
) -> None:
    exam, base = Exam.of(photos), default_base()
    assert exam.told_apart(base.networks, base.discriminator) > 0.85
    new = StatisticsDiscriminator(CONDITION_SIZE)
    new.mean.copy_(base.discriminator.mean)
    new.std.copy_(base.discriminator.std)
    assert exam.told_apart(base.networks, new) < 0.8


def test_every_part_of_the_discriminator_sees_the_condition(noise: Tensor) -> None:
    discriminator = Discriminator(CONDITION_SIZE)
    photos = noise[:, 0]
    first = discriminator(photos, torch.zeros(3, CONDITION_SIZE))
    second = discriminator(photos, torch.ones(3, CONDITION_SIZE))
    assert [tuple(logits.shape) for logits in first] == [(3, 1), (3, 64), (3, 16)]
    assert not any(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_discriminator_step_tells_real_from_fake(noise: Tensor) -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(8)
    optimizer = torch.optim.Adam(discriminator.parameters(), 1e-3)
    condition, real, fake = torch.zeros(3, 8), noise[:, 0], 0.5 * noise[:, 1]
    before = losses.discriminator_loss(
        discriminator(real, condition), discriminator(fake, condition)
    )
    for _ in range(10):
        loss = losses.discriminator_loss(
            discriminator(real, condition), discriminator(fake, condition)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.8 * float(before.detach())


def test_weights_come_back_as_they_were_saved(tmp_path: Path, noise: Tensor) -> None:
    base = default_base()
    path = tmp_path / "again.safetensors"
    save_base(base.networks, base.discriminator, path, {"steps": 3})
    again = Base.load(path)
    code = again.networks.style_encoder(noise).code
    assert torch.equal(code, base.networks.style_encoder(noise).code)
    assert again.card == {"steps": 3}


def test_the_shipped_weights_have_a_card_and_fit() -> None:
    path = Path(looksmith.base.__file__).with_name("base.safetensors")
    assert path.stat().st_size < 16_000_000
    assert {"photos", "steps", "minutes", "settings"} <= set(default_base().card)
