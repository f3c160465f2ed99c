"""Mood: what a feed's photos share beyond the edit, as one 3D LUT that comes after the grade.

Plain photos' colours, rendered with the grade, are moved towards the feed's colours: a smooth
displacement of Oklab on a coarse lattice, fitted by gradient descent on the sliced Wasserstein
distance (Bonneel et al., "Sliced and Radon Wasserstein Barycenters of Measures", 2015), held by
guards: tone stays monotone with bounded slope, whites and blacks stay clean, skin of every tone
keeps its hue, nothing leaves the gamut.

How much of it is given follows from evidence: how far the feed lies from plain photos with the same
grade, those of all kinds and those of the same things, in units of what as many photos differ by
chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import oklab_to_srgb, srgb_to_oklab
from looksmith.grading import apply_lut, identity_lut
from looksmith.plain import (
    FEW,
    Usual,
    even_quantiles,
    graded_palettes,
    smooth_rise,
    thinned,
)
from looksmith.rendering import LUT_SIZE

_DIRECTIONS, _QUANTILES = 64, 24
_COLOURS = 300  # of a photo of the feed
_SKIN_LIGHTNESS = (0.28, 0.9)  # Oklab, from very dark to very light
_SKIN_HUES, _SKIN_CHROMAS = (30.0, 40.0, 50.0, 60.0, 70.0), (0.04, 0.07, 0.1, 0.13)
_SMOOTH_COLOUR = 1.0  # where light, which shows bends first, is left alone
_TURN = 5.0  # degrees that skin's hue may turn before a penalty
# Of many photos; the fewer, the more chance there is in their own spread.
_NO_EVIDENCE, _FULL_EVIDENCE, _FOR_ONE = 1.1, 1.6, 1.6
_MOST_TURN = 8.0  # degrees in the mean, beyond which the mood is given in part
_MORE_TURN = 1.0  # of a grade that turns skin farther


@dataclass(frozen=True)
class MoodSettings:
    """Of the fit; chosen on feeds that no benchmark reports."""

    steps: int = 80
    colours: int = 1024
    """Colours a step."""
    directions: int = 16
    """Directions a step."""
    cells: int = 9
    """Nodes of the displacement along each axis."""
    rate: float = 0.02
    smooth: float = 3.0
    slopes: tuple[float, float] = (0.35, 2.5)
    """Least and greatest slope of lightness along greys."""


@dataclass(frozen=True)
class Mood:
    """A feed's mood."""

    lut: Tensor
    """``(1, 3, 17, 17, 17)``, as strong as ``amount`` says."""
    evidence: float
    """Distance of the feed to plain photos with its grade, the nearer ones; 1 is what chance
    makes."""
    amount: float
    """How much of the fitted map is given by default, 0 … 1."""


def find_mood(
    usual: Usual,
    grade: Tensor,
    photos: Tensor,
    seed: int = 0,
    settings: MoodSettings | None = None,
    in_full: bool = False,
) -> Mood:
    """The mood of a feed.

    Args:
        usual: plain photos.
        grade: the feed's grade as a LUT ``(1, 3, M, M, M)``.
        photos: the feed ``(K, 3, S, S)`` sRGB.
        seed: of the colours and directions that are drawn; the same gives the same mood.
        settings: of the fit.
        in_full: give its colour whatever the evidence says, as far as the guards allow; its light
            is the tone's, in full.
    """
    settings = settings or MoodSettings(smooth=_SMOOTH_COLOUR if in_full else MoodSettings.smooth)
    with torch.no_grad():
        everything, alike = (_quantiles(lab) for lab in usual.graded(grade))
        evidence, _ = usual.beyond(everything, alike, _quantiles(thinned(photos, _COLOURS)))
    amount = 1.0 if in_full else amount_of(evidence, len(photos))
    if amount == 0:
        return Mood(identity_lut(LUT_SIZE).unsqueeze(0), evidence, 0.0)
    with torch.no_grad():
        graded = graded_palettes(usual.palettes if in_full else usual.alike, grade)
    fitted = _Fit(graded, grade, photos, seed, settings, colour_only=in_full).run()
    amount *= guarded(fitted, grade)
    return Mood(partly(fitted, amount), evidence, amount)


# Evidence -----------------------------------------------------------------------------------------


def amount_of(evidence: float, count: int) -> float:
    """How much of a mood is given, 0 … 1, on the evidence of so many photos. On looks of known
    truth, whose feeds share nothing beyond the edit, evidence after grade and tone is 0.8 in the
    median and 1.1 in one of ten; that of real feeds 1.2 and 1.5. Given in full, a mood would cost
    looks of known truth a ΔE2000 of 3."""
    if count < FEW:
        return 0.0
    more = _FOR_ONE / count
    return smooth_rise(evidence, _NO_EVIDENCE + more, _FULL_EVIDENCE + more)


