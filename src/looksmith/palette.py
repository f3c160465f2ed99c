"""Palette: what a feed's shadows, midtones and lights lean to, and how dense its colours are.

A cast of each tone and one factor of chroma are a few numbers, so a few photos are evidence of them
where they are none of a whole distribution (``mood.py``): five photos that are all blue say so,
however much they differ otherwise. What plain photos with the feed's grade and tone have already is
taken off, those of all kinds or those of the same things, whichever leaves less. Whites stay clean,
blacks uncoloured, skin turns less than the rest. Photos that are all black and white, one or many,
say that colour is to go, and it goes to the last trace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import oklab_to_srgb, srgb_to_oklab
from looksmith.grading import identity_lut, soft_gamut
from looksmith.mood import guarded, kept, partly
from looksmith.plain import (
    COLOURS,
    FEW,
    Usual,
    even_quantiles,
    lesser,
    smooth_rise,
    thinned,
)
from looksmith.rendering import LUT_SIZE

_EDGES = (0.0, 0.45, 0.7, 1.01)  # of shadows, midtones and lights, Oklab
_CENTRES = (0.3, 0.58, 0.85)
_RARE = 0.02  # share of a photo, at which a tone's cast counts half
_QUANTILES = 16
# Of looks of known truth, whose feeds share nothing beyond the edit, nine in ten stay below 1.7.
NO_EVIDENCE, FULL_EVIDENCE = 1.8, 3.0
_DENSITIES = (0.5, 1.6)
# A photo is black and white if nearly all of it has no more chroma than compression leaves.
_GREY, _MOST_OF_A_PHOTO, _OTHERS = 0.01, 0.98, 0.1
_VIVID = 0.15  # chroma, from which on colours change little
_SKIN_HUE, _SKIN_WIDTH = 50.0, 30.0  # degrees, Oklab
_SKIN_CHROMAS = (0.02, 0.05, 0.13, 0.18)
_SKIN_SHARE = 0.4  # of the change that skin takes
_SKIN_TURN = 6.0  # degrees that its hue may turn


@dataclass(frozen=True)
class Palette:
    """A feed's palette beyond its grade."""

    lut: Tensor
    """``(1, 3, 17, 17, 17)``, as strong as ``amount`` says."""
    evidence: float
    """Distance to plain photos with grade and tone, the nearer ones, of casts or of density; 1 is
    what chance makes."""
    amount: float
    """How much is given by default, 0 … 1."""
    grey: bool = False
    """Whether the feed is black and white, and nothing that comes later may add colour."""


@torch.no_grad()
def find_palette(
    usual: Usual, grade: Tensor, photos: Tensor, in_full: bool = False, certain: bool = False
) -> Palette:
    """The palette of a feed.

    Args:
        usual: plain photos.
        grade: the feed's grade and tone as a LUT ``(1, 3, M, M, M)``.
        photos: the feed ``(K, 3, S, S)`` sRGB.
        in_full: the mood is given in full and takes the palette along, so there is none, except of
            black and white.
        certain: somebody knows that the feed has one look, so no evidence is asked for.
    """
    own = thinned(photos, COLOURS)
    if _is_grey(own):
        return Palette(_grey_lut(), _evidence_of_grey(usual, grade, own), 1.0, grey=True)
    nothing = identity_lut(LUT_SIZE).unsqueeze(0)
    if in_full or (len(photos) < FEW and not certain):
        return Palette(nothing, 0.0, 0.0)
    everything, alike = usual.graded(grade)
    evidence, shift = usual.beyond(_casts(everything), _casts(alike), _casts(own))
    amount = _given(evidence, len(own), certain)
    cast = amount * shift.view(3, 2)
    chromas = [_chroma_quantiles(_leaning(lab, cast)) for lab in (everything, alike)]
    dense_evidence, dense, density = _density(
        usual, *chromas, own=_chroma_quantiles(own), certain=certain
    )
    evidence, amount = max(evidence, dense_evidence), max(amount, dense)
    if amount == 0:
        return Palette(nothing, evidence, 0.0)
    lut = _palette_lut(cast, density)
    share = guarded(lut, grade)
    return Palette(partly(lut, share), evidence, share * amount)


def _is_grey(own: Tensor) -> bool:
    """Whether ``(K, 3, P)`` Oklab are black-and-white photos; of many, one in ten may be not."""
    vivid = own[:, 1:].norm(dim=1).quantile(_MOST_OF_A_PHOTO, dim=1)
    return float((vivid < _GREY).float().mean()) > 1 - _OTHERS


def _grey_lut() -> Tensor:
    """Every colour as the grey of its lightness ``(1, 3, 17, 17, 17)``."""
    lab = srgb_to_oklab(identity_lut(LUT_SIZE).flatten(1).unsqueeze(1))
    greys = oklab_to_srgb(torch.cat((lab[:1], torch.zeros_like(lab[1:])))).clamp(0, 1)
    shade = greys.mean(0, keepdim=True)
    return shade.view(1, 1, LUT_SIZE, LUT_SIZE, LUT_SIZE).expand(-1, 3, -1, -1, -1).contiguous()


def _evidence_of_grey(usual: Usual, grade: Tensor, own: Tensor) -> float:
    everything, alike = (_chroma_quantiles(lab) for lab in usual.graded(grade))
    return usual.beyond(everything, alike, _chroma_quantiles(own))[0]


