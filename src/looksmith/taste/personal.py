"""A look as one user likes it: a bounded change on top of the look.

made = personalise(look, theta, working, scale, base)
Transfer(look, made.controls, user=made.vector, more=made.stages, base=base)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
_HALVINGS = 5
_COLOURS = 48  # ordinary palettes that are looked at for the bound


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
    """Features ``(28,)`` of the personal result less those of the plain one."""

    @property
    def settings(self) -> dict[str, float]:
        """The change in words and numbers, nothing of the user: for the image's metadata."""
        return {
            name: round(float(amount), 3)
            for name, amount in zip(NAMES, self.move, strict=True)
            if abs(amount) >= 0.005
        }


PLAIN = Personal(np.zeros(DIRECTIONS))


def personalise(
    look: Look,
    theta: Vector,
    working: Tensor,
    scale: Scale,
    base: Base,
    controls: Controls | None = None,
    vector: Tensor | None = None,
) -> Personal:
    """The version of a look for weights of taste.

    Args:
        look: the look that stays recognisable.
        theta: weights ``(28,)``, the posterior's mean or a sample.
        working: the photo, ``(1, 3, 128, 128)``.
        scale: units of traits of this base.
        base: the base that the look was learned with.
        controls: what else was asked for; a user's changes come on top.
        vector: user vector ``(1, 32)``.
    """
    given = controls or Controls()
    move = wished_move(theta, content(working)[0], scale.jacobian)
    made = _with_move(given, move, vector)
    plain_rendering = look.predict(base, working, given)
    share = _share_within_bound(look, plain_rendering, made, given, base)
    if share < 1:
        made = _with_move(given, share * move, _between(base, vector, share))
    return replace(made, difference=_difference(look, plain_rendering, made, working, scale, base))


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


def _between(base: Base, vector: Tensor | None, share: float) -> Tensor | None:
    """A user vector a share of the way from the default."""
    if vector is None:
        return None
    default = base.networks.generator.default_user.detach().view(1, -1)
    return default + share * (vector - default)


@torch.no_grad()
def _share_within_bound(
    look: Look, plain: Rendering, made: Personal, given: Controls, base: Base
) -> float:
    """The largest share of a move that keeps the distance to the feed within ``FARTHER`` times
    that of the plain look, by bisection.

    Distance: sliced Wasserstein in Oklab between ordinary colours under the look and the feed's
    photos on the look's sheet (for a look without sheet: its transport of the ordinary colours).
    """
    colours = base.ordinary_palettes[:_COLOURS].unsqueeze(2)  # (48, 3, 1, 256)
    feed = _feed_signature(look, colours)
    bound = FARTHER * _distance(colours, plain, feed)
    working = torch.full((1, 3, WORKING_SIZE, WORKING_SIZE), 0.5)

    def fits(share: float) -> bool:
        tried = _with_move(given, share * made.move, _between(base, made.vector, share))
        rendering = look.predict(base, working, tried.controls, tried.vector)
        return _distance(colours, rendering.followed_by(*tried.stages), feed) <= bound

    if fits(1.0):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _feed_signature(look: Look, colours: Tensor) -> Vectors:
    photos: list[Vectors]
    if look.sheet is not None:
        photos = [np.asarray(look.sheet.float() / 255, np.float32)]
    else:
        matrix = (look.weights.view(-1, 1, 1) * look.transport).sum(0) / look.weights.sum()
        moved = torch.einsum("ij,njhw->nihw", matrix[:, :3], colours) + matrix[:, 3].view(3, 1, 1)
        photos = _as_photos(moved.clamp(0, 1))
    return signature(photos, pixels=1 << 13 if look.sheet is not None else 128)


def _distance(colours: Tensor, rendering: Rendering, feed: Vectors) -> float:
    seen = through_colours(colours, rendering)
    return sliced_wasserstein(signature(_as_photos(seen), 128), feed)


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


@torch.no_grad()
def _difference(
    look: Look, plain: Rendering, made: Personal, working: Tensor, scale: Scale, base: Base
) -> Vector:
    """Features of the personal picture less those of the plain one, as measured."""

    rendering = look.predict(base, working, made.controls, made.vector).followed_by(*made.stages)
    pictures = torch.cat((render(working, rendering), render(working, plain))).clamp(0, 1)
    measured = features(scale.traits(pictures), content(working).repeat(2, axis=0))
    return np.asarray(measured[0] - measured[1])