def _quantiles(lab: Tensor) -> Tensor:
    """``(N, 3, P)`` Oklab to quantiles along fixed directions ``(N, 64 · 24)``."""
    along = torch.einsum("dc,ncp->ndp", _directions(), lab)
    return even_quantiles(along, _QUANTILES).flatten(1)


@cache
def _directions() -> Tensor:
    """Unit vectors ``(64, 3)``, the same each time."""
    drawn = torch.randn(_DIRECTIONS, 3, generator=torch.Generator().manual_seed(0))
    return F.normalize(drawn, dim=1)


# The fit ------------------------------------------------------------------------------------------


class _Fit:
    """One fit: what does not change from step to step, and the displacement."""

    def __init__(
        self,
        graded: Tensor,
        grade: Tensor,
        photos: Tensor,
        seed: int,
        settings: MoodSettings,
        colour_only: bool,
    ) -> None:
        self.settings = settings
        self.generator = torch.Generator().manual_seed(seed)
        self.source = graded.transpose(0, 1).flatten(1)  # (3, N·P)
        self.goals = self._goals(photos)
        lattice = identity_lut(LUT_SIZE).flatten(1)
        self.lattice = _lab(lattice)  # (3, 17³)
        self.keep = kept(self.lattice)
        if colour_only:
            self.keep[0] = 0
        self.skin = _lab(skin_colours())
        self.skin_graded = apply_lut(skin_colours().view(1, 3, 1, -1), grade).clamp(0, 1)
        cells = settings.cells
        self.displacement = torch.zeros(1, 3, cells, cells, cells, requires_grad=True)

    def _goals(self, photos: Tensor) -> Tensor:
        """The feed's quantiles along each direction, ``(64, colours)``."""
        colours = photos.transpose(0, 1).flatten(1)
        picks = torch.randperm(colours.shape[1], generator=self.generator)[:16384]
        ordered = (_directions() @ _lab(colours[:, picks])).sort(1).values
        return F.interpolate(
            ordered.unsqueeze(0), self.settings.colours, mode="linear", align_corners=False
        )[0]

    def run(self) -> Tensor:
        """The fitted LUT ``(1, 3, 17, 17, 17)`` in [0, 1]."""
        optimizer = torch.optim.Adam([self.displacement], betas=(0.9, 0.95))
        for step in range(self.settings.steps):
            done = step / self.settings.steps
            optimizer.param_groups[0]["lr"] = self.settings.rate * (1.02 - done) ** 0.75
            lut = self._lut()
            loss = 100 * self._distance(lut) + self._penalty(lut)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            return self._lut().clamp(0, 1)

    def _lut(self) -> Tensor:
        shift = F.interpolate(self.displacement, LUT_SIZE, mode="trilinear", align_corners=True)
        moved = self.lattice + shift[0].flatten(1) * self.keep
        return oklab_to_srgb(moved.unsqueeze(1)).view(1, 3, LUT_SIZE, LUT_SIZE, LUT_SIZE)

    def _distance(self, lut: Tensor) -> Tensor:
        """Squared sliced Wasserstein distance of some moved plain colours to the feed."""
        count = self.settings.colours
        picks = torch.randint(self.source.shape[1], (count,), generator=self.generator)
        some = torch.randperm(_DIRECTIONS, generator=self.generator)[: self.settings.directions]
        moved = apply_lut(self.source[:, picks].view(1, 3, 1, -1), lut)[0, :, 0]
        along = _directions()[some] @ _lab(moved.clamp(1e-4, 1))
        return (along.sort(1).values - self.goals[some]).square().mean()

    def _penalty(self, lut: Tensor) -> Tensor:
        outside = lut - lut.clamp(0, 1)
        return (
            self.settings.smooth * _roughness(self.displacement[0])
            + 5 * _steepness(lut, self.settings.slopes)
            + 20 * outside.square().mean()
            + 200 * self._skin_penalty(lut)
        )

    def _skin_penalty(self, lut: Tensor) -> Tensor:
        """How far skin turns beyond what is allowed, or grows more vivid than half as much again.
        The part of a colour across its old hue is compared with the part along it, so that grey,
        which has no hue, costs nothing."""
        after = _lab(apply_lut(self.skin_graded, lut)[0, :, 0].clamp(0, 1))[1:]
        chroma = self.skin[1:].norm(dim=0)
        hue = self.skin[1:] / chroma
        along = (after * hue).sum(0)
        across = (after[1] * hue[0] - after[0] * hue[1]).abs()
        allowed = math.tan(math.radians(_TURN)) * along.clamp(min=0)
        turned = F.relu(across - allowed).square() + F.relu(-along).square()
        return (turned + 0.2 * F.relu(along - 1.5 * chroma).square()).mean()


def _lab(colours: Tensor) -> Tensor:
    """``(3, P)`` sRGB to Oklab."""
    return srgb_to_oklab(colours.unsqueeze(1))[:, 0]


def _smoothstep(values: Tensor, low: float, high: float) -> Tensor:
    share = ((values - low) / (high - low)).clamp(0, 1)
    return share * share * (3 - 2 * share)


