"""Pairs of pictures that tell most of a taste: which one does a user prefer?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from looksmith.pixels import Array
from looksmith.rendering import Rendering, render_pixels
from looksmith.taste.directions import DIRECTIONS, Scale, Vector, content
from looksmith.taste.features import features
from looksmith.taste.personal import with_move
from looksmith.taste.posterior import Matrix, Posterior
from looksmith.transfer import working_size

CANDIDATES = 200
_QUIZ_MOVE = 1.3  # pictures differ more than what is made for users, so that answers are clear
_DIRECTIONS_A_PAIR = 3


@dataclass(frozen=True)
class Pair:
    """Two versions of one photo."""

    photo: int
    """Index of the photo."""
    moves: tuple[Vector, Vector]
    difference: Vector
    """Features of the first less those of the second, ``(19,)``."""


def version(photo: Array, move: Vector) -> Array:
    """A photo moved along the directions: what a quiz shows."""
    return render_pixels(photo, Rendering(with_move(move).stages))


def pair_features(scale: Scale, contents: Matrix, photos: Vector, moves: Matrix) -> Matrix:
    """Features that a move adds to a photo: ``(N,)`` indices and ``(N, 9)`` to ``(N, 19)``."""
    return features(moves @ scale.jacobian.T, contents[photos.astype(int)])


def candidates(
    scale: Scale, contents: Matrix, generator: np.random.Generator
) -> tuple[Vector, Matrix, Matrix]:
    """Random opposite moves along a few directions each: photos ``(N,)`` and two ``(N, 9)``."""
    photos = generator.integers(0, len(contents), CANDIDATES).astype(np.float64)
    moves = np.zeros((CANDIDATES, DIRECTIONS))
    for row in moves:
        chosen = generator.choice(DIRECTIONS - 1, _DIRECTIONS_A_PAIR, replace=False)
        row[chosen] = (
            _QUIZ_MOVE
            * generator.uniform(0.4, 1, len(chosen))
            * generator.choice((-1, 1), len(chosen))
        )
    second = -moves * generator.choice((1.0, 0.0), CANDIDATES)[:, None]
    return photos, moves, second


def choose_pair(
    posterior: Posterior,
    scale: Scale,
    contents: Matrix,
    generator: np.random.Generator,
    informed: bool = True,
) -> Pair:
    """The pair with the most expected information among random candidates (or any of them).

    Args:
        posterior: what is known so far.
        scale: units of traits.
        contents: content ``(N, 1)`` of the photos to choose among.
        generator: randomness.
        informed: False takes a random pair, for comparison.
    """
    photos, first, second = candidates(scale, contents, generator)
    x = pair_features(scale, contents, photos, first) - pair_features(
        scale, contents, photos, second
    )
    best = int(posterior.information(x).argmax()) if informed else 0
    return Pair(int(photos[best]), (first[best], second[best]), x[best])


def choose_pairs(
    posterior: Posterior, scale: Scale, contents: Matrix, count: int, seed: int = 0
) -> list[Pair]:
    """Pairs to be shown all at once: each is chosen as if those before had been answered, which
    narrows the posterior but does not move it."""
    generator = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        pair = choose_pair(posterior, scale, contents, generator)
        pairs.append(pair)
        narrowed = posterior.updated(pair.difference).covariance
        posterior = Posterior(posterior.mean, narrowed)
    return pairs


def contents_of(photos: list[Array]) -> Matrix:
    """Content ``(N, 1)`` of ``(H, W, 3)`` photos."""
    return np.concatenate([content(working_size(photo)) for photo in photos])


def ask(
    posterior: Posterior,
    scale: Scale,
    photos: list[Array],
    count: int,
    answer: Callable[[int, Pair], str | None],
    seed: int = 0,
) -> Posterior:
    """Ask ``count`` questions, each chosen by the answers before: ``a``, ``b``, or None where the
    user can't say."""
    generator, contents = np.random.default_rng(seed), contents_of(photos)
    for number in range(1, count + 1):
        pair = choose_pair(posterior, scale, contents, generator)
        said = answer(number, pair)
        if said is not None:
            posterior = posterior.updated(pair.difference if said == "a" else -pair.difference)
    return posterior
