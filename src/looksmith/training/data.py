"""The photo bank: every training photo as a few square crops in memory.

Crops are made once, so a training step costs an index and not a decode.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from looksmith.color import linear_to_srgb, srgb_to_linear
from looksmith.networks.content_encoder import WORKING_SIZE
from looksmith.networks.style_encoder import REFERENCE_SIZE
from looksmith.random_looks import RandomLook, random_look

LEAST_PHOTOS = 64
REFERENCE_CROPS = 10
CONTENT_CROPS = 2


@dataclass
class PhotoBank:
    """Crops of N photos as uint8 sRGB: references ``(N, 10, 3, 64, 64)``,
    contents ``(N, 2, 3, 128, 128)``."""

    references: Tensor
    contents: Tensor
    weights: Tensor
    """Chance of each photo to be drawn, ``(N,)``."""
    folders: Tensor
    """Which folder each photo came from, ``(N,)``."""

    def __len__(self) -> int:
        return len(self.references)

    @classmethod
    def load(
        cls, paths: Sequence[Path], seed: int, progress: Callable[[], None] = lambda: None
    ) -> PhotoBank:
        """Read photos and cut their crops. Each folder counts by the square root of its size, so
        that a large one of a single subject does not drown the others."""
        rng = random.Random(seed)
        references, contents = [], []
        for path in paths:
            with Image.open(path) as opened:
                photo = opened.convert("RGB")
            references.append(_crops(photo, REFERENCE_SIZE, REFERENCE_CROPS, rng))
            contents.append(_crops(photo, WORKING_SIZE, CONTENT_CROPS, rng))
            progress()
        parents = [path.parent for path in paths]
        weights = torch.tensor([parents.count(parent) ** -0.5 for parent in parents])
        names = sorted(set(parents))
        folders = torch.tensor([names.index(parent) for parent in parents])
        return cls(torch.stack(references), torch.stack(contents), weights, folders)

    def draw_references(self, count: int, generator: torch.Generator) -> Tensor:
        """``(count, 3, 64, 64)`` float crops of different photos."""
        return self._draw(self.references, count, generator, self.weights)

    def draw_feed(self, count: int, generator: torch.Generator) -> Tensor:
        """``(count, 3, 64, 64)``: photos as one camera and one person take them. One feed in three
        is of one folder's subjects; one photo in four is a collage of two, so that no photo can be
        known by heart; exposure, white balance and gamma vary from shot to shot."""
        weights = self.weights
        if torch.rand((), generator=generator) < 1 / 3:
            folder = self.folders[torch.multinomial(weights, 1, generator=generator)]
            weights = weights * (self.folders == folder)
        photos = self._draw(self.references, count, generator, weights)
        others = self._draw(self.references, count, generator, weights)
        collage = torch.rand(count, generator=generator) < 0.25
        half = photos.shape[-1] // 2
        upright = torch.rand(count, generator=generator) < 0.5
        left, top = photos.clone(), photos.clone()
        left[..., half:], top[..., half:, :] = others[..., half:], others[..., half:, :]
        mixed = torch.where(upright.view(-1, 1, 1, 1), left, top)
        photos = torch.where(collage.view(-1, 1, 1, 1), mixed, photos)
        return vary(photos, generator)

    def draw_contents(self, count: int, generator: torch.Generator) -> Tensor:
        """``(count, 3, 128, 128)`` float crops of different photos."""
        return self._draw(self.contents, count, generator, self.weights)

    def _draw(
        self, crops: Tensor, count: int, generator: torch.Generator, weights: Tensor
    ) -> Tensor:
        replace = count > int((weights > 0).sum())
        photo = torch.multinomial(weights, count, replace, generator=generator)
        crop = torch.randint(crops.shape[1], (count,), generator=generator)
        chosen = crops[photo, crop].float() / 255
        flip = torch.rand(count, 1, 1, 1, generator=generator) < 0.5
        return torch.where(flip, chosen.flip(-1), chosen)


def _crops(photo: Image.Image, size: int, count: int, rng: random.Random) -> Tensor:
    """The whole photo and ``count − 1`` random crops of it, each squeezed to a square."""
    width, height = photo.size
    boxes = [(0.0, 0.0, float(width), float(height))]
    while len(boxes) < count:
        w, h = rng.uniform(0.4, 1.0) * width, rng.uniform(0.4, 1.0) * height
        left, top = rng.uniform(0, width - w), rng.uniform(0, height - h)
        boxes.append((left, top, left + w, top + h))
    squares = [photo.resize((size, size), Image.Resampling.BOX, box=box) for box in boxes]
    return torch.from_numpy(np.stack([np.asarray(s) for s in squares])).permute(0, 3, 1, 2)


@dataclass
class Batch:
    """B looks: feeds that have them, other photos without and with them."""

    references: Tensor
    """Feeds with the look, ``(B, K, 3, 64, 64)``."""
    content: Tensor
    """Photos that are to receive the look, ``(B, 3, 128, 128)``."""
    truth: Tensor
    """The same photos with the look."""
    real: Tensor
    """Yet other photos with the look: what the discriminator calls real."""
    cloud: Tensor
    """Pixels of many photos, ``(B, 3, 1, P)``."""
    cloud_truth: Tensor
    """The same pixels with the pointwise part of the look."""
    pointwise: Tensor
    """Whether the look has no spatial part, ``(B,)``."""


def vary(photos: Tensor, generator: torch.Generator) -> Tensor:
    """The variation between shots of one camera: exposure, white balance, gamma, photo by photo."""

    def normal(spread: float) -> Tensor:
        return spread * torch.randn(len(photos), 1, 1, 1, generator=generator)

    warmth, tint, stops = normal(0.05), normal(0.025), normal(0.15)
    gains = torch.cat((stops + warmth + tint / 2, stops - tint, stops - warmth + tint / 2), 1).exp()
    varied = linear_to_srgb((srgb_to_linear(photos) * gains).clamp(0, 1))
    return varied.clamp(1e-4, 1) ** normal(0.08).exp()


def draw_batch(
    bank: PhotoBank, looks: int, max_references: int, cloud_pixels: int, seed: int
) -> Batch:
    """Draw one step's data; the same seed gives the same batch."""
    rng = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)
    count = min(max_references, round(2 ** rng.uniform(0, 3.6)))
    drawn: list[tuple[Tensor, ...]] = []
    for _ in range(looks):
        look: RandomLook = random_look(rng)
        feed = look(bank.draw_feed(count, generator))
        photos = bank.draw_contents(2, generator)
        content, other = photos[:1], photos[1:]
        pixels = bank.draw_references(24, generator).transpose(0, 1).flatten(1)
        pick = torch.randint(pixels.shape[1], (cloud_pixels,), generator=generator)
        cloud = pixels[:, pick].view(1, 3, 1, -1)
        # A quarter of the cloud is spread over the cube, so that rare colours stay well-behaved.
        spread = torch.rand(1, 3, 1, cloud_pixels // 4, generator=generator)
        cloud[..., : cloud_pixels // 4] = spread
        flag = torch.tensor(not look.spatial_steps)
        graded = look.pointwise(cloud)[0]
        drawn.append((feed, content[0], look(content)[0], look(other)[0], cloud[0], graded, flag))
    return Batch(*(torch.stack(column) for column in zip(*drawn, strict=True)))