def kept(lattice: Tensor) -> Tensor:
    """How much of the displacement each lattice colour takes ``(3, 17³)``: near-whites none, blacks
    may be lifted and not coloured."""
    lightness, chroma = lattice[0], lattice[1:].norm(dim=0)
    white = _smoothstep(lightness, 0.76, 0.94) * torch.exp(-((chroma / 0.1) ** 2))
    lift = 1 - white
    colour = lift * _smoothstep(lightness, 0.0, 0.55)
    return torch.stack((lift * (0.3 + 0.7 * _smoothstep(lightness, 0.0, 0.4)), colour, colour))


def _roughness(displacement: Tensor) -> Tensor:
    """Mean squared second difference of ``(3, n, n, n)`` along its axes, per cell squared."""
    steps = displacement.shape[-1] - 1
    bends = [displacement.diff(n=2, dim=axis).square().mean() for axis in (1, 2, 3)]
    return steps**2 * torch.stack(bends).mean()


def _steepness(lut: Tensor, slopes: tuple[float, float]) -> Tensor:
    """How far slopes leave their bounds: each channel along its own axis, lightness along greys."""
    steps = lut.shape[-1] - 1
    total = torch.zeros(())
    for channel in range(3):
        slope = lut[0, channel].diff(dim=2 - channel) * steps
        total = total + (F.relu(0.15 - slope).square() + F.relu(slope - 3.5).square()).mean()
    slope = grey_slopes(lut)
    least, most = slopes
    return total + (F.relu(least - slope).square() + F.relu(slope - most).square()).mean()


def grey_slopes(lut: Tensor) -> Tensor:
    """Slopes of Oklab lightness along the greys of a LUT ``(1, 3, N, N, N)``, ``(N − 1,)``."""
    size = lut.shape[-1]
    diagonal = torch.arange(size)
    made = _lab(lut[0, :, diagonal, diagonal, diagonal].clamp(0, 1))[0]
    given = _lab(torch.linspace(0, 1, size).expand(3, -1))[0]
    return made.diff() / given.diff()


@cache
def skin_colours() -> Tensor:
    """Colours of skin from very dark to very light, ``(3, P)`` sRGB: all in gamut of a lattice of
    lightness, chroma and hue in Oklab."""
    lightness, chroma, hue = torch.meshgrid(
        torch.linspace(*_SKIN_LIGHTNESS, 9),
        torch.tensor(_SKIN_CHROMAS),
        torch.tensor(_SKIN_HUES).deg2rad(),
        indexing="ij",
    )
    lab = torch.stack((lightness, chroma * hue.cos(), chroma * hue.sin())).flatten(1)
    colours = oklab_to_srgb(lab.unsqueeze(1))[:, 0]
    return colours[:, ((colours >= 0) & (colours <= 1)).all(0)]


# Guards -------------------------------------------------------------------------------------------


def skin_turns(lut: Tensor) -> tuple[float, float, float]:
    """Mean turn of skin's hue, degrees, of dark, medium and light skin; grey has no weight."""
    before = _lab(skin_colours())
    after = _lab(apply_lut(skin_colours().view(1, 3, 1, -1), lut)[0, :, 0].clamp(0, 1))
    turn = torch.atan2(after[2], after[1]) - torch.atan2(before[2], before[1])
    turn = torch.atan2(turn.sin(), turn.cos()).abs().rad2deg()
    weight = (after[1:].norm(dim=0) - 0.01).clamp(0, 0.05)
    found = []
    for low, high in ((0.0, 0.5), (0.5, 0.72), (0.72, 1.0)):
        inside = weight * ((before[0] >= low) & (before[0] < high))
        found.append(float((turn * inside).sum() / inside.sum().clamp(min=1e-3)))
    return found[0], found[1], found[2]


@torch.no_grad()
def guarded(lut: Tensor, grade: Tensor) -> float:
    """The greatest share of a mood that keeps tone monotone and skin skin."""
    allowed = [max(_MOST_TURN, turn + _MORE_TURN) for turn in skin_turns(grade)]
    for share in (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1):
        made = partly(lut, share)
        turns = skin_turns(_after(grade, made))
        skin = all(turn <= most for turn, most in zip(turns, allowed, strict=True))
        if skin and _monotone(made):
            return share
    return 0.0


def _after(grade: Tensor, mood: Tensor) -> Tensor:
    """Grade and mood as one LUT."""
    return apply_lut(grade.flatten(3).clamp(0, 1), mood).view(grade.shape)


def _monotone(lut: Tensor) -> bool:
    own = [lut[0, channel].diff(dim=2 - channel).min() for channel in range(3)]
    return float(torch.stack(own).min()) >= -0.01 and float(grey_slopes(lut).min()) > 0.1


def partly(lut: Tensor, share: float) -> Tensor:
    """A LUT ``(1, 3, N, N, N)`` as far as ``share`` says."""
    nothing = identity_lut(lut.shape[-1]).unsqueeze(0)
    return nothing + share * (lut - nothing)
