"""Photographic statistics: what a photographer's histogram, vectorscope and loupe would tell.

``photographic_statistics`` describes one photo by about 600 numbers that say little about its
subject and much about its grade; ``transport_map`` is the linear map between two populations.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import constant, full_precision, luma, srgb_to_oklab

QUANTILES = 17
TONE_BINS = 8
CHROMA_BINS = 7
CHROMA_REACH = 0.24  # Oklab a and b at the outermost bins; few photos go beyond


@full_precision
def photographic_statistics(photos: Tensor) -> Tensor:
    """Statistics of ``(N, 3, S, S)`` sRGB photos in [0, 1], as ``(N, D)``.

    ``colour_statistics``, then rings and rows (vignettes, skies), then band energies in shadows,
    midtones and highlights (local contrast, sharpness, grain).
    """
    thin = photos[..., ::2, ::2] if photos.shape[-1] >= 64 else photos
    parts = [
        colour_statistics(thin),
        _places(srgb_to_oklab(F.adaptive_avg_pool2d(photos, 8))),
        _band_energies(photos),
    ]
    return torch.cat(parts, dim=1)


@full_precision
def colour_statistics(pixels: Tensor) -> Tensor:
    """The part that does not depend on where pixels lie: ``(N, 3, H, W)`` to ``(N, C)``.

    Quantiles of R, G, B, luma and spread; colour moments; a joint soft histogram of Oklab
    lightness and chroma; chroma per tone.
    """
    flat = pixels.flatten(2)  # (N, 3, P)
    tone = luma(pixels).flatten(2)  # (N, 1, P)
    lab = srgb_to_oklab(pixels).flatten(2)  # (N, 3, P)
    return torch.cat((_quantiles(flat, tone), _moments(flat), *_histograms(lab)), dim=1)


def _quantiles(pixels: Tensor, tone: Tensor) -> Tensor:
    spread = pixels.amax(1, keepdim=True) - pixels.amin(1, keepdim=True)
    ordered = torch.cat((pixels, tone, spread), dim=1).sort(dim=-1).values  # (N, 5, P)
    at = torch.linspace(0.005, 0.995, QUANTILES, device=pixels.device) * (ordered.shape[-1] - 1)
    return ordered[..., at.round().long()].flatten(1)


def _moments(pixels: Tensor) -> Tensor:
    mean, covariance = mean_and_covariance(pixels)
    centred = pixels - mean.unsqueeze(-1)
    skew = (centred**3).mean(-1) / (centred**2).mean(-1).clamp(min=1e-4) ** 1.5
    return torch.cat((mean, 4 * covariance.flatten(1), 0.1 * skew.clamp(-5, 5)), dim=1)


@full_precision
def mean_and_covariance(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Mean ``(N, 3)`` and covariance ``(N, 3, 3)`` of pixels ``(N, 3, P)``."""
    mean = pixels.mean(-1)
    centred = pixels - mean.unsqueeze(-1)
    return mean, centred @ centred.transpose(1, 2) / pixels.shape[-1]


@full_precision
def pool_moments(mean: Tensor, covariance: Tensor) -> tuple[Tensor, Tensor]:
    """Moments of K photos together, from ``(B, K, 3)`` means and ``(B, K, 3, 3)`` covariances."""
    together = mean.mean(1)
    apart = mean - together.unsqueeze(1)
    between = apart.transpose(1, 2) @ apart / mean.shape[1]
    return together, covariance.mean(1) + between


def _soft_bins(values: Tensor, low: float, high: float, count: int) -> Tensor:
    """Triangular membership of ``(N, P)`` values in ``count`` bins: ``(N, count, P)``."""
    centres = torch.linspace(low, high, count, device=values.device).view(1, -1, 1)
    width = (high - low) / (count - 1)
    values = values.clamp(low, high).unsqueeze(1)
    return (1 - (values - centres).abs() / width).clamp(min=0)


