"""The look of one picture on photos: ``learn`` and ``apply`` in one.

    image = match("me.jpg", "picture.jpg")    # a PIL image

A map that is read from one picture is wrong by a little everywhere. Of a photo that has the
picture's colours already that would be all that is seen, so the nearer its colours are, the less it
is changed: distance d gives d⁴ / (d⁴ + 0.03⁴), and a photo matched to itself comes back as it was.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from PIL import Image
from torch import Tensor

from looksmith.base import Base
from looksmith.evaluation.feeds import Vectors, signature, sliced_wasserstein
from looksmith.feeds import feed_of_arrays, read_feed
from looksmith.pixels import Array
from looksmith.rendering import Controls, Rendering
from looksmith.transfer import PhotoLike, Transfer, srgb_pixels, working_size

ALIKE = 0.03  # sliced Wasserstein distance in Oklab at which half is given
_NOTHING = 0.05  # a smaller share is not given at all


def match(
    photo: PhotoLike,
    to: str | Path | Image.Image | Array,
    strength: float = 1.0,
    *,
    mood: float = 1.0,
    normalise: float = 1.0,
    base: Base | None = None,
) -> Image.Image | Array:
    """The photo with the look of one picture.

    Args:
        photo: as for ``apply``.
        to: the picture: a file, a PIL image or an array as ``photo`` may be.
        strength: of the grade, 0 … 1.5.
        mood: how much of the picture's mood, 0 … 1.5.
        normalise: how far the photo is made right before, 0 … 1.
        base: what to start from; the default base where None.

    Raises:
        PhotoError: the photo or the picture can't be read, or the picture is of a single colour.
        LooksmithError: a control is out of range.
    """
    return Match(to, Controls(strength, mood, normalise), base).any(photo)


class Match(Transfer):
    """One picture's look, its tone and mood in full, although one picture can't tell them from its
    subject, on photos whose colours are not the picture's already."""

    def __init__(
        self,
        picture: str | Path | Image.Image | Array,
        controls: Controls | None = None,
        base: Base | None = None,
    ) -> None:
        """
        Raises:
            PhotoError: the picture can't be read, or is of a single colour.
        """
        from looksmith.training.learn import learn

        if isinstance(picture, (str, Path)):
            feed = read_feed([picture])
        else:
            feed = feed_of_arrays([srgb_pixels(picture)])
        look = learn(feed, "match", adapt=False, sheet=False, mood_in_full=True, base=base)
        super().__init__(look, controls, base=base)
        self.colours = _colours(feed.references)

    def rendering(self, pixels: Array) -> Rendering:
        """How ``(H, W, 3)`` sRGB pixels are to be changed."""
        working = working_size(pixels)
        distance = sliced_wasserstein(_colours(working), self.colours)
        share = distance**4 / (distance**4 + ALIKE**4)
        if share < _NOTHING:
            return Rendering(())
        given = (share * getattr(self.controls, field.name) for field in fields(Controls))
        return self.look.predict(self.base, working, Controls(*given))


def _colours(photo: Tensor) -> Vectors:
    """Of a photo ``(1, 3, H, W)``, as they are compared."""
    return signature([photo[0].permute(1, 2, 0).numpy()])
