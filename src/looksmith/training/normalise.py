"""Training of the normaliser: good photos are knocked off, and the truth is known.

    looksmith train-normaliser --photos DIR [--photos DIR …] --run runs/normaliser   # resumes

One photo in four stays as it is, so that the network learns to leave good ones alone; night and
sunset among them teach it that dark or warm is not always wrong.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from looksmith.color import LUMA_WEIGHTS, delta_e_2000, linear_to_srgb, srgb_to_linear
from looksmith.files import whole_file
from looksmith.networks.normaliser import Normaliser, correct
from looksmith.rendering import WORKING_SIZE
from looksmith.training.checkpoint import load_state, save_state
from looksmith.training.schedule import rate_scale, short_memory_average

KINDS = ("clean", "dark", "bright", "cast", "flat", "harsh", "haze", "backlit", "low light")
_HELD_OUT = 12  # every n-th photo measures


@dataclass(frozen=True)
class NormaliserSettings:
    """Of one training."""

    steps: int = 14_000
    batch: int = 16
    rate: float = 1.5e-3
    ema: float = 0.998
    minutes: float = 60.0
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
    """Random numbers, one a photo, ``(B, 1, 1, 1)`` unless said otherwise."""

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self.count, self.generator = count, generator

    def zeros(self, channels: int = 1) -> Tensor:
        return torch.zeros(self.count, channels, 1, 1)

    def uniform(self, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(self.count, 1, 1, 1, generator=self.generator)

    def chance(self, share: float) -> Tensor:
        return (self.uniform(0, 1) < share).float()

    def noise(self, shape: Sequence[int]) -> Tensor:
        return torch.randn(tuple(shape), generator=self.generator)

    def cast(self, warmth: float, tint: float) -> Tensor:
        """Logarithms of channel gains ``(B, 3, 1, 1)`` that keep the luma of grey."""
        warm = (warmth * self.noise((self.count, 1, 1, 1))).clamp(-2 * warmth, 2 * warmth)
        pink = (tint * self.noise((self.count, 1, 1, 1))).clamp(-2 * tint, 2 * tint)
        gains = torch.cat((warm + pink / 2, -pink, -warm + pink / 2), 1).exp()
        weights = torch.tensor(LUMA_WEIGHTS).view(1, 3, 1, 1)
        return (gains / (gains * weights).sum(1, keepdim=True)).log()

    def backlight(self, size: int) -> Tensor:
        """Stops ``(B, 1, S, S)``: a dark subject somewhere in the middle, a bright rest."""
        axis = torch.linspace(-1, 1, size)
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


def load_squares(paths: Sequence[Path]) -> Tensor:
    """Each photo squeezed to the working size, and its middle, ``(N, 2, 3, 128, 128)`` uint8."""
    made = []
    for path in paths:
        with Image.open(path) as opened:
            photo = opened.convert("RGB")
        w, h = photo.size
        boxes = ((0, 0, w, h), (w // 8, h // 8, w - w // 8, h - h // 8))
        size = (WORKING_SIZE, WORKING_SIZE)
        views = [np.asarray(photo.resize(size, Image.Resampling.BOX, box)) for box in boxes]
        made.append(np.stack(views))
    return torch.from_numpy(np.stack(made)).permute(0, 1, 4, 2, 3).contiguous()


# The loop -----------------------------------------------------------------------------------------


def train_normaliser(
    paths: Sequence[Path],
    run: Path,
    settings: NormaliserSettings | None = None,
    progress: Callable[[int, int, float], None] = lambda *_: None,
) -> Path:
    """Train, or go on from the last checkpoint in ``run``; the path of the weights comes back.

    ``progress`` is told the step, the number of steps, and the loss.
    """
    settings = settings or NormaliserSettings()
    held = [p for i, p in enumerate(paths) if i % _HELD_OUT == 0]
    squares = load_squares([p for i, p in enumerate(paths) if i % _HELD_OUT])
    torch.manual_seed(settings.seed)
    network = Normaliser()
    network.learn_ordinary(squares[:, 0, :, ::2, ::2].float() / 255)
    averaged = AveragedModel(network, multi_avg_fn=short_memory_average(settings.ema))
    optimizer = torch.optim.AdamW(network.parameters(), settings.rate, weight_decay=1e-3)
    names = hashlib.sha256("\n".join(path.name for path in paths).encode()).hexdigest()
    key = {"photos": names, "settings": asdict(settings)}
    state = load_state(run / "state.pt", key)
    step, seconds = 0, 0.0
    if state is not None:
        network.load_state_dict(state["network"])
        averaged.load_state_dict(state["averaged"])
        optimizer.load_state_dict(state["optimizer"])
        step, seconds = state["step"], state["seconds"]
    start = last = time.monotonic()
    while step < settings.steps:
        now = seconds + time.monotonic() - start
        share = max(step / settings.steps, now / (60 * settings.minutes))
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * rate_scale(int(2000 * share), 2000, 20)
        loss = _step(network, optimizer, squares, settings, step)
        averaged.update_parameters(network)
        step += 1
        progress(step, settings.steps, loss)
        if time.monotonic() - last > 120:
            last = time.monotonic()
            _save(network, averaged, optimizer, step, seconds + last - start, key, run)
    seconds += time.monotonic() - start
    _save(network, averaged, optimizer, step, seconds, key, run)
    kept = averaged.module
    assert isinstance(kept, Normaliser)
    card = {
        "photos": len(squares),
        "held_back": len(held),
        "steps": step,
        "seconds": round(seconds),
        "settings": asdict(settings),
        "remaining": measure(kept, load_squares(held)[:, 0].float() / 255),
    }
    return save_normaliser(kept, run / "normaliser.safetensors", card)


def _step(
    network: Normaliser,
    optimizer: torch.optim.Optimizer,
    squares: Tensor,
    settings: NormaliserSettings,
    step: int,
) -> float:
    generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + step)
    photo = torch.randint(len(squares), (settings.batch,), generator=generator)
    view = torch.randint(squares.shape[1], (settings.batch,), generator=generator)
    truth = squares[photo, view].float() / 255
    if step % 2:
        truth = truth.flip(-1)
    spoilt = knock_off(truth, generator)
    network.train()
    made = correct(spoilt[..., 1::2, 1::2], network(spoilt))  # every fourth pixel judges
    target = truth[..., 1::2, 1::2]
    inside = made.clamp(0, 1)
    loss = delta_e_2000(inside, target, eps=1e-2).mean() + 10 * (made - inside).abs().mean()
    loss = loss + 15 * (made - target).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
    optimizer.step()
    return float(loss.detach())


def _save(
    network: Normaliser,
    averaged: AveragedModel,
    optimizer: torch.optim.Optimizer,
    step: int,
    seconds: float,
    key: dict[str, Any],
    run: Path,
) -> None:
    state: dict[str, Any] = {
        "network": network.state_dict(),
        "averaged": averaged.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "seconds": seconds,
        "key": key,
    }
    save_state(state, run / "state.pt")


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
