"""Figures of merit between two photos, ``(H, W, 3)`` float sRGB in [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from looksmith.evaluation.images import Image


@dataclass(frozen=True)
class Figures:
    """Mean CIEDE2000, PSNR in dB and SSIM."""

    delta_e: float
    psnr: float
    ssim: float


def delta_e(image: Image, truth: Image) -> float:
    """Mean CIEDE2000 (Sharma et al. 2005), through scikit-image."""
    return float(deltaE_ciede2000(rgb2lab(image), rgb2lab(truth)).mean())


def psnr(image: Image, truth: Image) -> float:
    """Peak signal-to-noise ratio in dB for a peak of 1, at most 100."""
    error = float(((image - truth) ** 2).mean())
    return min(100.0, -10 * math.log10(max(error, 1e-12)))


def compare(image: Image, truth: Image) -> Figures:
    """All figures of one photo."""
    ssim = structural_similarity(image, truth, channel_axis=2, data_range=1.0)
    return Figures(delta_e(image, truth), psnr(image, truth), float(ssim))


def mean_figures(figures: Sequence[Figures]) -> Figures:
    """The mean of each figure."""
    return Figures(
        float(np.mean([f.delta_e for f in figures])),
        float(np.mean([f.psnr for f in figures])),
        float(np.mean([f.ssim for f in figures])),
    )
