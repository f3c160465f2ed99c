"""Train the user branch of the conditional GAN on the events at hand.

The user encoder, the generator's columns for the user vector, and a projection discriminator of
(picture statistics, user) learn in turn:

- real: pictures that a user liked, with that user; the pictures are left out of what the encoder
  sees of the user;
- fakes: ordinary colours under a look, as the generator makes them for the user;
- mismatches: what the user passed over, and what others liked.

The generator minimises ``α L_content + β L_style + γ L_condition``: distance of its colours to
those of the plain look, distance of their statistics, and ``−E_u [log D(G(z|u))]``, where the
discriminator's logit for the user is taken against that for another user, so that only what tells
users apart counts, not what tells catalogues from photos.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from pydantic import BaseModel, Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from looksmith import losses
from looksmith.base import Base
from looksmith.errors import TasteError
from looksmith.files import whole_file
from looksmith.grading import apply_lut
from looksmith.networks.discriminator import StatisticsDiscriminator
from looksmith.networks.model import CODE_SIZE, USER_SIZE
from looksmith.networks.style_encoder import Style
from looksmith.networks.user_encoder import Seen, UserEncoder
from looksmith.texts import text

CONTEXT = 64
"""Pictures of a user that the encoder sees."""
_COLUMNS = "generator.user_columns"


class UserTraining(BaseModel, frozen=True):
    """Settings of the user branch."""

    alpha: float = Field(20.0, ge=0)
    """Content: the generated colours stay near those of the plain look."""
    beta: float = Field(0.05, ge=0)
    """Style: so do their statistics."""
    gamma: float = Field(1.0, ge=0)
    """Condition: the discriminator takes them for this user's."""
    steps: int = Field(400, ge=1)
    batch: int = Field(24, ge=2)
    rate: float = Field(1e-3, gt=0)
    columns_rate: float = Field(3e-3, gt=0)
    r1: float = Field(0.5, ge=0)
    """On the statistics of real pictures."""


@dataclass(frozen=True)
class Examples:
    """U users with up to N pictures each; a user has at least one liked and two in all."""

    seen: Seen
    pictures: Tensor
    """``(U, N)`` which picture each is."""
    palettes: Tensor
    """Colours of all pictures ``(P, 3, 256)`` uint8."""
    looks: Style
    """Styles to render fakes with, ``(L, …)``."""


class UserBranch:
    """The trained encoder and the generator's columns for the user vector."""

    def __init__(self, base: Base, encoder: UserEncoder, columns: Tensor) -> None:
        self.encoder = encoder.eval()
        self.default = base.networks.generator.default_user.detach()
        self.columns = columns
        self.base = _with_columns(base, columns)

    @torch.no_grad()
    def vector(self, seen: Seen) -> Tensor:
        """User vectors ``(B, 32)``."""
        return self.encoder(seen, self.default)

    def save(self, path: Path) -> None:
        """Write the weights, whole or not at all."""
        tensors = {f"encoder.{name}": value for name, value in self.encoder.state_dict().items()}
        tensors[_COLUMNS] = self.columns
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            named = {name: value.detach().contiguous() for name, value in tensors.items()}
            save_file(named, part, {"base": self.base.identity})

    @classmethod
    def load(cls, path: Path, base: Base) -> UserBranch | None:
        """The branch that ``taste fit`` trained; None where there is none.

        Raises:
            TasteError: the file is damaged or foreign.
        """
        if not path.is_file():
            return None
        try:
            stored = load_file(path)
            columns = stored.pop(_COLUMNS)
            encoder = UserEncoder(CODE_SIZE, USER_SIZE)
            encoder.load_state_dict({k.removeprefix("encoder."): v for k, v in stored.items()})
            return cls(base, encoder.requires_grad_(False), columns)
        except (SafetensorError, KeyError, RuntimeError, OSError) as error:
            raise TasteError(text("taste.weights", path=path)) from error


def _first_layer(base: Base) -> torch.nn.Linear:
    layer = base.networks.generator.tone.to_lut[0]
    assert isinstance(layer, torch.nn.Linear)
    return layer


def _with_columns(base: Base, columns: Tensor) -> Base:
    """The base with other columns for the user vector; the default user's result stays the same,
    since the bias takes up the difference."""
    changed = replace(base, networks=copy.deepcopy(base.networks))
    layer = _first_layer(changed)
    default = changed.networks.generator.default_user
    with torch.no_grad():
        old = layer.weight[:, CODE_SIZE:].clone()
        layer.weight[:, CODE_SIZE:] = columns
        assert layer.bias is not None
        layer.bias.add_((old - columns) @ default)
    return changed


