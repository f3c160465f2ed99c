"""Random looks: what the base is trained on, drawn for a whole batch at once.

A look is a stack of photographic operators, rich enough to hold what real presets do. No published
filter, preset or film simulation is imitated by name; the exam keeps those.

    looks = draw_looks(128, torch.Generator().manual_seed(0))
    graded = looks(photos)              # (128, ..., 3, H, W): each with its own look
    graded = looks.pointwise(pixels)    # without what needs a neighbourhood

Which operators a look has is drawn on the CPU, so that nothing waits for a GPU; their amounts are
drawn and kept where the photos are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.training.random_operators import POINTWISE, SPATIAL, Amounts, Dice, Kind, Operator

_FAMILIES = [kind.name for kind in POINTWISE]
_MAY_REPEAT = ("blend_colour", "hue_selective")


@dataclass(frozen=True)
class Step:
    """One operator for some of the looks."""

    name: str
    rows: Tensor
    """Which looks, ``(R,)``."""
    operator: Operator
    amounts: Amounts
    """What the operator takes, ``(R, …)`` each."""

    def apply_to(self, images: Tensor) -> None:
        """Change the rows' ``(B, ..., 3, H, W)`` in place."""
        images[self.rows] = self.operator(images[self.rows], **self.amounts)


@dataclass(frozen=True)
class RandomLooks:
    """B looks: operators in order, and how strongly each stack is mixed in."""

    pointwise_steps: Sequence[Step]
    spatial_steps: Sequence[Step]
    strength: Tensor
    """``(B,)``."""
    is_pointwise: Tensor
    """Whether a look has no spatial part, ``(B,)``."""

    def __len__(self) -> int:
        return len(self.strength)

    def names(self, look: int) -> list[str]:
        """The operators of one look, in order."""
        steps = (*self.pointwise_steps, *self.spatial_steps)
        return [step.name for step in steps if look in step.rows.tolist()]

    def pointwise(self, images: Tensor) -> Tensor:
        """Only the operators that see one pixel at a time; ``(B, ..., 3, H, W)`` sRGB in [0, 1]."""
        graded = images.clone()
        for step in self.pointwise_steps:
            step.apply_to(graded)
        strength = self.strength.view(-1, *(1,) * (images.dim() - 1))
        return images + strength * (graded - images)

    def __call__(self, images: Tensor) -> Tensor:
        """The whole looks. Grain is what is left of it when a published photo is shrunk to the
        size of ``images``, since ``learn`` sees feeds so."""
        graded = self.pointwise(images)
        for step in self.spatial_steps:
            step.apply_to(graded)
        return graded


def draw_looks(
    count: int, generator: torch.Generator, device: torch.device | str = "cpu"
) -> RandomLooks:
    """Draw looks from a generator on the CPU: one in twelve is the identity, one in nine
    monochrome or duotone."""
    dice = Dice(count, generator)
    seed = int(torch.randint(2**31, (), generator=generator))
    own = torch.Generator(device).manual_seed(seed)
    changed = ~dice.chance(1 / 12)
    pointwise = _with_grey(_pointwise_kinds(dice, changed), dice.chance(1 / 9) & changed, dice)
    spatial = _spatial_kinds(dice, dice.chance(0.4) & changed)
    strength = torch.where(dice.chance(0.6), 1.0, dice.uniform(0.25, 1.0))
    return RandomLooks(
        _steps(pointwise, POINTWISE, own),
        _steps(spatial, SPATIAL, own),
        strength.to(device),
        (spatial < 0).all(1).to(device),
    )


# Which operators ------------------------------------------------------------------------------


def _pointwise_kinds(dice: Dice, changed: Tensor) -> Tensor:
    """One to five operators a look, ``(B, 5)`` indices into ``POINTWISE``, −1 for none. Only
    blending and hue selection may come twice."""
    count = (dice.index((2, 4, 5, 4, 2)) + 1) * changed
    weights = torch.tensor([kind.weight for kind in POINTWISE]).repeat(dice.rows, 1)
    family = torch.tensor([_FAMILIES.index(kind.name) for kind in POINTWISE])
    once = torch.tensor([kind.name not in _MAY_REPEAT for kind in POINTWISE])
    columns = []
    for place in range(5):
        kind = dice.index(weights)
        weights = weights * ~((family == family[kind].unsqueeze(1)) & once)
        columns.append(torch.where(place < count, kind, -1))
    return torch.stack(columns, dim=1)


def _with_grey(kinds: Tensor, grey: Tensor, dice: Dice) -> Tensor:
    """Insert monochrome or duotone at any place of some looks: ``(B, 5)`` to ``(B, 6)``."""
    names = [kind.name for kind in POINTWISE]
    made = torch.where(dice.chance(0.35), names.index("duotone"), names.index("monochrome"))
    place = (dice.uniform(0, 1) * ((kinds >= 0).sum(1) + 1)).long().unsqueeze(1)
    slots = torch.arange(6)
    from_slot = (slots - (slots > place).long()).clamp(max=4)
    inserted = torch.where(slots == place, made.unsqueeze(1), kinds.gather(1, from_slot))
    return torch.where(grey.unsqueeze(1), inserted, F.pad(kinds, (0, 1), value=-1))


def _spatial_kinds(dice: Dice, spatial: Tensor) -> Tensor:
    """No, one or two spatial operators a look, ``(B, 2)`` indices into ``SPATIAL``."""
    weights = [kind.weight for kind in SPATIAL]
    first, second = dice.index(weights), dice.index(weights)
    two = spatial & dice.chance(1 / 3)
    return torch.stack((torch.where(spatial, first, -1), torch.where(two, second, -1)), dim=1)


def _steps(kinds: Tensor, known: Sequence[Kind], generator: torch.Generator) -> list[Step]:
    """The looks that have the same operator at the same place share a step."""
    steps = []
    for column in kinds.unbind(1):
        for index in column.unique().tolist():
            if index < 0:
                continue
            rows = (column == index).nonzero().squeeze(1)
            dice = Dice(len(rows), generator)
            operator, amounts = known[index].draw(dice)
            steps.append(Step(known[index].name, rows.to(generator.device), operator, amounts))
    return steps
