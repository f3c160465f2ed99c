"""The photo bank: every training photo as a few square crops in memory, and batches drawn from it.

Crops are made once, so a training step costs an index and not a decode. What is drawn comes from a
generator on the CPU, so the same seed gives the same batch on every device; pixels are gathered
and graded on the bank's device.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from looksmith.color import linear_to_srgb, srgb_to_linear
from looksmith.networks.style_encoder import REFERENCE_SIZE
from looksmith.photos import crop_resized, read_rgb
from looksmith.rendering import WORKING_SIZE
from looksmith.training.random_looks import draw_looks

LEAST_PHOTOS = 64
REFERENCE_CROPS = 10
CONTENT_CROPS = 2
PLAIN_SHARE = 0.5  # of feeds are of plain photos alone, where there are any


@dataclass
class PhotoBank:
    """Crops of N photos as uint8 sRGB: references ``(N, 10, 3, 64, 64)``,
    contents ``(N, 2, 3, S, S)``."""

    references: Tensor
    contents: Tensor
    weights: Tensor
    """Chance of each photo to be drawn, ``(N,)``."""
    folders: Tensor
    """Which folder each photo came from, ``(N,)``."""
    plain: Tensor | None = None
    """Whether each photo is plain: a snapshot that nobody graded, ``(N,)``."""

    def __len__(self) -> int:
        return len(self.references)

    @classmethod
    def load(
        cls,
        paths: Sequence[Path],
        seed: int,
        content_size: int = WORKING_SIZE,
        progress: Callable[[], None] = lambda: None,
        plain: Sequence[Path] = (),
    ) -> PhotoBank:
        """Read photos and cut their crops; ``plain`` photos come after the others. Each folder
        counts by the square root of its size, so that a large one of a single subject does not
        drown the others.

        Raises:
            PhotoError: a photo can't be read.
        """
        rng = random.Random(seed)
        references, contents = [], []
        paths, graded = [*paths, *plain], len(paths)
        for path in paths:
            photo = read_rgb(path)
            references.append(_crops(photo, REFERENCE_SIZE, REFERENCE_CROPS, rng))
            contents.append(_crops(photo, content_size, CONTENT_CROPS, rng))
            progress()
        parents = [path.parent for path in paths]
        weights = torch.tensor([parents.count(parent) ** -0.5 for parent in parents])
        names = sorted(set(parents))
        folders = torch.tensor([names.index(parent) for parent in parents])
        is_plain = torch.arange(len(paths)) >= graded if plain else None
        return cls(torch.stack(references), torch.stack(contents), weights, folders, is_plain)

    def to(self, device: torch.device) -> PhotoBank:
        """The same bank with its pixels on a device."""
        references, contents = self.references.to(device), self.contents.to(device)
        return PhotoBank(references, contents, self.weights, self.folders, self.plain)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the crops: the same photos, read with the same seed."""
        return hashlib.sha256(self.references.cpu().numpy().tobytes()).hexdigest()

    @property
    def device(self) -> torch.device:
        return self.references.device

    def draw_references(self, sets: int, count: int, generator: torch.Generator) -> Tensor:
        """``(sets, count, 3, 64, 64)`` float crops, each set of different photos."""
        return self._draw(self.references, self.weights.expand(sets, -1), count, generator)

    def draw_contents(self, sets: int, count: int, generator: torch.Generator) -> Tensor:
        """``(sets, count, 3, S, S)`` float crops, each set of different photos."""
        return self._draw(self.contents, self.weights.expand(sets, -1), count, generator)

    def draw_feeds(self, feeds: int, count: int, generator: torch.Generator) -> Tensor:
        """``(feeds, count, 3, 64, 64)``: photos as one camera and one person take them. One feed
        in three is of one folder's subjects; one photo in four is a collage of two, so that no
        photo can be known by heart; exposure, white balance and gamma vary from shot to shot. Half
        of the feeds are of plain photos alone, where there are any."""
        weights = self.weights.expand(feeds, -1)
        if self.plain is not None:
            weights = weights * (
                self.plain == (torch.rand(feeds, 1, generator=generator) < PLAIN_SHARE)
            )
        folder = self.folders[torch.multinomial(weights, 1, generator=generator)]  # (B, 1)
        of_one = torch.rand(feeds, 1, generator=generator) < 1 / 3
        weights = weights * (~of_one | (self.folders == folder))
        photos = self._draw(self.references, weights, count, generator)
        others = self._draw(self.references, weights, count, generator)
        half = photos.shape[-1] // 2
        left, top = photos.clone(), photos.clone()
        left[..., half:], top[..., half:, :] = others[..., half:], others[..., half:, :]
        collage = self._chance(0.25, (feeds, count), generator)
        mixed = torch.where(self._chance(0.5, (feeds, count), generator), left, top)
        return vary(torch.where(collage, mixed, photos), generator)

    def _draw(
        self, crops: Tensor, weights: Tensor, count: int, generator: torch.Generator
    ) -> Tensor:
        photo = _different(weights, count, generator)
        crop = torch.randint(crops.shape[1], photo.shape, generator=generator)
        chosen = crops[photo.to(crops.device), crop.to(crops.device)].float() / 255
        return torch.where(self._chance(0.5, photo.shape, generator), chosen.flip(-1), chosen)

    def _chance(self, share: float, shape: Sequence[int], generator: torch.Generator) -> Tensor:
        drawn = torch.rand(*shape, 1, 1, 1, generator=generator) < share
        return drawn.to(self.device)


