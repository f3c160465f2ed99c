"""Tone: how light and dark are spread over a feed's photos, given to each photo from its own.

Of every photo the quantiles of Oklab lightness are read. The feed's mean quantiles, less those that
plain photos with its grade have, are the *shift*; where the feed's photos are more alike than
plain ones, a photo is also *pulled* towards the feed. A photo's quantiles, moved so, give a
monotone curve of lightness: unlike a curve for all photos, it leaves a dark photo of a dark feed as
dark as it is. It comes after the grade and adds what colour statistics alone do not tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import srgb_to_oklab
from looksmith.grading import identity_lut, soft_gamut
from looksmith.plain import (
    COLOURS,
    FEW,
    Usual,
    even_quantiles,
    smooth_rise,
    thinned,
)
from looksmith.rendering import LUT_SIZE
from looksmith.tone_curve import matched_curve

QUANTILES = 16
_POINTS = 65  # of a curve
_SLOPES = (0.35, 2.5)
# Photos whose mean is half chance: of feeds that share an edit, and of those that are evidently
# lighter or darker. The best shares on validation looks were 0.27 of 8 photos, 0.62 of 32.
_EDITED, _EVIDENT = 20.0, 1.0
NO_EVIDENCE, _FULL_EVIDENCE = 1.2, 2.0
_PULL = 0.5
_COPIED = -1.0  # the pull where photos are to have one picture's quantiles, whatever their own
_USUAL = 4.0  # photos that the spread of plain ones counts for


@dataclass(frozen=True)
class Tone:
    """A feed's tone."""

    table: Tensor
    """``(3, 16)``: the quantiles of plain photos with the grade, the shift of each, and how
    far a quantile is pulled back to them (−1 … 0); as strong as ``amount`` says."""
    evidence: float
    """Distance to plain photos with the grade, the nearer ones; 1 is what chance makes."""
    amount: float
    """How much is given by default, 0 … 1."""
    variety: float | None = None
    """How much the feed's photos differ in lightness, in units of what plain photos do; None where
    they are too few."""


@torch.no_grad()
def find_tone(
    usual: Usual,
    grade: Tensor,
    photos: Tensor,
    weight: float,
    in_full: bool = False,
    certain: bool = False,
) -> Tone:
    """The tone of a feed.

    What is evidently lighter or darker than plain photos, those of all kinds and those of the same
    things, is the feed's as it is; of what is merely likely, the lesser difference.

    Args:
        usual: plain photos.
        grade: the feed's grade as a LUT ``(1, 3, M, M, M)``.
        photos: the feed ``(K, 3, S, S)`` sRGB.
        weight: how far the grade is beyond chance, 0 … 1. A feed that was clearly edited gets the
            tone that its photos make likely; another one only what is beyond chance itself.
        in_full: make photos as light and dark as these, whatever the evidence, as far as a smooth
            curve can (``tone_curve.py``).
        certain: somebody knows that the feed has one look, so no evidence is asked for.
    """
    everything, alike = (even_quantiles(lab[:, 0], QUANTILES) for lab in usual.graded(grade))
    own = even_quantiles(thinned(photos, COLOURS)[:, 0], QUANTILES)
    centre = everything.mean(0)
    apart = own.mean(0) - centre
    if in_full:
        return Tone(torch.stack((centre, apart, torch.full((QUANTILES,), _COPIED))), 0.0, 1.0)
    evidence, common = usual.beyond(everything, alike, own)
    count = usual.independent(len(own))
    sure = 1.0 if certain else smooth_rise(evidence, NO_EVIDENCE, _FULL_EVIDENCE)
    sure *= count / (count + _EVIDENT) if certain or len(own) >= FEW else 0.0
    likely = max(0.0, weight * count / (count + _EDITED) - sure)
    shift = sure * apart + likely * common
    pull = _PULL * (torch.maximum(_alike(everything, own), _alike(alike, own)) - 1)
    table = torch.stack((centre, shift, (sure + likely) * pull))
    variety = None
    if len(own) >= FEW:
        variety = float((own.var(0).mean() / everything.var(0).mean()).sqrt())
    return Tone(table, evidence, sure + likely, variety)


def lightness_quantiles(photos: Tensor) -> Tensor:
    """Quantiles of Oklab lightness of ``(B, 3, H, W)`` sRGB photos, ``(B, 16)``."""
    return even_quantiles(srgb_to_oklab(photos)[:, 0].flatten(1), QUANTILES)