def train_users(
    base: Base,
    examples: Examples,
    settings: UserTraining | None = None,
    minutes: float = 2.0,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> UserBranch:
    """Train for a number of steps, or until the time is up."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        run = _Run(base, examples, settings or UserTraining(), seed)
    deadline = time.monotonic() + 60 * minutes
    for step in range(run.settings.steps):
        run.step()
        progress((step + 1) / run.settings.steps)
        if time.monotonic() > deadline:
            break
    return UserBranch(base, run.encoder.requires_grad_(False), run.columns.detach())


class _Run:
    """Networks, optimisers and one alternation."""

    def __init__(self, base: Base, examples: Examples, settings: UserTraining, seed: int) -> None:
        self.base, self.examples, self.settings = base, examples, settings
        self.random = torch.Generator().manual_seed(seed)
        self.encoder = UserEncoder(CODE_SIZE, USER_SIZE)
        self.discriminator = _discriminator_from(base)
        self.default = base.networks.generator.default_user.detach()
        self.networks = copy.deepcopy(base.networks.generator).requires_grad_(False)
        layer = _first_layer(base)
        assert layer.bias is not None
        self.fixed, self.bias = layer.weight.detach().clone(), layer.bias.detach().clone()
        self.columns = self.fixed[:, CODE_SIZE:].clone().requires_grad_(True)
        for name in ("weight", "bias"):  # from here on plain tensors, made anew at each step
            del self.networks.tone.to_lut[0]._parameters[name]
        self.ordinary = base.ordinary_palettes.unsqueeze(2)
        self.statistics = torch.cat(
            [
                self.discriminator.measure(some.float().unsqueeze(2) / 255)
                for some in examples.palettes.split(512)
            ]
        )
        self.discriminator_optimizer = torch.optim.Adam(
            [*self.discriminator.parameters(), *self.encoder.parameters()],
            settings.rate,
            (0.0, 0.99),
        )
        self.look_optimizer = torch.optim.Adam([self.columns], settings.columns_rate, (0.0, 0.99))

    def step(self) -> None:
        """One alternation: discriminator and encoder, then the generator's columns."""
        users, target, other = self._draw()
        seen = self._context(users, target)
        vector = self.encoder(seen, self.default)
        styles = self._styles(len(users))
        ordinary = self._ordinary(len(users))
        plain, made = self._render(styles, vector.detach(), ordinary)
        self._discriminator_step(vector, target, other, made.detach())
        self._look_step(vector.detach(), plain, made)

    def _discriminator_step(
        self, user: Tensor, target: Tensor, other: Tensor, made: Tensor
    ) -> None:
        real = self.statistics[target]
        loss = losses.discriminator_loss(
            [self.discriminator.logits(real, user)] * 2,
            [
                self.discriminator.logits(self.discriminator.measure(made), user.detach()),
                self.discriminator.logits(self.statistics[other], user),
            ],
        )
        penalty = losses.r1_penalty(lambda x: [self.discriminator.logits(x, user.detach())], real)
        self.discriminator_optimizer.zero_grad()
        (loss + self.settings.r1 * penalty).backward()
        self.discriminator_optimizer.step()

    def _look_step(self, user: Tensor, plain: Tensor, made: Tensor) -> None:
        s = self.settings
        self.discriminator.requires_grad_(False)
        measured = self.discriminator.measure(made)
        against = self.discriminator.logits(measured, user.roll(1, 0))
        condition = losses.condition_loss([self.discriminator.logits(measured, user) - against])
        content = (made - plain).square().mean()
        style = (measured - self.discriminator.measure(plain)).square().mean()
        self.look_optimizer.zero_grad()
        (s.alpha * content + s.beta * style + s.gamma * condition).backward()
        self.look_optimizer.step()
        self.discriminator.requires_grad_(True)

    def _draw(self) -> tuple[Tensor, Tensor, Tensor]:
        """Users, a picture each liked, and one each passed over or another liked."""
        signs, pictures = self.examples.seen.signs, self.examples.pictures
        users = torch.randint(len(signs), (self.settings.batch,), generator=self.random)
        liked = torch.multinomial(signs[users].clamp(min=0), 1, generator=self.random)
        passed = signs[users] < 0
        chosen = torch.multinomial(passed.float() + 1e-6, 1, generator=self.random)
        others = users.roll(1)
        theirs = torch.multinomial(signs[others].clamp(min=0), 1, generator=self.random)
        mismatch = torch.where(
            passed.any(1, keepdim=True),
            pictures[users].gather(1, chosen),
            pictures[others].gather(1, theirs),
        )
        return users, pictures[users].gather(1, liked)[:, 0], mismatch[:, 0]

    def _context(self, users: Tensor, target: Tensor) -> Seen:
        """What is known of the users without the pictures that are judged; a random part of it,
        so that the encoder serves those of whom little is known, too."""
        seen = self.examples.seen
        kept = torch.rand(len(users), 1, generator=self.random).sqrt()
        keep = torch.rand(seen.signs[users].shape, generator=self.random) < kept
        keep &= self.examples.pictures[users] != target.unsqueeze(1)
        return Seen(
            seen.codes[users], seen.signs[users] * keep, seen.posterior[users],
            seen.attributes[users],
        )  # fmt: skip

    def _styles(self, count: int) -> Style:
        looks = self.examples.looks
        picks = torch.randint(len(looks.code), (count,), generator=self.random)
        return Style(looks.code[picks], looks.transport[picks])

    def _ordinary(self, count: int) -> Tensor:
        picks = torch.randint(len(self.ordinary), (count,), generator=self.random)
        return self.ordinary[picks]

    def _render(self, style: Style, user: Tensor, colours: Tensor) -> tuple[Tensor, Tensor]:
        """The colours under the plain look and under the look for the users."""
        tone = self.networks.tone
        layer = tone.to_lut[0]
        old = self.fixed[:, CODE_SIZE:]
        layer.weight = torch.cat((self.fixed[:, :CODE_SIZE], self.columns), dim=1)
        layer.bias = self.bias + (old - self.columns) @ self.default  # the default stays
        with torch.no_grad():
            default = self.default.expand(len(user), -1)
            plain = apply_lut(colours, tone.global_look(style, default)).clamp(0, 1)
        made = apply_lut(colours, tone.global_look(style, user)).clamp(0, 1)
        return plain, made


def _discriminator_from(base: Base) -> StatisticsDiscriminator:
    """A discriminator of (picture, user) that starts from what the base's knows of pictures."""
    discriminator = StatisticsDiscriminator(USER_SIZE)
    known = base.discriminator.state_dict()
    own = discriminator.state_dict()
    discriminator.load_state_dict(
        {k: known[k] if k in known and known[k].shape == v.shape else v for k, v in own.items()}
    )
    return discriminator.requires_grad_(True)