def _different(weights: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """``(B, count)`` different indices by weights ``(B, N)`` (Efraimidis and Spirakis, "Weighted
    random sampling with a reservoir", 2006); they come again in turn where there are too few."""
    keys = torch.rand(weights.shape, generator=generator).log() / weights
    ranked = keys.topk(min(count, weights.shape[1]), dim=1).indices
    there = (weights > 0).sum(1, keepdim=True).clamp(max=ranked.shape[1])
    return ranked.gather(1, torch.arange(count) % there)


def random_boxes(
    size: tuple[int, int], count: int, least: float, rng: random.Random
) -> list[tuple[float, float, float, float]]:
    """The box of a whole photo of ``(width, height)``, then random ones whose sides are a share of
    its sides, from ``least`` to 1: left, top, right, bottom."""
    width, height = size
    boxes = [(0.0, 0.0, float(width), float(height))]
    while len(boxes) < count:
        w, h = rng.uniform(least, 1.0) * width, rng.uniform(least, 1.0) * height
        left, top = rng.uniform(0, width - w), rng.uniform(0, height - h)
        boxes.append((left, top, left + w, top + h))
    return boxes


def _crops(photo: NDArray[np.uint8], size: int, count: int, rng: random.Random) -> Tensor:
    """The whole photo and ``count − 1`` random crops of it, each squeezed to a square."""
    height, width = photo.shape[:2]
    boxes = random_boxes((width, height), count, 0.4, rng)
    squares = [crop_resized(photo, box, (size, size)) for box in boxes]
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2)


@dataclass
class Batch:
    """B looks: feeds that have them, other photos without and with them."""

    references: Tensor
    """Feeds with the look, ``(B, K, 3, 64, 64)``."""
    content: Tensor
    """Photos that are to receive the look, ``(B, 3, S, S)``."""
    truth: Tensor
    """The same photos with the look."""
    real: Tensor
    """Yet other photos with the look: what the discriminator calls real."""
    samples: Tensor
    """Pixel samples of many photos, ``(B, 3, 1, P)``."""
    samples_truth: Tensor
    """The same samples with the pointwise part of the look."""
    pointwise: Tensor
    """Whether the look has no spatial part, ``(B,)``."""


def vary(photos: Tensor, generator: torch.Generator) -> Tensor:
    """The variation between shots of one camera: exposure, white balance, gamma, photo by photo;
    ``(..., 3, H, W)``."""

    def normal(spread: float) -> Tensor:
        shape = (*photos.shape[:-3], 1, 1, 1)
        return spread * torch.randn(shape, generator=generator).to(photos.device)

    warmth, tint, stops = normal(0.05), normal(0.025), normal(0.15)
    logs = (stops + warmth + tint / 2, stops - tint, stops - warmth + tint / 2)
    gains = torch.cat(logs, dim=-3).exp()
    varied = linear_to_srgb((srgb_to_linear(photos) * gains).clamp(0, 1))
    return varied.clamp(1e-4, 1) ** normal(0.08).exp()


@torch.no_grad()
def draw_batch(
    bank: PhotoBank, looks: int, max_references: int, pixel_samples: int, seed: int
) -> Batch:
    """Draw one step's data; the same seed gives the same batch."""
    generator = torch.Generator().manual_seed(seed)
    octaves = 3.6 * float(torch.rand((), generator=generator))
    count = min(max_references, round(2**octaves))
    drawn = draw_looks(looks, generator, bank.device)
    feeds = drawn(bank.draw_feeds(looks, count, generator))
    photos = bank.draw_contents(looks, 2, generator)
    graded = drawn(photos)
    samples = _pixel_samples(bank, looks, pixel_samples, generator)
    return Batch(
        references=feeds,
        content=photos[:, 0],
        truth=graded[:, 0],
        real=graded[:, 1],
        samples=samples,
        samples_truth=drawn.pointwise(samples),
        pointwise=drawn.is_pointwise,
    )


def _pixel_samples(
    bank: PhotoBank, looks: int, count: int, generator: torch.Generator, photos: int = 24
) -> Tensor:
    """``(looks, 3, 1, count)`` pixels of 24 photos each; a quarter is spread over the colour cube,
    so that rare colours stay well-behaved."""
    pixels = bank.draw_references(looks, photos, generator).transpose(1, 2).flatten(2)
    pick = torch.randint(pixels.shape[-1], (looks, 1, count), generator=generator)
    samples = pixels.gather(2, pick.to(pixels.device).expand(-1, 3, -1)).unsqueeze(2)
    spread = torch.rand(looks, 3, 1, count // 4, generator=generator)
    samples[..., : count // 4] = spread.to(samples)
    return samples