def _given(evidence: float, count: int, certain: bool) -> float:
    """How much is given on the evidence of so many photos, 0 … 1."""
    rise = 1.0 if certain else smooth_rise(evidence, NO_EVIDENCE, FULL_EVIDENCE)
    return rise * count / (count + 1)


def _leaning(lab: Tensor, cast: Tensor) -> Tensor:
    """``(N, 3, P)`` Oklab with casts ``(3, 2)``."""
    return torch.cat((lab[:, :1], lab[:, 1:] + _by_tone(cast, lab[:, 0]).movedim(-1, 1)), dim=1)


def _density(
    usual: Usual, everything: Tensor, alike: Tensor, *, own: Tensor, certain: bool
) -> tuple[float, float, float]:
    """Of chromas of plain photos with the casts, all and alike, and the feed's: evidence that its
    colours are denser or paler, how much is given, and the factor of chroma."""
    evidence, _ = usual.beyond(everything, alike, own)
    amount = _given(evidence, len(own), certain)
    factors = [own.mean() / chromas.mean().clamp(min=1e-3) for chromas in (everything, alike)]
    one, other = (factor.clamp(*_DENSITIES).log() for factor in factors)
    return evidence, amount, float((amount * lesser(one, other)).exp())


def _casts(lab: Tensor) -> Tensor:
    """Mean a and b of shadows, midtones and lights of ``(N, 3, P)`` Oklab, ``(N, 6)``; of a tone
    that is rare in a photo, the less the rarer it is."""
    lightness, found = lab[:, :1], []
    for low, high in pairwise(_EDGES):
        inside = ((lightness >= low) & (lightness < high)).float()
        share = inside.mean(-1)
        found.append((lab[:, 1:] * inside).mean(-1) / (share + _RARE))
    return torch.cat(found, dim=1)


def _chroma_quantiles(lab: Tensor) -> Tensor:
    """``(N, 3, P)`` Oklab to quantiles of chroma ``(N, 16)``."""
    return even_quantiles(lab[:, 1:].norm(dim=1), _QUANTILES)


def _by_tone(cast: Tensor, lightness: Tensor) -> Tensor:
    """Casts of three tones ``(3, 2)`` at lightnesses ``(…)``, linear in between: ``(…, 2)``."""
    low, middle, high = _CENTRES
    up = ((lightness - low) / (middle - low)).clamp(0, 1).unsqueeze(-1)
    on = ((lightness - middle) / (high - middle)).clamp(0, 1).unsqueeze(-1)
    return cast[0] + up * (cast[1] - cast[0]) + on * (cast[2] - cast[1])


def _palette_lut(cast: Tensor, density: float) -> Tensor:
    """Casts ``(3, 2)`` and a factor of chroma as a LUT ``(1, 3, 17, 17, 17)`` in [0, 1]."""
    colours = identity_lut(LUT_SIZE).flatten(1)  # (3, 17³)
    lab = srgb_to_oklab(colours.unsqueeze(1))[:, 0]
    skin = skin_like(lab)
    pale = 1 / (1 + (lab[1:].norm(dim=0) / _VIVID) ** 2)
    factor = 1 + (density - 1) * pale * (1 - (1 - _SKIN_SHARE) * skin)
    leaning = _by_tone(cast, lab[0]).T * kept(lab)[1:] * pale
    leaning = leaning + skin * (_held(leaning, lab[1:]) - leaning)
    moved = torch.cat((lab[:1], lab[1:] * factor + leaning))
    change = (soft_gamut(moved, colours) - colours).view(1, 3, LUT_SIZE, LUT_SIZE, LUT_SIZE)
    # The edge of the gamut and of what is skin leave kinks.
    smooth = F.avg_pool3d(F.pad(change, (1,) * 6, mode="replicate"), 3, 1)
    return (identity_lut(LUT_SIZE) + smooth).clamp(0, 1)


def _held(leaning: Tensor, colour: Tensor) -> Tensor:
    """Changes ``(2, P)`` of a and b of skin ``(2, P)``: a part of them along its hue, and across it
    only so far that the hue turns by a few degrees."""
    chroma = colour.norm(dim=0).clamp(min=1e-4)
    hue = colour / chroma
    normal = torch.stack((-hue[1], hue[0]))
    along = _SKIN_SHARE * (leaning * hue).sum(0)
    most = math.tan(math.radians(_SKIN_TURN)) * (chroma + along).clamp(min=0)
    across = (leaning * normal).sum(0).clamp(-most, most)
    return along * hue + across * normal


def skin_like(lab: Tensor, near: float = _SKIN_WIDTH, far: float = 2 * _SKIN_WIDTH) -> Tensor:
    """How much ``(3, P)`` Oklab colours are like skin, 0 … 1, ``(P,)``: in full up to ``near``
    degrees from its hue, and not at all from ``far`` on."""
    chroma = lab[1:].norm(dim=0)
    away = (180 / math.pi * torch.atan2(lab[2], lab[1]) - _SKIN_HUE).abs()
    hue = ((far - away) / (far - near)).clamp(0, 1)
    nothing, least, most, vivid = _SKIN_CHROMAS
    rise = ((chroma - nothing) / (least - nothing)).clamp(0, 1)
    fall = ((vivid - chroma) / (vivid - most)).clamp(0, 1)
    return hue * rise * fall
