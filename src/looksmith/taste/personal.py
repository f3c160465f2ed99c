"""A look as one user likes it: a bounded change on top of the look.

made = Personaliser(look, scale, base)(taste, working)
Transfer(look, made.controls, user=made.vector, more=made.stages, base=base)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from looksmith.base import Base
from looksmith.look import Look
from looksmith.rendering import WORKING_SIZE, Controls, Rendering, Stage, render
from looksmith.taste.directions import (
    DIRECTIONS,
    NAMES,
    STAGE,
    STRENGTH,
    Scale,
    Vector,
    content,
    taste_lut,
)
from looksmith.taste.features import Wish, features
from looksmith.taste.nearness import FARTHER, POOLED_FARTHER, Nearness, through_colours
from looksmith.taste.posterior import Posterior
from looksmith.taste.steering import Slopes

_HALVINGS = 4
_KEPT = 32
_EASE = 0.1  # what a move costs that changes no trait


@dataclass(frozen=True)
class Personal:
    """What a user's taste does to one look on one photo."""

    move: Vector
    """``(9,)`` in [-1, 1] along the named directions, after the bound."""
    controls: Controls = field(default_factory=Controls)
    stages: tuple[Stage, ...] = ()
    vector: Tensor | None = None
    """User vector ``(1, 32)``; None for the default."""
    difference: Vector | None = None
    """Features ``(19,)`` of the personal result less those of the plain one."""

    @property
    def settings(self) -> dict[str, float]:
        """The change in words and numbers, nothing of the user: for the image's metadata."""
        return {
            name: round(float(amount), 3)
            for name, amount in zip(NAMES, self.move, strict=True)
            if abs(amount) >= 0.005
        }


PLAIN = Personal(np.zeros(DIRECTIONS))


class Personaliser:
    """A look and what it may be changed to."""

    def __init__(self, look: Look, scale: Scale, base: Base) -> None:
        """
        Args:
            look: the look that stays recognisable.
            scale: units of traits of this base.
            base: the base that the look was learned with, with the user branch in it.
        """
        self.look, self.scale, self.base = look, scale, base
        self.nearness = Nearness(look, base)
        self._slopes: dict[Controls, Slopes] = {}
        self._near: dict[bytes, Personal] = {}

    @torch.no_grad()
    def __call__(
        self,
        taste: Posterior,
        working: Tensor,
        controls: Controls | None = None,
        vector: Tensor | None = None,
        seen: Vector | None = None,
    ) -> Personal:
        """The version of the look that is worth most to a taste, within the bound.

        Args:
            taste: over weights ``(19,)``.
            working: the photo, ``(1, 3, 128, 128)``.
            controls: what else was asked for; a user's changes come on top.
            vector: user vector ``(1, 32)``.
            seen: the photo's content ``(1,)``, where it is known.
        """
        shown = content(working)[0] if seen is None else seen
        wish = Wish.of(taste, shown, self.scale.jacobian)
        return self._made(wish, working, shown, controls or Controls(), vector)

    @torch.no_grad()
    def moved(
        self,
        move: Vector,
        working: Tensor,
        shown: Vector,
        controls: Controls | None = None,
        vector: Tensor | None = None,
    ) -> Personal:
        """The version of the look for a move ``(9,)``, as near as the bound allows; ``shown`` is
        the photo's content ``(1,)``."""
        metric = self.scale.jacobian.T @ self.scale.jacobian + _EASE * np.eye(DIRECTIONS)
        return self._made(Wish.to(move, metric), working, shown, controls or Controls(), vector)

    def _made(
        self, wish: Wish, working: Tensor, shown: Vector, given: Controls, vector: Tensor | None
    ) -> Personal:
        plain = Personal(np.zeros(DIRECTIONS), given)
        photo = _Predicted(self.look, self.base, working, given.normalise)
        made = self._near_for_photo(self._near_in_pools(wish, given, vector), given, photo)
        return replace(made, difference=self._difference(made, plain, photo, shown))

    def _shared(self, made: Personal, given: Controls, share: float) -> Personal:
        """A share of a change; a user vector goes from the default."""
        vector = made.vector
        if vector is not None:
            default = self.base.networks.generator.default_user.detach().view(1, -1)
            vector = default + share * (vector - default)
        return _with_move(given, share * made.move, vector)

    def _near_in_pools(self, wish: Wish, given: Controls, vector: Tensor | None) -> Personal:
        """The version that is worth most of those that take no pool of ordinary photos more than
        ``POOLED_FARTHER`` times as far from the feed as the plain look does, as the look is
        everywhere."""
        key = _key(wish, given, vector)
        if key not in self._near:  # of one user's photos this is asked once
            pools = self.nearness.pools(given.normalise)

            def distances(version: Personal) -> Vector:
                return pools.distances(version.controls, version.stages, version.vector)

            bounds = POOLED_FARTHER * distances(_with_move(given, np.zeros(DIRECTIONS), None))
            near = _with_move(given, self._steered(wish, given), vector)
            share = _largest(
                lambda s: bool((distances(self._shared(near, given, s)) <= bounds).all())
            )
            newest = dict(list(self._near.items())[-_KEPT:])
            self._near = {**newest, key: self._shared(near, given, share)}
        return self._near[key]

    def _steered(self, wish: Wish, given: Controls) -> Vector:
        pools = self.nearness.pools(given.normalise)
        if given not in self._slopes:

            def apart(move: Vector) -> np.ndarray:
                version = _with_move(given, move, None)
                return pools.apart(version.controls, version.stages)

            self._slopes[given] = Slopes.of(apart)
        return self._slopes[given].best(wish, POOLED_FARTHER)

    def _near_for_photo(self, made: Personal, given: Controls, photo: _Predicted) -> Personal:
        """As much of a version as takes this photo at most ``FARTHER`` times as far from the feed
        as the plain look does."""

        def distance(version: Personal) -> float:
            return self.nearness.of_photo(photo.shown(version))

        bound = FARTHER * distance(_with_move(given, 0 * made.move, None))
        share = _largest(lambda s: distance(self._shared(made, given, s)) <= bound)
        return made if share == 1 else self._shared(made, given, share)

    def _difference(
        self, made: Personal, plain: Personal, photo: _Predicted, shown: Vector
    ) -> Vector:
        """Features of the personal picture less those of the plain one, as measured."""
        traits = self.scale.traits(torch.cat((photo.shown(made), photo.shown(plain))))
        return np.asarray(features(traits[:1] - traits[1:], shown[None])[0])