def _alike(usual: Tensor, own: Tensor) -> Tensor:
    """Spread of the feed's quantiles against that of plain photos, at most 1, ``(16,)``."""
    plain = usual.var(0).clamp(min=1e-6)
    theirs = (own - own.mean(0)).square().sum(0)
    return ((theirs + _USUAL * plain) / (len(own) - 1 + _USUAL) / plain).sqrt().clamp(max=1)


# Giving it ----------------------------------------------------------------------------------------


def tone_lut(table: Tensor, photo: Tensor | None = None, weights: Tensor | None = None) -> Tensor:
    """The tone for one photo as a LUT ``(1, 3, 17, 17, 17)`` in [0, 1].

    Args:
        table: tables of P parts ``(P, 3, 16)``, whose changes add up.
        photo: the photo with the grade ``(1, 3, H, W)`` sRGB; None for an ordinary one.
        weights: of the parts ``(P,)``, from which follows what an ordinary photo is; equal ones
            where None.
    """
    centre, shift, pull = table.unbind(1)
    quantiles = _usual(centre, weights) if photo is None else lightness_quantiles(photo)[0]
    moved = (shift + pull * (quantiles - centre)).sum(0)
    if bool((pull.sum(0) < _COPIED + 1e-4).all()):  # parts copy in all, each its share
        return _curve_lut(matched_curve(quantiles, quantiles + moved, _POINTS))
    return _curve_lut(_curve(quantiles, moved))


def _usual(centre: Tensor, weights: Tensor | None) -> Tensor:
    """The quantiles of an ordinary photo ``(16,)``, by those of the parts ``(P, 16)``."""
    if weights is None or float(weights.sum()) == 0:
        return centre.mean(0)
    return ((weights / weights.sum()).view(-1, 1) * centre).sum(0)


def _curve(quantiles: Tensor, moved: Tensor) -> Tensor:
    """Lightness after, at 65 lightnesses from 0 to 1: quantiles moved by so much, smooth in
    between, monotone with bounded slope; white stays, black is lifted only so far. In operations
    that ONNX has, too."""
    x = torch.linspace(0, 1, _POINTS)
    at = quantiles + 1e-4 * torch.arange(QUANTILES)  # flat photos have equal ones
    share = ((x.unsqueeze(1) - at[:-1]) / (at[1:] - at[:-1])).clamp(0, 1)
    change = moved[0] + (share * (moved[1:] - moved[:-1])).sum(1)
    weights = torch.exp(-(torch.linspace(-2, 2, 9) ** 2) / 2)
    padded = F.pad(change.view(1, 1, -1), (4, 4), mode="replicate")
    change = F.conv1d(padded, (weights / weights.sum()).view(1, 1, -1))[0, 0]
    held = ((1 - x) / 0.12).clamp(0, 1) * (0.25 + x / 0.25).clamp(0, 1)
    raised = x + held * change
    least, most = (slope / (_POINTS - 1) for slope in _SLOPES)
    rise = (raised[1:] - raised[:-1]).clamp(least, most).cumsum(0)
    start = raised[:1].clamp(0, 0.5)
    room = 1 - start
    risen = torch.cat((torch.zeros(1), rise * torch.minimum(room / rise[-1], torch.ones(1))))
    return start + risen + (room - risen[-1]) * x**2


def _curve_lut(curve: Tensor) -> Tensor:
    """A curve of lightness as a LUT. Chroma follows lightness half-way, as it does in full when
    light is taken away."""
    colours = identity_lut(LUT_SIZE).flatten(1)
    lattice = srgb_to_oklab(colours.unsqueeze(1))[:, 0]
    lightness, colour = lattice[0].clamp(0, 1), lattice[1:]
    at = lightness * (_POINTS - 1)
    below = at.floor().clamp(max=_POINTS - 2).long()
    after = curve[below] + (curve[below + 1] - curve[below]) * (at - below)
    factor = (after / lightness.clamp(min=0.02)).clamp(0.2, 1.3).sqrt()
    lab = torch.cat((after.unsqueeze(0), colour * factor))
    return soft_gamut(lab, colours).view(1, 3, LUT_SIZE, LUT_SIZE, LUT_SIZE)
