"""First stage of training: learn to read a look from a feed, from statistics alone.

Statistics of a photo cost far less than rendering it, so the style encoder sees hundreds of
thousands of looks here before the adversarial stage (``base.py``) lets it see photos rendered. A
worker draws looks ahead; a buffer keeps the latest, and each step picks feeds of any size from it.
The same seed gives the same buffer at every round, however fast the worker is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from looksmith import losses
from looksmith.color import delta_e_2000_lab, srgb_to_lab
from looksmith.networks.model import LookNetworks
from looksmith.networks.statistics import mean_and_covariance
from looksmith.networks.style_encoder import Readings
from looksmith.rendering import LUT_SIZE
from looksmith.training.checkpoint import load_state, save_state
from looksmith.training.data import PhotoBank
from looksmith.training.random_looks import draw_looks
from looksmith.training.schedule import average_into, rate_scale
from looksmith.training.settings import ReadingSettings

Chunk = dict[str, Tensor]
_AT_ONCE = 8  # looks rendered together: more would leave the processor's cache


class _Chunks(Dataset[Chunk]):
    """Chunk ``i``: some new looks, their feeds' readings and their truth at the nodes."""

    def __init__(
        self, bank: PhotoBank, networks: LookNetworks, nodes: Tensor, settings: ReadingSettings
    ) -> None:
        self.bank, self.nodes, self.settings = bank, nodes, settings
        self.encoder = deepcopy(networks.style_encoder).cpu().eval()

    def __len__(self) -> int:
        return self.settings.rounds

    @torch.no_grad()
    def __getitem__(self, index: int) -> Chunk:
        seed = self.settings.seed * 1_000_003 + index
        generator = torch.Generator().manual_seed(seed)
        blocks = [
            self._draw(min(_AT_ONCE, self.settings.chunk - start), generator)
            for start in range(0, self.settings.chunk, _AT_ONCE)
        ]
        return {name: torch.cat([block[name] for block in blocks]) for name in blocks[0]}

    def _draw(self, count: int, generator: torch.Generator) -> Chunk:
        looks = draw_looks(count, generator, self.bank.device)
        feeds = looks(self.bank.draw_feeds(count, self.settings.feed, generator))
        statistics = self.encoder.relative_statistics(feeds.flatten(0, 1)).half()
        mean, covariance = mean_and_covariance(feeds.flatten(0, 1).flatten(2))
        nodes = self.nodes.view(3, 1, -1).expand(count, -1, -1, -1)
        return {
            "statistics": statistics.unflatten(0, feeds.shape[:2]),
            "mean": mean.unflatten(0, feeds.shape[:2]),
            "covariance": covariance.unflatten(0, feeds.shape[:2]),
            "truth": looks.pointwise(nodes).squeeze(2),
        }


