"""The photo bank: every training photo as a few square crops in memory, and batches drawn from it.

Crops are made once, so a training step costs an index and not a decode. What each crop shows is
read then, too (``networks/subject.py``); ``expectation.py`` says from it what colours are expected.
What is drawn comes from a generator on the CPU, so the same seed gives the same batch on every
device; pixels are gathered and graded on the bank's device.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from looksmith.color import linear_to_srgb, srgb_to_linear
from looksmith.networks.style_encoder import REFERENCE_SIZE
from looksmith.networks.subject import SUBJECT_SIZE, subject_network
from looksmith.photos import crop_resized, read_rgb
from looksmith.rendering import WORKING_SIZE
from looksmith.training.random_looks import draw_looks

LEAST_PHOTOS = 64
REFERENCE_CROPS = 10
CONTENT_CROPS = 2
PLAIN_SHARE = 0.5  # of feeds are of plain photos alone, where there are any
FOCUSED = 0.25  # of feeds are of one folder, and as many of one subject
_SAMPLED = 24  # photos that pixels are sampled from, for each look
_LEAST_CROP = 0.4  # of a photo's sides, that a crop has
_SAME_SUBJECT = 64  # photos that a feed of one subject is drawn from

Box = tuple[float, float, float, float]  # left, top, right, bottom


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
    sets: Tensor
    """Which set of photos that were made to belong together, ``(N,)``: one designer's, say."""
    subjects: Tensor
    """What each reference crop shows, ``(N, 10, 1280)``, half precision."""
    plain: Tensor | None = None
    """Whether each photo is plain: a snapshot that nobody graded, ``(N,)``."""
    expected: Tensor | None = None
    """What is expected of each reference crop, ``(N, 10, S + 12)``, half precision; None before
    ``expectation.py`` has said it."""

    def __len__(self) -> int:
        return len(self.references)

    @classmethod
    def load(
        cls,
        paths: Sequence[Path],
        seed: int,
        content_size: int = WORKING_SIZE,
        progress: Callable[[float], None] = lambda _: None,
        plain: Sequence[Path] = (),
    ) -> PhotoBank:
        """Read photos and cut their crops; ``plain`` photos come after the others. Each folder
        counts by the square root of its size, so that a large one of a single subject does not
        drown the others. ``progress`` is told the share that is read.

        Raises:
            PhotoError: a photo can't be read.
        """
        rng = random.Random(seed)
        references, contents, subjects = [], [], []
        paths, graded = [*paths, *plain], len(paths)
        for done, path in enumerate(paths, 1):
            photo = read_rgb(path)
            boxes = random_boxes(photo, REFERENCE_CROPS, _LEAST_CROP, rng)
            references.append(crops(photo, REFERENCE_SIZE, boxes))
            shown = crops(photo, SUBJECT_SIZE, boxes).float() / 255
            subjects.append(subject_network()(shown).half())
            boxes = random_boxes(photo, CONTENT_CROPS, _LEAST_CROP, rng)
            contents.append(crops(photo, content_size, boxes))
            progress(done / len(paths))
        parents = [path.parent for path in paths]
        weights = torch.tensor([parents.count(parent) ** -0.5 for parent in parents])
        return cls(
            torch.stack(references),
            torch.stack(contents),
            weights,
            folders=_numbered(parents),
            sets=_numbered(_set_names(paths)),
            subjects=torch.stack(subjects),
            plain=torch.arange(len(paths)) >= graded if plain else None,
        )

    def to(self, device: torch.device) -> PhotoBank:
        """The same bank with pixels, and what is expected, on a device."""
        expected = None if self.expected is None else self.expected.to(device)
        references, contents = self.references.to(device), self.contents.to(device)
        return replace(self, references=references, contents=contents, expected=expected)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the crops, and over what belongs together: the same photos in the same
        folders and sets, read with the same seed."""
        told = hashlib.sha256(self.references.cpu().numpy().tobytes())
        for part in (self.folders, self.sets, self.plain):
            told.update(b"" if part is None else part.numpy().tobytes())
        return told.hexdigest()

    @property
    def device(self) -> torch.device:
        return self.references.device

    def fair_weights(self) -> Tensor:
        """Weights of photos ``(N,)``, of plain ones together as much as of the others."""
        if self.plain is None:
            return self.weights
        plain, others = (float(self.weights[part].sum()) for part in (self.plain, ~self.plain))
        if others == 0:
            return self.weights
        return torch.where(self.plain, self.weights * others / plain, self.weights)

    def draw_references(self, sets: int, count: int, generator: torch.Generator) -> Tensor:
        """``(sets, count, 3, 64, 64)`` float crops, each set of different photos."""
        chosen = self._choose(self.weights.expand(sets, -1), count, REFERENCE_CROPS, generator)
        return self._pixels(self.references, *chosen, generator)

    def draw_contents(self, sets: int, count: int, generator: torch.Generator) -> Tensor:
        """``(sets, count, 3, S, S)`` float crops, each set of different photos."""
        chosen = self._choose(self.weights.expand(sets, -1), count, CONTENT_CROPS, generator)
        return self._pixels(self.contents, *chosen, generator)

    def draw_feeds(
        self, feeds: int, count: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """``(feeds, count, 3, 64, 64)``, and what is expected of each photo
        ``(feeds, count, S + 12)``: photos as one camera and one person take them. A quarter of the
        feeds are of one folder's subjects, a quarter of photos that show what one of them shows;
        one photo in four is a collage of two, so that no photo can be known by heart; exposure,
        white balance and gamma vary from shot to shot. Half of the feeds are of plain photos
        alone, where there are any."""
        weights = self._weights_of_feeds(feeds, generator)
        photos, expected = self._draw(weights, count, generator)
        others, expected_of_others = self._draw(weights, count, generator)
        half = photos.shape[-1] // 2
        left, top = photos.clone(), photos.clone()
        left[..., half:], top[..., half:, :] = others[..., half:], others[..., half:, :]
        collage = self._chance(0.25, (feeds, count), generator)
        mixed = torch.where(self._chance(0.5, (feeds, count), generator), left, top)
        both = (expected + expected_of_others) / 2
        expected = torch.where(collage.flatten(2), both, expected)
        return vary(torch.where(collage, mixed, photos), generator), expected

    def _weights_of_feeds(self, feeds: int, generator: torch.Generator) -> Tensor:
        """How likely each photo is to be in each feed ``(feeds, N)``."""
        weights = self.weights.expand(feeds, -1)
        if self.plain is not None:
            only_plain = torch.rand(feeds, 1, generator=generator) < PLAIN_SHARE
            weights = weights * (self.plain == only_plain)
        first = torch.multinomial(weights, 1, generator=generator)  # (B, 1)
        kind = torch.rand(feeds, 1, generator=generator)
        of_folder = self.folders == self.folders[first]
        of_subject = torch.zeros_like(of_folder).scatter_(1, self._near[first[:, 0]], True)
        weights = torch.where(kind < FOCUSED, weights * of_folder, weights)
        return torch.where(kind > 1 - FOCUSED, weights * of_subject, weights)

    @cached_property
    def _near(self) -> Tensor:
        """The photos that show what each one shows, plain ones among plain ones, ``(N, 64)``; all
        where there are no more."""
        shown = self.subjects[:, 0].float()
        shown = F.normalize(shown - shown.mean(0), dim=1)
        similar = shown @ shown.T
        if self.plain is not None:
            similar = similar.masked_fill(self.plain != self.plain.unsqueeze(1), -torch.inf)
        return similar.topk(min(_SAME_SUBJECT, len(self)), dim=1).indices

    def _draw(
        self, weights: Tensor, count: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """References by weights ``(B, N)``, and what is expected of them."""
        assert self.expected is not None, "learn_expectation comes first"
        photo, crop = self._choose(weights, count, REFERENCE_CROPS, generator)
        pixels = self._pixels(self.references, photo, crop, generator)
        return pixels, self.expected[photo, crop].float()

    def _choose(
        self, weights: Tensor, count: int, crops: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        photo = _different(weights, count, generator)
        crop = torch.randint(crops, photo.shape, generator=generator)
        return photo.to(self.device), crop.to(self.device)

    def _pixels(
        self, crops: Tensor, photo: Tensor, crop: Tensor, generator: torch.Generator
    ) -> Tensor:
        chosen = crops[photo, crop].float() / 255
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
    photo: NDArray[np.uint8], count: int, least: float, rng: random.Random
) -> list[Box]:
    """The box of a whole photo ``(H, W, 3)``, then random ones whose sides are a share of its
    sides, from ``least`` to 1: left, top, right, bottom."""
    height, width = photo.shape[:2]
    boxes = [(0.0, 0.0, float(width), float(height))]
    while len(boxes) < count:
        w, h = rng.uniform(least, 1.0) * width, rng.uniform(least, 1.0) * height
        left, top = rng.uniform(0, width - w), rng.uniform(0, height - h)
        boxes.append((left, top, left + w, top + h))
    return boxes


def crops(photo: NDArray[np.uint8], size: int, boxes: Sequence[Box]) -> Tensor:
    """Boxes of a photo, each squeezed to a square, ``(N, 3, S, S)``."""
    squares = [crop_resized(photo, box, (size, size)) for box in boxes]
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2)


def _numbered(names: Sequence[Path | str]) -> Tensor:
    """Names by the order in which they first come, ``(N,)``."""
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return torch.tensor([order[name] for name in names])


def _set_names(paths: Sequence[Path]) -> list[str]:
    """What comes before two underscores in a file's name says which set it belongs to. Where that
    is more than a tenth of all photos it names a source, not a set, and each photo is by itself."""
    prefixes = [f"{path.parent}/{path.name.split('__')[0]}" for path in paths]
    common = Counter(prefixes)
    return [
        prefix if common[prefix] <= len(paths) / 10 else str(path)
        for path, prefix in zip(paths, prefixes, strict=True)
    ]


@dataclass
class Batch:
    """B looks: feeds that have them, other photos without and with them."""

    references: Tensor
    """Feeds with the look, ``(B, K, 3, 64, 64)``."""
    expected: Tensor
    """What is expected of what they show, ``(B, K, S + 12)``."""
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
    feeds, expected = bank.draw_feeds(looks, count, generator)
    photos = bank.draw_contents(looks, 2, generator)
    graded = drawn(photos)
    samples = _pixel_samples(bank, looks, pixel_samples, generator)
    return Batch(
        references=drawn(feeds),
        expected=expected,
        content=photos[:, 0],
        truth=graded[:, 0],
        real=graded[:, 1],
        samples=samples,
        samples_truth=drawn.pointwise(samples),
        pointwise=drawn.is_pointwise,
    )


def _pixel_samples(bank: PhotoBank, looks: int, count: int, generator: torch.Generator) -> Tensor:
    """``(looks, 3, 1, count)`` pixels of 24 photos each; a quarter is spread over the colour cube,
    so that rare colours stay well-behaved."""
    pixels = bank.draw_references(looks, _SAMPLED, generator).transpose(1, 2).flatten(2)
    pick = torch.randint(pixels.shape[-1], (looks, 1, count), generator=generator)
    samples = pixels.gather(2, pick.to(pixels.device).expand(-1, 3, -1)).unsqueeze(2)
    spread = torch.rand(looks, 3, 1, count // 4, generator=generator)
    samples[..., : count // 4] = spread.to(samples)
    return samples
