"""First stage of training: learn to read a look from statistics and expectations.

Statistics of a photo cost far less than rendering it, so the style encoder sees hundreds of
thousands of looks here before the adversarial stage (``adversarial.py``) lets it see photos
rendered. New looks are drawn ahead, a chunk a round; a buffer keeps the latest, and each step picks
feeds of any size from it. The same seed gives the same buffer at every round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import cast

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from looksmith import losses
from looksmith.color import delta_e_2000_lab, srgb_to_lab
from looksmith.networks.model import LookNetworks
from looksmith.networks.statistics import mean_and_covariance
from looksmith.networks.style_encoder import Readings, StyleEncoder
from looksmith.rendering import LUT_SIZE
from looksmith.training.data import PhotoBank
from looksmith.training.random_looks import draw_looks
from looksmith.training.settings import PretrainingSettings
from looksmith.training.trainer import Losses, Plan, Trainer, threads

Chunk = dict[str, Tensor]
# What the first stage teaches; the bilateral grid comes later.
PRETRAINED = ("per_photo", "together", "pool_score", "to_code", "mix", "to_lut", "default_user")
_AT_ONCE = 8  # looks rendered together on a CPU: more would leave its cache


def is_pretrained(parameter: str) -> bool:
    """Whether the first stage teaches the parameter of that name."""
    return any(part in parameter.split(".") for part in PRETRAINED)


class PretrainingLosses(nn.Module):
    """What a feed's readings say of the look, against the look's truth at lattice nodes."""

    basis: Tensor
    nodes: Tensor
    weight: Tensor

    def __init__(self, networks: LookNetworks, index: Tensor, weight: Tensor) -> None:
        super().__init__()
        self.networks = networks
        tone = networks.generator.tone
        self.register_buffer("nodes", tone.identity.flatten(1)[:, index], persistent=False)
        self.register_buffer("basis", tone.lut_basis.flatten(2)[..., index], persistent=False)
        self.register_buffer("weight", weight, persistent=False)

    def forward(
        self, statistics: Tensor, mean: Tensor, covariance: Tensor, expected: Tensor, truth: Tensor
    ) -> tuple[Tensor, Losses]:
        """Readings of ``(B, K)`` photos, what is expected of them ``(B, K, S + 12)``, and true
        colours ``(B, 3, N)`` to the loss."""
        readings = Readings(statistics, mean, covariance, expected)
        style = self.networks.style_encoder.pool(readings)
        generator = self.networks.generator
        user = generator.user(len(truth))
        made = generator.tone.look_up(style, user, self.nodes, self.basis)
        loss = self._loss(made, truth)
        return loss, {"global look": loss.detach()}

    def _loss(self, made: Tensor, truth: Tensor) -> Tensor:
        """Reconstruction loss at the nodes, weighted by how much photos use them."""
        labs = [srgb_to_lab(x.unsqueeze(2)) for x in (made.clamp(0, 1), truth)]
        difference = delta_e_2000_lab(labs[0], labs[1], losses.SMOOTHING).squeeze(1)
        absolute = (made - truth).abs().mean(1)
        return ((difference + 20 * absolute) * self.weight).sum(1).mean()


class Pretraining(Trainer):
    """Trains style encoder and global look in place."""

    def __init__(
        self,
        networks: LookNetworks,
        bank: PhotoBank,
        settings: PretrainingSettings,
        folder: Path,
        fabric: Fabric,
    ) -> None:
        self.settings = settings
        index, weight = natural_nodes(bank, settings.nodes, settings.seed)
        plan = Plan(
            steps=settings.rounds * settings.steps_a_round,
            warmup=settings.warmup,
            ema=settings.ema,
            seed=settings.seed,
            key={"photos": bank.digest, "settings": settings.model_dump()},
        )
        super().__init__("pretraining", networks, plan, folder, fabric)
        taught = []
        for name, parameter in networks.named_parameters():
            parameter.requires_grad_(is_pretrained(name))
            taught += [parameter] if is_pretrained(name) else []
        optimizer = torch.optim.AdamW(taught, settings.rate, betas=(0.9, 0.99), weight_decay=1e-2)
        self.add_player("reader", PretrainingLosses(networks, index, weight), optimizer)
        size = self.share_of(settings.chunk)
        seeds = [self.seed_of(index, 2) for index in range(settings.rounds)]
        self.chunks = Chunks(bank, networks, index, settings, size, seeds)
        self.buffer = Buffer(self.share_of(settings.kept), bank.device)

    def result(self) -> LookNetworks:
        """The networks with averaged weights, ready for the next stage."""
        networks = cast(LookNetworks, deepcopy(self.averaged.module))
        return networks.train().requires_grad_(True)

    def batches(self, first: int) -> Iterator[Chunk]:
        """Readings and truth; a resumed run fills its buffer again first."""
        settings = self.settings
        begun = first // settings.steps_a_round
        oldest = max(0, begun + 1 - -(-self.buffer.kept // self.chunks.size))
        self.buffer.begin(oldest * self.chunks.size)
        with threads(torch.get_num_threads() - self._workers()):
            for index, chunk in enumerate(self._drawn_ahead(oldest), oldest):
                self.buffer.add(chunk)
                if index < begun:
                    continue
                for step in range(settings.steps_a_round):
                    now = index * settings.steps_a_round + step
                    if now >= first:
                        yield self._pick(now)

    def _workers(self) -> int:
        """A process beside this one draws looks, unless the GPU does."""
        return self.settings.workers if self.buffer.device.type == "cpu" else 0

    def _drawn_ahead(self, oldest: int) -> Iterable[Chunk]:
        coming = range(oldest, self.settings.rounds)
        if not self._workers():
            return (self.chunks[index] for index in coming)
        return DataLoader(
            self.chunks,
            batch_size=None,
            sampler=coming,
            num_workers=self._workers(),
            prefetch_factor=4,
        )

    def _pick(self, step: int) -> Chunk:
        """A batch of feeds from the buffer; every octave of sizes is as likely."""
        settings = self.settings
        generator = torch.Generator().manual_seed(self.seed_of(step, 1))
        batch = self.share_of(settings.batch)
        size = round(settings.feed ** float(torch.rand((), generator=generator)))
        rows = torch.randint(0, self.buffer.filled, (batch, 1), generator=generator)
        photos = torch.rand(batch, settings.feed, generator=generator).argsort(1)[:, :size]
        picked = {
            name: value.to(self.fabric.device)
            for name, value in self.buffer.pick(rows, photos).items()
        }
        unknown = torch.rand(batch, 1, 1, generator=generator) < settings.unknown
        ordinary = self.chunks.encoder.ordinary_expected.to(self.fabric.device)
        known = torch.where(unknown.to(ordinary.device), ordinary, picked["expected"])
        return picked | {"expected": known}

    def train_step(self, batch: Chunk) -> Losses:
        """Reconstruct the looks of a batch of feeds."""
        names = ("statistics", "mean", "covariance", "expected", "truth")
        (parts,) = self.update("reader", *(batch[name] for name in names))
        return dict(parts)


class Buffer:
    """The latest looks: readings of their feeds' photos ``(kept, K, …)`` and their truth."""

    def __init__(self, kept: int, device: torch.device) -> None:
        self.kept, self.device = kept, device
        self.filled = self._next = 0
        self._columns: Chunk = {}

    def begin(self, count: int) -> None:
        """Put the next looks where they lie after ``count`` earlier ones."""
        self._next = count

    def add(self, chunk: Chunk) -> None:
        """Put new looks in the place of the oldest."""
        count = len(chunk["truth"])
        rows = torch.arange(self._next, self._next + count, device=self.device) % self.kept
        for name, value in chunk.items():
            if name not in self._columns:
                shape = (self.kept, *value.shape[1:])
                self._columns[name] = value.new_zeros(shape, device=self.device)
            self._columns[name][rows] = value.to(self.device)
        self._next += count
        self.filled = min(self._next, self.kept)

    def pick(self, rows: Tensor, photos: Tensor) -> Chunk:
        """``photos`` ``(B, K)`` of the looks in ``rows`` ``(B, 1)``, and the looks' truth."""
        rows, photos = rows.to(self.device), photos.to(self.device)
        return {
            name: (value[rows[:, 0]] if name == "truth" else value[rows, photos]).float()
            for name, value in self._columns.items()
        }


