from __future__ import annotations

from copy import deepcopy

import torch

from looksmith.base import default_base
from looksmith.feeds import Feed
from looksmith.networks.expectation import expected_moments, with_moments
from looksmith.networks.statistics import mean_and_covariance, pool_moments
from looksmith.training.adapt import encode_feed


def test_moments_of_rows_are_those_of_the_photos_together() -> None:
    photos = torch.rand(4, 5, 3, 400, generator=torch.Generator().manual_seed(0))
    mean, covariance = (
        moments.unflatten(0, (4, 5)) for moments in mean_and_covariance(photos.flatten(0, 1))
    )
    rows = with_moments(torch.zeros(4, 5, 7), mean, covariance)
    for made, whole in zip(expected_moments(rows), pool_moments(mean, covariance), strict=True):
        torch.testing.assert_close(made, whole, atol=1e-5, rtol=1e-4)


def test_moments_that_no_colours_have_are_made_possible() -> None:
    rows = with_moments(torch.zeros(1, 2, 0), torch.full((1, 2, 3), 0.6), -0.1 * torch.eye(3))
    _, covariance = expected_moments(rows)
    assert float(torch.linalg.eigvalsh(covariance).min()) > 1e-3


def test_where_the_ordinary_is_expected_all_transports_are_one() -> None:
    encoder, photos = deepcopy(default_base().networks.style_encoder), torch.rand(1, 4, 3, 64, 64)
    torch.nn.init.zeros_(encoder.mix.weight)
    torch.nn.init.zeros_(encoder.mix.bias)
    before = encoder(photos).transport
    torch.nn.init.ones_(encoder.mix.bias)
    torch.testing.assert_close(encoder(photos).transport, before, atol=1e-3, rtol=1e-2)


def test_what_is_expected_explains_part_of_a_feed() -> None:
    """Photos that are as light as what they show: the lighter it is expected to be, the less light
    the base reads into the look."""
    networks = default_base().networks
    photos = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 0.3 + 0.6
    encoder, tone = networks.style_encoder, networks.generator.tone
    ordinary = encoder.ordinary_expected
    light = ordinary.clone()
    colour = encoder.ordinary_colour + 0.25
    light[-12:] = with_moments(ordinary[:0], colour, encoder.ordinary_covariance)
    light[:-12] = encoder.relative_statistics(photos).mean(0) * 0.8
    greys = []
    for expected in (ordinary, light):
        style = encoder(photos.unsqueeze(0), expected.expand(1, 8, -1))
        lut = tone.global_look(style, networks.generator.user(1))
        greys.append(float(lut[0, :, 8, 8, 8].mean()))
    assert greys[1] < greys[0] - 0.01


def test_a_feed_whose_subjects_are_not_known_is_read_as_of_anything() -> None:
    networks = default_base().networks
    photos = torch.rand(5, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    ordinary = networks.style_encoder.ordinary_expected.expand(1, 5, -1)
    read = encode_feed(networks, Feed(photos, "", ()))
    told = networks.style_encoder(photos.unsqueeze(0), ordinary)
    torch.testing.assert_close(read.code, told.code)


def test_subjects_stay_with_their_photos_in_a_large_feed() -> None:
    """Seventy photos are read in three groups, each with its own subjects. Turned round, they are
    grouped otherwise; what they say hardly changes."""
    networks, generator = default_base().networks, torch.Generator().manual_seed(0)
    photos = torch.rand(70, 3, 64, 64, generator=generator)
    subjects = 3 * torch.rand(70, 1280, generator=generator)
    feed = Feed(photos, "", (), subjects)
    first, turned = (
        encode_feed(networks, one) for one in (feed, feed.at(torch.arange(70).flip(0)))
    )
    torch.testing.assert_close(turned.transport, first.transport, atol=0.02, rtol=0.05)
    encoder = networks.style_encoder
    expected = encoder.expectation(subjects)
    groups = [encoder(photos[None, n::3], expected[None, n::3]).code for n in range(3)]
    torch.testing.assert_close(first.code, torch.stack(groups).mean(0), atol=1e-4, rtol=1e-4)
