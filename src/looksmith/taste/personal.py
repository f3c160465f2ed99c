"""A look as one user likes it: a bounded change on top of the look.

made = personalise(look, theta, working, scale, base)
Transfer(look, made.controls, user=made.vector, more=made.stages, base=base)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from looksmith.base import Base
from looksmith.evaluation.feeds import Vectors, signature, sliced_wasserstein
from looksmith.grading import apply_lut
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
from looksmith.taste.features import features, wished_move

FARTHER = 1.2
"""A user may take the results this much farther from the feed, as a factor."""
_HALVINGS = 4
_SEEN = 64  # colours of each
_COLOURS = 32  # ordinary palettes that are looked at for the bound


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
        self.colours = base.ordinary_palettes[:_COLOURS].unsqueeze(2)  # (32, 3, 1, 256)
        self.feed = _feed_signature(look, self.colours)

    @torch.no_grad()
    def __call__(
        self,
        theta: Vector,
        working: Tensor,
        controls: Controls | None = None,
        vector: Tensor | None = None,
        seen: Vector | None = None,
    ) -> Personal:
        """The version of the look for weights of taste.

        Args:
            theta: weights ``(19,)``, the posterior's mean.
            working: the photo, ``(1, 3, 128, 128)``.
            controls: what else was asked for; a user's changes come on top.
            vector: user vector ``(1, 32)``.
            seen: the photo's content ``(1,)``, where it is known.
        """
        shown = content(working)[0] if seen is None else seen
        move = wished_move(theta, shown, self.scale.jacobian)
        return self.moved(move, working, shown, controls, vector)

    @torch.no_grad()
    def moved(
        self,
        move: Vector,
        working: Tensor,
        shown: Vector,
        controls: Controls | None = None,
        vector: Tensor | None = None,
    ) -> Personal:
        """The version of the look for a move ``(9,)``, as far as the bound allows; ``shown`` is
        the photo's content ``(1,)``."""
        given = controls or Controls()
        made, plain = _with_move(given, move, vector), Personal(0 * move, given)
        photo = _Predicted(self.look, self.base, working, given.normalise)
        share = self._share_within_bound(made, plain, photo)
        if share < 1:
            made = self._shared(made, given, share)
        return replace(made, difference=self._difference(made, plain, photo, shown))

    def _shared(self, made: Personal, given: Controls, share: float) -> Personal:
        """A share of a change; a user vector goes from the default."""
        vector = made.vector
        if vector is not None:
            default = self.base.networks.generator.default_user.detach().view(1, -1)
            vector = default + share * (vector - default)
        return _with_move(given, share * made.move, vector)

    def _share_within_bound(self, made: Personal, plain: Personal, photo: _Predicted) -> float:
        """The largest share of a change that keeps the distance to the feed within ``FARTHER``
        times that of the plain look, by bisection: for ordinary colours, as the look is everywhere,
        and for this photo.

        Distance: sliced Wasserstein in Oklab to the feed's photos on the look's sheet (for a look
        without: its transport of the colours).
        """
        grey = torch.full((1, 3, WORKING_SIZE, WORKING_SIZE), 0.5)
        ordinary = _Predicted(self.look, self.base, grey, photo.normalise)

        def distances(version: Personal) -> tuple[float, float]:
            colours = through_colours(self.colours, ordinary.rendering(version))
            return (
                sliced_wasserstein(signature(_as_photos(colours), _SEEN), self.feed),
                sliced_wasserstein(signature(_as_photos(photo.shown(version))), self.feed),
            )

        bounds = [FARTHER * distance for distance in distances(plain)]

        def fits(share: float) -> bool:
            version = self._shared(made, plain.controls, share)
            return all(d <= most for d, most in zip(distances(version), bounds, strict=True))

        if fits(1.0):
            return 1.0
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        return low

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


def _feed_signature(look: Look, colours: Tensor) -> Vectors:
    photos: list[Vectors]
    if look.sheet is not None:
        photos = [np.asarray(look.sheet.float() / 255, np.float32)]
    else:
        matrix = (look.weights.view(-1, 1, 1) * look.transport).sum(0) / look.weights.sum()
        moved = torch.einsum("ij,njhw->nihw", matrix[:, :3], colours) + matrix[:, 3].view(3, 1, 1)
        photos = _as_photos(moved.clamp(0, 1))
    return signature(photos, pixels=1 << 13 if look.sheet is not None else _SEEN)


def look_traits(look: Look, scale: Scale, base: Base) -> Vector:
    """Mean traits of ordinary colours under a look, less those without, ``(9,)``."""
    palettes = base.ordinary_palettes[:96].unsqueeze(2)
    grey = torch.full((1, 3, WORKING_SIZE, WORKING_SIZE), 0.5)
    seen = through_colours(palettes, look.predict(base, grey))
    change = scale.traits(seen) - scale.traits(palettes)
    return np.asarray(change.mean(0))


def through_colours(colours: Tensor, rendering: Rendering) -> Tensor:
    """What a rendering's LUTs make of colours ``(N, 3, H, W)``. Grids see places, which colours in
    no order do not have."""
    for stage in rendering.active:
        if stage.lut is not None:
            made = apply_lut(colours, stage.lut.expand(len(colours), -1, -1, -1, -1))
            colours = (colours + stage.amount * (made - colours)).clamp(0, 1)
    return colours


def _as_photos(colours: Tensor) -> list[Vectors]:
    return [np.asarray(c, np.float32) for c in colours.permute(0, 2, 3, 1).numpy()]