class Chunks(Dataset[Chunk]):
    """Chunk ``i``: some new looks, their feeds' readings and their truth at the nodes."""

    def __init__(
        self,
        bank: PhotoBank,
        networks: LookNetworks,
        index: Tensor,
        settings: PretrainingSettings,
        size: int,
        seeds: Sequence[int],
    ) -> None:
        self.bank, self.settings, self.size, self.seeds = bank, settings, size, seeds
        nodes = networks.generator.tone.identity.flatten(1)
        self.nodes = nodes[:, index.to(nodes.device)].view(1, 3, 1, -1).to(bank.device)
        self.encoder: StyleEncoder = deepcopy(networks.style_encoder).to(bank.device).eval()

    def __len__(self) -> int:
        return self.settings.rounds

    @torch.no_grad()
    def __getitem__(self, index: int) -> Chunk:
        generator = torch.Generator().manual_seed(self.seeds[index])
        at_once = _AT_ONCE if self.bank.device.type == "cpu" else self.size
        blocks = [
            self._draw(min(at_once, self.size - start), generator)
            for start in range(0, self.size, at_once)
        ]
        return {name: torch.cat([block[name] for block in blocks]) for name in blocks[0]}

    def _draw(self, count: int, generator: torch.Generator) -> Chunk:
        looks = draw_looks(count, generator, self.bank.device)
        feeds, expected = self.bank.draw_feeds(count, self.settings.feed, generator)
        feeds = looks(feeds)
        photos = feeds.flatten(0, 1)
        mean, covariance = mean_and_covariance(photos.flatten(2))
        read = {
            "statistics": self.encoder.relative_statistics(photos).half(),
            "mean": mean,
            "covariance": covariance,
            "expected": expected.half().flatten(0, 1),
        }
        truth = looks.pointwise(self.nodes.expand(count, -1, -1, -1)).squeeze(2)
        return {n: v.unflatten(0, feeds.shape[:2]) for n, v in read.items()} | {"truth": truth}


def natural_nodes(bank: PhotoBank, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """The lattice nodes that photos use most, and one in three at random: their indices into the
    flattened LUT ``(N,)`` and their weights, by how much photos use them."""
    generator = torch.Generator().manual_seed(seed)
    photos = bank.draw_references(1, min(1024, len(bank)), generator)[0]
    pixels = photos.transpose(0, 1).flatten(1)
    red, green, blue = (pixels * (LUT_SIZE - 1)).round().long()
    where = (blue * LUT_SIZE + green) * LUT_SIZE + red
    density = torch.bincount(where, minlength=LUT_SIZE**3).float().cpu()
    order = density.argsort(descending=True)
    common, rare = order[: 2 * count // 3], order[2 * count // 3 :]
    pick = torch.randperm(len(rare), generator=generator)[: count - len(common)]
    index = torch.cat((common, rare[pick]))
    weight = density[index] / density.sum() + 0.25 / count
    return index, weight / weight.sum()
