"""Training of the normaliser: good photos are knocked off, and the truth is known.

    looksmith train-normaliser --photos DIR [--photos DIR …] --run runs/normaliser   # resumes

One photo in four stays as it is, so that the network learns to leave good ones alone; night and
sunset among them teach it that dark or warm is not always wrong.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import torch
from lightning_fabric import Fabric
from safetensors.torch import save_file
from torch import Tensor, nn

from looksmith.color import LUMA_WEIGHTS, delta_e_2000, linear_to_srgb, srgb_to_linear
from looksmith.files import whole_file
from looksmith.networks.normaliser import Normaliser, correct
from looksmith.photos import read_rgb
from looksmith.rendering import WORKING_SIZE
from looksmith.training.data import crops, random_boxes
from looksmith.training.trainer import Losses, Plan, Trainer

KINDS = ("clean", "dark", "bright", "cast", "flat", "harsh", "haze", "backlit", "low light")
_HELD_OUT = 12  # every n-th photo measures
_LEAST_PART = 0.5  # of a photo's sides, that a view has
_READ_EVERY = 5  # steps
_MAX_NORM = 2.0  # of gradients
_TRIED = 10  # steps, to know how long one takes


@dataclass(frozen=True)
class NormaliserSettings:
    """Of one training."""

    steps: int = 14_000
    warmup: int = 140
    batch: int = 16
    views: int = 8
    """Of each photo: the whole, and random parts."""
    plain_share: float = 0.7
    """Of what is drawn is plain, where there are plain photos."""
    clean_weight: float = 1.0
    """Of the loss on photos that are good already."""
    rate: float = 1.5e-3
    ema: float = 0.998
    minutes: float = 60.0
    """For about as many steps as these hold, should they be fewer than ``steps``."""
    checkpoint_minutes: float = 2.0
    seed: int = 0


# What goes wrong with photos ----------------------------------------------------------------------


def knock_off(photos: Tensor, generator: torch.Generator, kind: str | None = None) -> Tensor:
    """Spoil ``(B, 3, H, W)`` sRGB photos as cameras and light do, each in its own way.

    ``kind`` is one of ``KINDS``; None mixes them: one photo in four stays clean, the others have
    exposure (−2.5 … +1.5 stops), a cast, contrast, haze, back light or low light together.
    """
    draw = _Draw(len(photos), generator)
    stops, cast = draw.zeros(), draw.zeros(3)
    spoilt = draw.chance(0.75) if kind is None else draw.zeros() + (kind != "clean")

    def wanted(own: str, chance: float) -> Tensor:
        return draw.chance(chance) if kind is None else draw.zeros() + (kind == own)

    stops = stops + wanted("dark", 0.35) * draw.uniform(-2.5, -0.5)
    stops = torch.where(stops == 0, wanted("bright", 0.2) * draw.uniform(0.4, 1.5), stops)
    low_light = wanted("low light", 0.12)
    stops = stops - low_light * draw.uniform(0.8, 1.6)
    cast = cast + wanted("cast", 0.5) * draw.cast(0.28, 0.12) + low_light * draw.cast(0.15, 0.05)
    light = srgb_to_linear(photos) * 2.0**stops * cast.exp()
    light = light * 2.0 ** (wanted("backlit", 0.15) * draw.backlight(photos.shape[-1]))
    noise = draw.noise(photos.shape) * (light.clamp(min=0) + 0.002).sqrt()
    light = light + low_light * draw.uniform(0.005, 0.03) * noise
    haze = wanted("haze", 0.18) * draw.uniform(0.1, 0.5)
    light = light * (1 - haze) + haze * draw.uniform(0.5, 0.9) * draw.cast(0.08, 0.02).exp()
    made = linear_to_srgb(light.clamp(0, 1))
    made = _contrast(made, wanted("flat", 0.2) * draw.uniform(-0.5, -0.15), draw)
    made = _contrast(made, wanted("harsh", 0.15) * draw.uniform(0.3, 1.0), draw)
    made = (made.clamp(0, 1) * 255).round() / 255
    return torch.where(spoilt > 0, made, photos)


class _Draw:
    """Random numbers, one a photo, ``(B, 1, 1, 1)`` unless said otherwise, on the generator's
    device."""

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self.count, self.generator, self.device = count, generator, generator.device

    def zeros(self, channels: int = 1) -> Tensor:
        return torch.zeros(self.count, channels, 1, 1, device=self.device)

    def uniform(self, low: float, high: float) -> Tensor:
        drawn = torch.rand(self.count, 1, 1, 1, generator=self.generator, device=self.device)
        return low + (high - low) * drawn

    def chance(self, share: float) -> Tensor:
        return (self.uniform(0, 1) < share).float()

    def noise(self, shape: Sequence[int]) -> Tensor:
        return torch.randn(tuple(shape), generator=self.generator, device=self.device)

    def cast(self, warmth: float, tint: float) -> Tensor:
        """Logarithms of channel gains ``(B, 3, 1, 1)`` that keep the luma of grey."""
        warm = (warmth * self.noise((self.count, 1, 1, 1))).clamp(-2 * warmth, 2 * warmth)
        pink = (tint * self.noise((self.count, 1, 1, 1))).clamp(-2 * tint, 2 * tint)
        gains = torch.cat((warm + pink / 2, -pink, -warm + pink / 2), 1).exp()
        weights = torch.tensor(LUMA_WEIGHTS, device=self.device).view(1, 3, 1, 1)
        return (gains / (gains * weights).sum(1, keepdim=True)).log()

    def backlight(self, size: int) -> Tensor:
        """Stops ``(B, 1, S, S)``: a dark subject somewhere in the middle, a bright rest."""
        axis = torch.linspace(-1, 1, size, device=self.device)
        x = (axis.view(1, 1, 1, -1) - self.uniform(-0.4, 0.4)) / self.uniform(0.3, 0.7)
        y = (axis.view(1, 1, -1, 1) - self.uniform(-0.1, 0.6)) / self.uniform(0.4, 0.9)
        subject = torch.sigmoid(6 * (1 - (x**2 + y**2).sqrt()))
        return subject * self.uniform(-2.2, -0.8) + (1 - subject) * self.uniform(0.0, 0.5)


def _contrast(photos: Tensor, amount: Tensor, draw: _Draw) -> Tensor:
    """Flatter around a pivot (``amount`` < 0), or harsher along an S-curve that keeps 0 and 1."""
    pivot = draw.uniform(0.4, 0.65)
    flat = pivot + (photos - pivot) * (1 + amount.clamp(max=0))
    slope = 2 * (1 + 3 * amount.clamp(min=1e-3))
    low, high = torch.sigmoid(-slope * pivot), torch.sigmoid(slope * (1 - pivot))
    harsh = (torch.sigmoid(slope * (photos - pivot)) - low) / (high - low)
    return torch.where(amount > 0, harsh, flat)


# Photos -------------------------------------------------------------------------------------------


def load_squares(paths: Sequence[Path], views: int = 1, seed: int = 0) -> Tensor:
    """Each photo squeezed to the working size, then random parts of it, ``(N, views, 3, 128, 128)``
    uint8 sRGB.

    Raises:
        PhotoError: a photo can't be read.
    """
    rng, made = random.Random(seed), []
    for path in paths:
        photo = read_rgb(path)
        made.append(crops(photo, WORKING_SIZE, random_boxes(photo, views, _LEAST_PART, rng)))
    return torch.stack(made).contiguous()  # crops have their channels last


# The loop -----------------------------------------------------------------------------------------


def train_normaliser(
    paths: Sequence[Path],
    run: Path,
    settings: NormaliserSettings | None = None,
    progress: Callable[[int, int, float], None] = lambda *_: None,
    plain: Sequence[Path] = (),
) -> Path:
    """Train, or go on from the last checkpoint in ``run``; the path of the weights comes back.

    Photos that nobody edited (``plain``) are the better truth: they are drawn more often, and they
    alone measure where there are any. ``progress`` is told the step, the number of steps, and the
    loss.

    Raises:
        LooksmithError: ``run`` holds a run of other photos or settings; training diverged.
        PhotoError: a photo can't be read.
    """
    training = NormaliserTraining(paths, plain, run, settings or NormaliserSettings())
    training.load_checkpoint()
    if training.step == 0:
        training.fit_minutes()
    total = training.plan.steps
    training.run(lambda step, losses: progress(step, total, losses.get("loss", float("nan"))))
    return training.save_weights()


class NormaliserLosses(nn.Module):
    """Difference to the truth of each photo; what changes a good photo weighs ``clean_weight``."""

    def __init__(self, network: Normaliser, clean_weight: float) -> None:
        super().__init__()
        self.network, self.clean_weight = network, clean_weight

    def forward(self, spoilt: Tensor, truth: Tensor) -> tuple[Tensor, Losses]:
        """Photos ``(B, 3, 128, 128)`` as they came and as they should be to the loss."""
        made = correct(spoilt[..., 1::2, 1::2], self.network(spoilt))  # every fourth pixel judges
        clean, target = (spoilt == truth).flatten(1).all(1), truth[..., 1::2, 1::2]
        inside = made.clamp(0, 1)
        loss = delta_e_2000(inside, target, eps=1e-2).mean((1, 2))
        loss = loss + 10 * (made - inside).abs().mean((1, 2, 3))
        loss = loss + 15 * (made - target).abs().mean((1, 2, 3))
        loss = (loss * torch.where(clean, self.clean_weight, 1.0)).mean()
        return loss, {"loss": loss.detach()}


class NormaliserTraining(Trainer):
    """Trains a new normaliser on photos that are knocked off anew at each step."""

    def __init__(
        self,
        paths: Sequence[Path],
        plain: Sequence[Path],
        folder: Path,
        settings: NormaliserSettings,
    ) -> None:
        self.settings = settings
        self.held = list((plain or paths)[::_HELD_OUT])
        held = set(self.held)
        kept, kept_plain = ([p for p in some if p not in held] for some in (paths, plain))
        squares = load_squares([*kept, *kept_plain], settings.views, settings.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = Normaliser()
        network.learn_ordinary(squares[:, 0, :, ::2, ::2].float() / 255)
        photos = hashlib.sha256(squares.numpy().data).hexdigest()
        plan = Plan(
            steps=settings.steps,
            warmup=settings.warmup,
            ema=settings.ema,
            seed=settings.seed,
            key={"photos": photos, "plain": len(plain), "settings": asdict(settings)},
            read_every=_READ_EVERY,
            checkpoint_minutes=settings.checkpoint_minutes,
        )
        # All floats have 32 bits: in fewer, the network's colour statistics would be too coarse.
        fabric = Fabric(accelerator="cuda" if torch.cuda.is_available() else "cpu", devices=1)
        super().__init__("normaliser", network, plan, folder, fabric)
        optimizer = torch.optim.AdamW(network.parameters(), settings.rate, weight_decay=1e-3)
        losses = NormaliserLosses(network, settings.clean_weight)
        self.add_player("normaliser", losses, optimizer, max_norm=_MAX_NORM)
        self.squares = squares.to(fabric.device)
        share = settings.plain_share if kept_plain and kept else float(bool(kept_plain))
        self.chances = torch.tensor(
            [(1 - share) / max(1, len(kept))] * len(kept)
            + [share / max(1, len(kept_plain))] * len(kept_plain),
            device=fabric.device,
        )

    def batches(self, first: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Spoilt photos and what they were, both ``(B, 3, 128, 128)``."""
        for step in range(first, self.plan.steps):
            generator = torch.Generator(self.fabric.device).manual_seed(self.seed_of(step, 1))
            photo = torch.multinomial(self.chances, self.settings.batch, True, generator=generator)
            views, device = self.squares.shape[1], self.fabric.device
            view = torch.randint(views, photo.shape, generator=generator, device=device)
            truth = self.squares[photo, view].float() / 255
            if step % 2:
                truth = truth.flip(-1)
            yield knock_off(truth, generator), truth

    def train_step(self, batch: tuple[Tensor, Tensor]) -> Losses:
        """Correct a batch."""
        (losses,) = self.update("normaliser", *batch)
        return dict(losses)

    def fit_minutes(self) -> None:
        """Plan no more steps than the minutes of the settings are likely to hold: a few are tried
        that teach nothing. A checkpoint keeps the number, so that a resumed run ends the same."""
        module, begun = self.players["normaliser"].module, 0.0
        for count, batch in enumerate(islice(self.batches(0), _TRIED + 1)):
            if count == 1:  # the first prepares
                begun = time.monotonic()
            self.fabric.backward(module(*batch)[0])
            module.zero_grad()
        if self.fabric.device.type == "cuda":
            torch.cuda.synchronize()
        likely = 60 * self.settings.minutes * _TRIED / (time.monotonic() - begun)
        self.plan = replace(self.plan, steps=max(1, min(self.plan.steps, int(likely))))

    def save_weights(self) -> Path:
        """Write the averaged network with its card."""
        kept = self.averaged.module
        assert isinstance(kept, Normaliser)
        kept = kept.cpu()
        card = {
            "photos": len(self.squares),
            "plain": self.plan.key["plain"],
            "held_back": len(self.held),
            "steps": self.step,
            "seconds": round(self.seconds),
            "settings": asdict(self.settings),
            "remaining": measure(kept, load_squares(self.held)[:, 0].float() / 255),
        }
        return save_normaliser(kept, self.folder / "normaliser.safetensors", card)


@torch.no_grad()
def measure(network: Normaliser, photos: Tensor, seed: int = 0) -> dict[str, float]:
    """For each kind of fault, mean ΔE2000 that remains of ``(N, 3, 128, 128)`` photos spoilt so,
    as a share of what the fault made; for clean ones, the mean ΔE2000 itself."""
    network.eval()
    found = {}
    for kind in KINDS:
        spoilt = knock_off(photos, torch.Generator().manual_seed(seed), kind)
        made = correct(spoilt, network(spoilt)).clamp(0, 1)
        after, before = delta_e_2000(made, photos).mean(), delta_e_2000(spoilt, photos).mean()
        found[kind] = round(float(after if kind == "clean" else after / before), 3)
    return found


def save_normaliser(network: Normaliser, path: Path, card: dict[str, object]) -> Path:
    """Half-precision weights with their card in the header."""
    tensors = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    with whole_file(path) as part:
        save_file(tensors, part, {"version": "1", "card": json.dumps(card)})
    return path