def _histograms(lab: Tensor) -> tuple[Tensor, Tensor]:
    lightness, a, b = lab.unbind(1)
    in_tone = _soft_bins(lightness, 0.05, 0.95, TONE_BINS)
    in_a = _soft_bins(a, -CHROMA_REACH, CHROMA_REACH, CHROMA_BINS)
    in_b = _soft_bins(b, -CHROMA_REACH, CHROMA_REACH, CHROMA_BINS)
    in_chroma = (in_a.unsqueeze(2) * in_b.unsqueeze(1)).flatten(1, 2)  # (N, 49, P)
    joint = in_tone @ in_chroma.transpose(1, 2) / lab.shape[-1]  # (N, 8, 49)
    moments = torch.stack((torch.ones_like(a), a, b, a * a, b * b, a * b), dim=-1)
    per_tone = in_tone @ moments / lab.shape[-1]  # (N, 8, 6)
    weight = per_tone[..., :1]
    chroma = per_tone[..., 1:] / (weight + 0.02)
    per_tone = torch.cat(
        ((weight + 1e-5).sqrt(), chroma[..., :2] * 4, chroma[..., 2:] * 20), dim=-1
    )
    # The square root makes histogram differences Hellinger distances; the offset keeps its slope.
    return (joint.flatten(1) + 1e-4).sqrt(), per_tone.flatten(1)


# Which of four rings a place of an 8×8 thumbnail lies in, counted from the centre.
_RINGS = tuple(tuple(max(abs(2 * y - 7), abs(2 * x - 7)) // 2 for x in range(8)) for y in range(8))


def _places(small: Tensor) -> Tensor:
    """Mean Oklab of four rings and four rows of an 8×8 thumbnail ``(N, 3, 8, 8)``."""
    ring_of = constant(_RINGS, small)
    inside = [(ring_of == ring).to(small) for ring in range(4)]
    rings = [(small * ring).sum((-1, -2)) / (8 * n + 4) for n, ring in enumerate(inside)]
    rows = [small[:, :, 2 * r : 2 * r + 2].mean((-1, -2)) for r in range(4)]
    return torch.cat(rings + rows, dim=1)


def _band_energies(photos: Tensor) -> Tensor:
    """Log energy of three octaves of luma in shadows, midtones and highlights, ``(N, 9)``."""
    tone = luma(photos)
    energies = []
    for _ in range(3):
        coarse = F.avg_pool2d(tone, 2)
        detail = (tone - F.interpolate(coarse, tone.shape[-2:], mode="nearest")) ** 2
        for low, high in ((-0.1, 0.33), (0.33, 0.66), (0.66, 1.1)):
            inside = ((tone > low) & (tone <= high)).float()
            energy = (detail * inside).sum((1, 2, 3)) / (inside.sum((1, 2, 3)) + 8)
            energies.append(torch.log10(energy + 1e-5))
        tone = coarse
    return torch.stack(energies, dim=1)


def _matrix_power(matrix: Tensor, power: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag_embed(values.clamp(min=1e-8) ** power) @ vectors.transpose(-1, -2)


@torch.no_grad()
@full_precision
def transport_map(
    mean_from: Tensor, covariance_from: Tensor, mean_to: Tensor, covariance_to: Tensor
) -> Tensor:
    """The linear optimal-transport map between Gaussians, ``(B, 3, 4)``: ``M[:, :3] x + M[:, 3]``.

    Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping" (2007). Means are
    ``(B, 3)``, covariances ``(B, 3, 3)``.
    """
    ridge = 1e-5 * torch.eye(3, device=mean_to.device)
    root = _matrix_power(covariance_from + ridge, 0.5)
    inverse_root = _matrix_power(covariance_from + ridge, -0.5)
    middle = _matrix_power(root @ (covariance_to + ridge) @ root, 0.5)
    linear = inverse_root @ middle @ inverse_root
    offset = mean_to - (linear @ mean_from.unsqueeze(-1)).squeeze(-1)
    return torch.cat((linear, offset.unsqueeze(-1)), dim=-1)