@dataclass(frozen=True)
class _Predicted:
    """A photo and what a look is predicted to do to it, before a user's changes."""

    look: Look
    base: Base
    working: Tensor
    normalise: float

    @cached_property
    def _default(self) -> Rendering:
        return self._for(None)

    def _for(self, vector: Tensor | None) -> Rendering:
        whole = Controls(normalise=self.normalise)
        return self.look.predict(self.base, self.working, whole, vector)

    def rendering(self, version: Personal) -> Rendering:
        """That of a version; only another user vector asks the networks again."""
        predicted = self._default if version.vector is None else self._for(version.vector)
        controls = replace(version.controls, normalise=1.0)  # it is in the prediction
        return predicted.controlled(controls).followed_by(*version.stages)

    def shown(self, version: Personal) -> Tensor:
        """The photo in a version, ``(1, 3, 128, 128)``."""
        return render(self.working, self.rendering(version)).clamp(0, 1)


def _largest(fits: Callable[[float], bool]) -> float:
    """About the largest share that fits, by bisection; 0 always does."""
    if fits(1.0):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _key(wish: Wish, given: Controls, vector: Tensor | None) -> bytes:
    """What is asked for, apart from the photo."""
    known = b"" if vector is None else vector.numpy().tobytes()
    return repr(given).encode() + wish.gain.tobytes() + wish.bowl.tobytes() + known


def with_move(move: Vector, controls: Controls | None = None) -> Personal:
    """A given move, unbounded: what quiz pictures show."""
    return _with_move(controls or Controls(), move, None)


def _with_move(controls: Controls, move: Vector, vector: Tensor | None) -> Personal:
    stages = (Stage(STAGE, lut=taste_lut(move)),) if np.any(move[:8] != 0) else ()

    def moved(value: float, by: float) -> float:
        """0 stays exactly absent."""
        return float(np.clip(value * (1 + STRENGTH * by), 0, 1.5))

    changed = replace(
        controls,
        strength=moved(controls.strength, move[NAMES.index("strength")]),
        mood=moved(controls.mood, move[NAMES.index("mood")]),
    )
    return Personal(move, changed, stages, vector)


def look_traits(look: Look, scale: Scale, base: Base) -> Vector:
    """Mean traits of ordinary colours under a look, less those without, ``(9,)``."""
    palettes = base.ordinary_palettes[:96].unsqueeze(2)
    grey = torch.full((1, 3, WORKING_SIZE, WORKING_SIZE), 0.5)
    seen = through_colours(palettes, look.predict(base, grey))
    change = scale.traits(seen) - scale.traits(palettes)
    return np.asarray(change.mean(0))
