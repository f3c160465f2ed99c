"""What follows a rendering: skin as the feed has it, and regions that keep their colours.

transfer = Transfer(look, finish=Finish.of(look, skin=0.6, protect=("product",)))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from looksmith.errors import LooksmithError
from looksmith.people.find import find_people
from looksmith.people.protect import check_regions, kept, protect_masks
from looksmith.people.skin import SkinAmounts, smooth_skin
from looksmith.pixels import Array
from looksmith.texts import text

if TYPE_CHECKING:
    from looksmith.look import Look

MOST_SKIN = 1.5


@dataclass(frozen=True)
class Finish:
    """Called with a photo and its rendering; both ``(H, W, 3)``, uint8 or uint16."""

    amounts: SkinAmounts
    skin: float = 0.0
    lighten: float = 0.0
    protect: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        look: Look,
        skin: float = 0.0,
        lighten: float = 0.0,
        protect: Sequence[str] = (),
        only: Sequence[str] = (),
    ) -> Finish | None:
        """What a look's feed says of skin; None if nothing is asked for.

        Args:
            look: its ``about["skin"]`` holds the amounts.
            skin: how far skin goes to that of the feed, 0 to 1.5.
            lighten: 0 keeps the skin's tone, 1 lightens it evenly.
            protect: regions that stay as they are.
            only: regions that alone take the look.

        Raises:
            LooksmithError: an amount is out of range or a region unknown.
        """
        if not (0 <= skin <= MOST_SKIN and 0 <= lighten <= 1):
            raise LooksmithError(text("skin.range", most=MOST_SKIN))
        check_regions((*protect, *only))
        if not (skin or lighten or protect or only):
            return None
        amounts = SkinAmounts.from_numbers(look.about.get("skin"))
        return cls(amounts, skin, lighten, tuple(protect), tuple(only))

    def __call__(self, original: Array, rendered: Array) -> Array:
        if self.skin or self.lighten:
            people = find_people(original)
            rendered = smooth_skin(rendered, people, self.amounts, self.skin, self.lighten)
        if self.protect:
            rendered = kept(original, rendered, protect_masks(original, self.protect))
        if self.only:
            rendered = kept(original, rendered, 1 - protect_masks(original, self.only))
        return rendered