def natural_nodes(bank: PhotoBank, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """The lattice nodes that photos use most, and one in three at random: their indices into the
    flattened LUT ``(N,)`` and their weights, by how much photos use them."""
    generator = torch.Generator().manual_seed(seed)
    photos = bank.draw_references(1, min(1024, len(bank)), generator)[0]
    pixels = photos.transpose(0, 1).flatten(1)
    red, green, blue = (pixels * (LUT_SIZE - 1)).round().long()
    where = (blue * LUT_SIZE + green) * LUT_SIZE + red
    density = torch.bincount(where, minlength=LUT_SIZE**3).float()
    order = density.argsort(descending=True)
    common, rare = order[: 2 * count // 3], order[2 * count // 3 :]
    pick = torch.randperm(len(rare), generator=generator)[: count - len(common)]
    index = torch.cat((common, rare[pick]))
    weight = density[index] / density.sum() + 0.25 / count
    return index, weight / weight.sum()


class ReadingTraining:
    """Trains style encoder and global look in place; ``run`` goes on from its last checkpoint."""

    def __init__(
        self,
        networks: LookNetworks,
        bank: PhotoBank,
        settings: ReadingSettings,
        folder: Path,
        fabric: Fabric,
    ) -> None:
        self.settings, self.folder, self.fabric = settings, folder, fabric
        index, weight = natural_nodes(bank, settings.nodes, settings.seed)
        tone = networks.generator.tone
        self.nodes = tone.identity.flatten(1)[:, index]
        self.basis = tone.lut_basis.flatten(2)[:, :, index].to(fabric.device)
        self.weight = weight.to(fabric.device)
        self.chunks = _Chunks(bank, networks, self.nodes, settings)
        self.averaged = deepcopy(networks).eval().requires_grad_(False).to(fabric.device)
        optimizer = torch.optim.AdamW(
            networks.parameters(), settings.rate, betas=(0.9, 0.99), weight_decay=1e-2
        )
        self.networks, self.optimizer = fabric.setup(networks, optimizer)
        self.buffer: Chunk = {}
        self.round, self.seconds = 0, 0.0

    def run(
        self, progress: Callable[[int, dict[str, float]], None] = lambda *_: None
    ) -> LookNetworks:
        """Train to the last round; returns the networks with averaged weights."""
        self.load_checkpoint()
        if self.round >= self.settings.rounds:
            return self._result()
        first = max(0, self.round - self.settings.kept // self.settings.chunk)
        loader = DataLoader(
            self.chunks,
            batch_size=None,
            sampler=range(first, self.settings.rounds),
            num_workers=self.settings.workers,
            prefetch_factor=4 if self.settings.workers else None,
        )
        torch.set_num_threads(max(1, torch.get_num_threads() - self.settings.workers))
        started = saved = time.monotonic()
        before = self.seconds
        for index, chunk in enumerate(loader, first):
            self._keep(chunk, index)
            if index < self.round:  # a resumed run draws its buffer again, then goes on
                continue
            self.round += 1
            loss = self._train_round()
            self.seconds = before + time.monotonic() - started
            if time.monotonic() - saved > 180:
                self.save_checkpoint()
                saved = time.monotonic()
            progress(self.round, {"global look": loss})
        self.save_checkpoint()
        return self._result()

    def _result(self) -> LookNetworks:
        averaged: LookNetworks = deepcopy(self.averaged).train().requires_grad_(True)
        return averaged

    def _keep(self, chunk: Chunk, index: int) -> None:
        settings = self.settings
        if not self.buffer:
            self.buffer = {
                name: torch.empty(settings.kept, *value.shape[1:], dtype=value.dtype)
                for name, value in chunk.items()
            }
        at = index * settings.chunk % settings.kept
        for name, value in chunk.items():
            self.buffer[name][at : at + settings.chunk] = value

    def _train_round(self) -> float:
        settings = self.settings
        generator = torch.Generator().manual_seed(settings.seed * 7_919 + self.round)
        filled = min(self.round * settings.chunk, settings.kept)
        total = 0.0
        for step in range(settings.steps_a_round):
            done = (self.round - 1) * settings.steps_a_round + step
            self._set_rate(done)
            share = float(torch.rand((), generator=generator))
            size = round(settings.feed**share)  # every octave of sizes is as likely
            rows = torch.randint(0, filled, (settings.batch,), generator=generator)
            photos = torch.rand(settings.batch, settings.feed, generator=generator).argsort(1)[
                :, :size
            ]
            loss = self._step(rows, photos)
            total += loss / settings.steps_a_round
            average_into(self.averaged, self.networks.module, done, settings.ema)
        return total

    def _step(self, rows: Tensor, photos: Tensor) -> float:
        def pick(name: str) -> Tensor:
            return self.fabric.to_device(self.buffer[name][rows.unsqueeze(1), photos].float())

        networks = self.networks.module
        readings = Readings(pick("statistics"), pick("mean"), pick("covariance"))
        style = networks.style_encoder.take_together(readings)
        user = networks.generator.user(len(rows))
        nodes = self.nodes.to(self.basis)
        made = networks.generator.tone.look_up(style, user, nodes, self.basis)
        truth = self.fabric.to_device(self.buffer["truth"][rows])
        loss = self._loss(made, truth)
        self.optimizer.zero_grad()
        self.fabric.backward(loss)
        self.fabric.clip_gradients(self.networks, self.optimizer, max_norm=20.0)
        self.optimizer.step()
        return float(loss.detach())

    def _loss(self, made: Tensor, truth: Tensor) -> Tensor:
        """Reconstruction loss at the nodes, weighted by how much photos use them."""
        inside = made.clamp(0, 1)
        labs = [srgb_to_lab(x.unsqueeze(2)) for x in (inside, truth)]
        difference = delta_e_2000_lab(labs[0], labs[1], losses.SMOOTHING).squeeze(1)
        absolute = (made - truth).abs().mean(1)
        return ((difference + 20 * absolute) * self.weight).sum(1).mean()

    def _set_rate(self, step: int) -> None:
        s = self.settings
        rate = s.rate * rate_scale(step, s.rounds * s.steps_a_round, s.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _state(self) -> dict[str, Any]:
        return {
            "networks": self.networks.module.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "round": self.round,
            "seconds": self.seconds,
        }

    def save_checkpoint(self) -> None:
        """Write the whole state, renamed into place when whole."""
        if self.fabric.is_global_zero:
            save_state(self._state(), self.folder / "reading.pt")

    def load_checkpoint(self) -> None:
        """Go on from the last checkpoint, if there is one."""
        state = load_state(self.folder / "reading.pt", self.fabric.device)
        if state is None:
            return
        self.networks.module.load_state_dict(state["networks"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.round, self.seconds = state["round"], state["seconds"]
