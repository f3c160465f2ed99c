"""How far a look's results lie from its feed: how much of a change leaves the look recognisable.

nearness = Nearness(look, base)
pools = nearness.pools(normalise=1.0)
pools.distances(controls, stages, vector) <= FARTHER * pools.distances(Controls(), (), None)

Distance: sliced Wasserstein in Oklab to the feed's photos on the look's sheet (for a look without:
its transport of ordinary colours). A photo by itself is far from any feed by what it shows, so a
fifth of its distance is much; what the photos of a feed have together is nearer, and is measured on
pools of ordinary photos, of which those that lie nearest to the feed bound a change most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from looksmith.base import Base
from looksmith.color import srgb_to_oklab
from looksmith.evaluation.feeds import Vectors, signature, signature_of_colours, sliced_wasserstein
from looksmith.grading import apply_lut
from looksmith.look import Look
from looksmith.rendering import WORKING_SIZE, Controls, Rendering, Stage, render

Places = NDArray[np.int64]

FARTHER = 1.2
"""A user may take the results this much farther from the feed, as a factor."""
POOLED_FARTHER = 1.05
"""The same for pools of ordinary photos; less, since a user's photos may lie nearer to the feed
than any of these."""
_SIDE = 16  # of a palette as a picture of 256 pixels
_ORDINARY = 16  # photos, as palettes
_DRAWN, _NEAREST, _POOLED = 24, 4, 6  # pools drawn, pools kept, photos of each
_SHEET_PIXELS, _SEEN = 1 << 13, 64  # colours looked at of a sheet, and of each palette without


class Nearness:
    """The feed of a look, and ordinary photos with it."""

    def __init__(self, look: Look, base: Base) -> None:
        """
        Args:
            look: the look that stays recognisable.
            base: the base that the look was learned with, with the user branch in it.
        """
        self.look, self.base = look, base
        self.feed = _feed_signature(look, base)
        self._pools: dict[float, Pools] = {}

    def of_photo(self, picture: Tensor) -> float:
        """The distance of one picture ``(1, 3, H, W)``."""
        return sliced_wasserstein(signature(_as_photos(picture)), self.feed)

    def pools(self, normalise: float) -> Pools:
        """Pools of ordinary photos with the look; ``normalise`` says how much photos are made
        right first, 0 … 1."""
        if normalise not in self._pools:
            self._pools[normalise] = Pools(self, normalise)
        return self._pools[normalise]


class Pools:
    """A few ordinary photos at a time, together, with a look."""

    def __init__(self, nearness: Nearness, normalise: float) -> None:
        self._nearness, self._whole = nearness, Controls(normalise=normalise)
        palettes = nearness.base.ordinary_palettes
        chosen = torch.linspace(0, len(palettes) - 1, _ORDINARY).round().long()
        self._photos = palettes[chosen].reshape(_ORDINARY, 3, _SIDE, _SIDE)
        seen = F.interpolate(self._photos, (WORKING_SIZE, WORKING_SIZE), mode="nearest")
        self._predicted = [self._predict(photo[None]) for photo in seen]
        self._members: list[Places] = self._nearest(_oklab(self._colours(Controls(), (), None)))

    def distances(
        self, controls: Controls, stages: tuple[Stage, ...], vector: Tensor | None
    ) -> NDArray[np.float64]:
        """Of each pool to the feed, with a user's controls, stages and vector ``(1, 32)``."""
        apart = self.apart(controls, stages, vector)
        return np.sqrt((apart**2).mean(1, dtype=np.float64))

    def apart(
        self, controls: Controls, stages: tuple[Stage, ...], vector: Tensor | None = None
    ) -> Vectors:
        """The same as differences of signatures, ``(K, 16384)``."""
        lab = _oklab(self._colours(controls, stages, vector))
        return np.stack([self._apart(lab, pool) for pool in self._members])

    def _nearest(self, lab: Vectors) -> list[Places]:
        """Which photos ``(16, 256, 3)`` are looked at together: all; of random pools the nearest;
        and one that grows by whatever photo takes it nearest."""

        def distance(pool: Sequence[int] | Places) -> float:
            return float((self._apart(lab, np.asarray(pool)) ** 2).mean())

        dice = np.random.default_rng(0)
        drawn = [dice.permutation(_ORDINARY)[:_POOLED] for _ in range(_DRAWN)]
        grown: list[int] = []
        for _ in range(_POOLED):
            rest = [photo for photo in range(_ORDINARY) if photo not in grown]
            grown.append(min(rest, key=lambda photo: distance([*grown, photo])))
        return [np.arange(_ORDINARY), np.array(grown), *sorted(drawn, key=distance)[:_NEAREST]]

    def _apart(self, lab: Vectors, pool: Places) -> Vectors:
        return (signature_of_colours(lab[pool].reshape(-1, 3)) - self._nearness.feed).ravel()

    def _predict(self, working: Tensor, vector: Tensor | None = None) -> Rendering:
        return self._nearness.look.predict(self._nearness.base, working, self._whole, vector)

    def _colours(
        self, controls: Controls, stages: tuple[Stage, ...], vector: Tensor | None
    ) -> Tensor:
        """The photos in a version. What a user vector changes in a grey photo is taken to be what
        it changes in all, since asking the networks about each would take seconds."""
        rest = replace(controls, normalise=1.0)  # it is in the prediction
        made = torch.cat(
            [
                render(photo[None], predicted.controlled(rest)).clamp(0, 1)
                for photo, predicted in zip(self._photos, self._predicted, strict=True)
            ]
        )
        if vector is not None:
            grey = torch.full((1, 3, WORKING_SIZE, WORKING_SIZE), 0.5)
            default, personal = (
                through_colours(self._photos, self._predict(grey, one).controlled(rest))
                for one in (None, vector)
            )
            made = (made + personal - default).clamp(0, 1)
        return through_colours(made, Rendering(stages))


def through_colours(colours: Tensor, rendering: Rendering) -> Tensor:
    """What a rendering's LUTs make of colours ``(N, 3, H, W)``. Grids see places, which colours in
    no order do not have."""
    for stage in rendering.active:
        if stage.lut is not None:
            made = apply_lut(colours, stage.lut.expand(len(colours), -1, -1, -1, -1))
            colours = (colours + stage.amount * (made - colours)).clamp(0, 1)
    return colours


def _feed_signature(look: Look, base: Base) -> Vectors:
    if look.sheet is not None:
        return signature([np.asarray(look.sheet.float() / 255, np.float32)], _SHEET_PIXELS)
    colours = base.ordinary_palettes[:32].unsqueeze(2)  # (32, 3, 1, 256)
    matrix = (look.weights.view(-1, 1, 1) * look.transport).sum(0) / look.weights.sum()
    moved = torch.einsum("ij,njhw->nihw", matrix[:, :3], colours) + matrix[:, 3].view(3, 1, 1)
    return signature(_as_photos(moved.clamp(0, 1)), _SEEN)


def _as_photos(colours: Tensor) -> list[Vectors]:
    return [np.asarray(c, np.float32) for c in colours.permute(0, 2, 3, 1).numpy()]


def _oklab(colours: Tensor) -> Vectors:
    """``(N, 3, H, W)`` sRGB to ``(N, H·W, 3)`` Oklab."""
    return np.ascontiguousarray(srgb_to_oklab(colours).flatten(2).transpose(1, 2).numpy())
