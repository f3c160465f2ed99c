"""Simulated users with hidden tastes, to measure what is learned from their choices alone.

Three kinds, none of which shares the model's formulas:

- *linear*: weights on attributes of the picture in HSV and luma;
- *reference*: nearness (mean ΔE2000) to a hidden look of the photo, a LUT that nobody is shown;
- *content*: people warm and scenes cool, or the other way round, by the photo's true category.

Choices follow Bradley and Terry's model with noise: ``P(a over b) = σ(u(a) − u(b))``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from looksmith.base import Base
from looksmith.color import delta_e_2000, luma
from looksmith.evaluation.feeds import signature, sliced_wasserstein
from looksmith.grading import apply_lut, identity_lut
from looksmith.look import Look
from looksmith.rendering import render
from looksmith.taste.directions import DIRECTIONS, Scale, Vector, content, taste_lut
from looksmith.taste.exploring import versions_to_show
from looksmith.taste.features import FEATURES, features, first_prior, wished_move
from looksmith.taste.nearness import through_colours
from looksmith.taste.personal import Personal, Personaliser
from looksmith.taste.posterior import Matrix, Posterior, sigmoid
from looksmith.taste.quiz import choose_pair

KINDS = ("linear", "reference", "content")
_SPREAD = 2.0  # standard deviation of the difference in worth between two random versions


@dataclass(frozen=True)
class Scenes:
    """Photos to learn and to judge on, under one look."""

    photos: Tensor
    """``(P, 3, 128, 128)``."""
    category: Vector
    """``(P,)`` 1 for people, −1 for scenes."""
    plain: Tensor
    """The photos with the plain look."""
    traits: Matrix
    """Their traits ``(P, 9)``."""
    content: Matrix
    """What the learner sees in the photos, ``(P, 1)``."""
    look: Look
    base: Base
    scale: Scale

    @classmethod
    @torch.no_grad()
    def of(cls, photos: Tensor, category: Vector, look: Look, base: Base) -> Scenes:
        """Render the plain look once."""
        made = [render(p[None], look.predict(base, p[None])).clamp(0, 1) for p in photos]
        scale, plain = Scale.of(base), torch.cat(made)
        seen = scale.traits(plain), content(photos)
        return cls(photos, category, plain, *seen, look, base, scale)

    @cached_property
    def personal(self) -> Personaliser:
        """What makes the look personal; it takes a second to know how near the feed is."""
        return Personaliser(self.look, self.scale, self.base)

    def moved(self, index: int, move: Vector) -> Tensor:
        """A photo with the look and a move, ``(1, 3, 128, 128)``."""
        return apply_lut(self.plain[index : index + 1], taste_lut(move)).clamp(0, 1)

    def made(self, index: int, version: Personal) -> Tensor:
        """A photo in a version of the look, as the product renders it, ``(1, 3, S, S)``."""
        photo = self.photos[index : index + 1]
        rendering = self.look.predict(self.base, photo, version.controls, version.vector)
        return render(photo, rendering.followed_by(*version.stages)).clamp(0, 1)

    def features(self, picture: Tensor, index: int) -> Vector:
        """Features of a version of a photo, as the learner measures them."""
        change = self.scale.traits(picture) - self.traits[index]
        return np.asarray(features(change, self.content[index : index + 1])[0])


@dataclass
class HiddenUser:
    """One simulated user."""

    kind: str
    weights: Vector
    lut: Tensor | None
    scenes: Scenes
    unit: float = 1.0

    def worth(self, picture: Tensor, index: int) -> float:
        """What a version ``(1, 3, H, W)`` of a photo is worth to this user."""
        if self.kind == "reference":
            assert self.lut is not None
            wanted = apply_lut(self.scenes.photos[index : index + 1], self.lut).clamp(0, 1)
            return -float(delta_e_2000(picture, wanted).mean()) / self.unit
        attributes = hidden_attributes(picture)
        if self.kind == "content":
            sign = self.weights[0] * self.scenes.category[index]
            return float(sign * attributes[0] + 0.2 * self.weights[1:] @ attributes[1:]) / self.unit
        return float(self.weights @ attributes) / self.unit

    def prefers(
        self, first: Tensor, second: Tensor, index: int, generator: np.random.Generator
    ) -> bool:
        """A noisy choice."""
        gap = self.worth(first, index) - self.worth(second, index)
        return bool(generator.random() < sigmoid(gap))


def hidden_attributes(picture: Tensor) -> Vector:
    """Red less blue, green less magenta, luma, its spread, HSV saturation, darkest tenth; not the
    traits that the learner measures."""
    red, green, blue = picture[0].flatten(1)
    tone = luma(picture).flatten()
    most, least = picture[0].amax(0), picture[0].amin(0)
    saturation = ((most - least) / most.clamp(min=1e-3)).mean()
    parts = (
        (red - blue).mean() / 0.1,
        (green - (red + blue) / 2).mean() / 0.04,
        tone.mean() / 0.15,
        tone.std() / 0.06,
        saturation / 0.15,
        tone.kthvalue(len(tone) // 10).values / 0.1,
    )
    return np.array([float(part) for part in parts])


def hidden_user(kind: str, scenes: Scenes, generator: np.random.Generator) -> HiddenUser:
    """Draw a user and set the unit of worth so that choices are noisy but not random."""
    weights = generator.normal(size=6)
    if kind == "content":
        weights[0] = generator.choice((-1.0, 1.0)) * generator.uniform(1, 2)
    lut = _hidden_lut(scenes, generator) if kind == "reference" else None
    user = HiddenUser(kind, weights, lut, scenes)
    gaps = []
    for _ in range(24):
        index = int(generator.integers(len(scenes.photos)))
        two = [scenes.moved(index, random_move(generator)) for _ in range(2)]
        gaps.append(user.worth(two[0], index) - user.worth(two[1], index))
    user.unit = float(np.std(gaps)) / _SPREAD
    return user


def _hidden_lut(scenes: Scenes, generator: np.random.Generator) -> Tensor:
    """A look around that of the scenes, ``(1, 3, 33, 33, 33)``."""
    lattice = identity_lut(33)
    colours = lattice.flatten(2).unsqueeze(0)
    colours = through_colours(colours, scenes.look.predict(scenes.base, scenes.photos[:1]))
    moved = apply_lut(colours, taste_lut(generator.uniform(-1, 1, DIRECTIONS)))
    return moved.view(1, *lattice.shape)


def random_move(generator: np.random.Generator) -> Vector:
    """Any version of a look that could be shown."""
    move = generator.uniform(-1, 1, DIRECTIONS)
    move[-1] = 0.0
    return move


def answer_quiz(
    user: HiddenUser,
    photos: np.ndarray,
    count: int,
    generator: np.random.Generator,
    informed: bool = True,
    prior: Posterior | None = None,
) -> Posterior:
    """The posterior after quiz answers on photos with the look."""
    scenes, posterior = user.scenes, prior or first_prior()
    contents = scenes.content[photos]
    for _ in range(count):
        pair = choose_pair(posterior, scenes.scale, contents, generator, informed)
        index = int(photos[pair.photo])
        first, second = (scenes.moved(index, move) for move in pair.moves)
        x = scenes.features(first, index) - scenes.features(second, index)
        taken = user.prefers(first, second, index, generator)
        posterior = posterior.updated(x if taken else -x)
    return posterior


@dataclass(frozen=True)
class Round:
    """One round of feedback: the photo that is shown, and what it is measured by."""

    photo: int
    best: float
    """Worth of the best of a few random versions; −∞ where regret is not asked for."""


def draw_rounds(
    user: HiddenUser, photos: np.ndarray, count: int, generator: np.random.Generator, compared: int
) -> list[Round]:
    """Rounds on random photos, each measured by the best of ``compared`` random versions. The same
    rounds serve all ways of learning that are to be compared."""
    rounds = []
    for index in map(int, generator.choice(photos, count)):
        others = (user.scenes.moved(index, random_move(generator)) for _ in range(compared))
        rounds.append(Round(index, max((user.worth(o, index) for o in others), default=-np.inf)))
    return rounds


def react_to_results(
    user: HiddenUser,
    rounds: Sequence[Round],
    generator: np.random.Generator,
    explore: bool = True,
    learn: bool = True,
    bounded: bool = False,
) -> tuple[Posterior, Vector]:
    """The posterior after likes and skips of versions, each shown beside the plain look; and the
    worth that was lost in each round ``(R,)``. ``bounded`` keeps them near the feed, as results of
    the product are; else they may be any version, as pictures of a catalogue are."""
    scenes, posterior, lost = user.scenes, first_prior(), []
    jacobian, known = scenes.scale.jacobian, 0
    for one in rounds:
        index, seen = one.photo, scenes.content[one.photo]
        if explore:
            (move,) = versions_to_show(posterior, float(known), seen, jacobian, generator)
        else:
            move = wished_move(posterior, seen, jacobian)
        if bounded:
            near = scenes.personal.moved(move, scenes.photos[index : index + 1], seen)
            shown = scenes.made(index, near)
        else:
            move[-1] = 0.0
            shown = scenes.moved(index, move)
        plain = scenes.plain[index : index + 1]
        lost.append(max(0.0, one.best - user.worth(shown, index)))
        if learn:
            x = scenes.features(shown, index) - scenes.features(plain, index)
            liked = user.prefers(shown, plain, index, generator)
            posterior = posterior.updated(x if liked else -x)
            known += bool(np.any(x))
    return posterior, np.array(lost)


@torch.no_grad()
def personal_pictures(
    scenes: Scenes, taste: Posterior, photos: np.ndarray, vector: Tensor | None = None
) -> Tensor:
    """The photos as the product makes them for a taste, ``(N, 3, S, S)``."""
    pictures = []
    for index in photos:
        photo = scenes.photos[index : index + 1]
        made = scenes.personal(taste, photo, vector=vector, seen=scenes.content[index])
        pictures.append(scenes.made(index, made))
    return torch.cat(pictures)


def gained(user: HiddenUser, pictures: Tensor, photos: np.ndarray) -> Vector:
    """What personal versions of photos are worth to the user beyond the plain look, ``(N,)``."""
    plain = user.scenes.plain
    gaps = [
        user.worth(picture[None], index) - user.worth(plain[index : index + 1], index)
        for picture, index in zip(pictures, photos, strict=True)
    ]
    return np.array(gaps)


def win_rate(user: HiddenUser, pictures: Tensor, photos: np.ndarray) -> float:
    """Share of photos whose personal version is worth more to the user than the plain look; the
    plain look itself wins half."""
    gaps = gained(user, pictures, photos)
    return float(np.mean((gaps > 0) + 0.5 * (gaps == 0)))


def times_farther(scenes: Scenes, pictures: Tensor, photos: np.ndarray) -> float:
    """How many times as far the pictures of these photos are from the feed as with the plain
    look, as sliced Wasserstein distances of all together."""
    feed = scenes.personal.nearness.feed
    both = (some.permute(0, 2, 3, 1).numpy() for some in (pictures, scenes.plain[photos]))
    made, plain = (signature(list(some)) for some in both)
    return sliced_wasserstein(made, feed) / max(sliced_wasserstein(plain, feed), 1e-9)


def held_out_pairs(
    user: HiddenUser,
    photos: np.ndarray,
    count: int,
    generator: np.random.Generator,
    noisy: bool = False,
) -> tuple[Matrix, Matrix]:
    """Pairs of random versions that the user judged, by worth alone or as ``noisy`` as choices
    are: features of what was taken less the other ``(N, 19)``, and the nine traits alone."""
    scenes, rows = user.scenes, []
    for _ in range(count):
        index = int(generator.choice(photos))
        first, second = (scenes.moved(index, random_move(generator)) for _ in range(2))
        x = scenes.features(first, index) - scenes.features(second, index)
        taken = user.worth(first, index) > user.worth(second, index)
        if noisy:
            taken = user.prefers(first, second, index, generator)
        rows.append(x if taken else -x)
    x = np.array(rows).reshape(-1, FEATURES)
    return x, x[:, :DIRECTIONS]
