"""A look as a preset of Lightroom and Camera Raw: tone curves and the colour mixer, fitted.

    fitted = fit_preset(look_lut(look, base), base)
    write_preset(fitted, Path("film.xmp"), "film")

The programs' tools are closed; they are emulated by what is known of them. Curves act on each
channel of ProPhoto primaries under sRGB's gamma. The colour mixer shifts hue, saturation and
luminance of eight named hues, each fading out at its neighbours. Colour grading stays neutral:
three curves tint shadows and highlights already, and are defined without a guess.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.base import Base
from looksmith.color import delta_e_2000, linear_to_srgb, luma, srgb_to_linear
from looksmith.files import whole_file
from looksmith.grading import apply_lut

HUES = {  # degrees of the colour mixer's sliders
    "Red": 0.0,
    "Orange": 30.0,
    "Yellow": 60.0,
    "Green": 120.0,
    "Aqua": 180.0,
    "Blue": 240.0,
    "Purple": 270.0,
    "Magenta": 300.0,
}
CURVE_POINTS = 11
STEPS = 250
_COLOURS = 3000
_HUE_RANGE = math.radians(30)  # what a hue slider at 100 shifts by
_LUMINANCE_RANGE = 0.5  # of the chroma: what a luminance slider at 100 adds
_STIFF = 2e-3  # how much sliders far from 0 cost, so that hues without colours stay at 0

# Linear sRGB (D65) → linear ProPhoto RGB (ROMM, D50, ISO 22028-2), Bradford-adapted.
_TO_PROPHOTO = torch.tensor(
    [
        [0.5293, 0.3300, 0.1407],
        [0.0983, 0.8735, 0.0282],
        [0.0169, 0.1177, 0.8654],
    ]
)


@dataclass(frozen=True)
class Preset:
    """Settings as the programs' sliders have them."""

    curves: Tensor
    """Values of the red, green and blue curve at equally spaced inputs, ``(3, 11)``, 0 … 255."""
    mixer: Tensor
    """Hue, saturation and luminance of the eight hues, ``(3, 8)``, −100 … 100."""
    difference: float = math.nan
    """Mean ΔE2000 to the look, over colours of ordinary photos that were not fitted to."""


def apply_preset(image: Tensor, preset: Preset) -> Tensor:
    """``(1, 3, H, W)`` sRGB in [0, 1] with the preset, as its tools are emulated here."""
    wide = linear_to_srgb(_mixed(_TO_PROPHOTO, srgb_to_linear(image)).clamp(0, 1))
    channels = zip(wide.unbind(1), preset.curves / 255, strict=True)
    curved = torch.stack([_through_curve(x, curve) for x, curve in channels], 1)
    linear = _mixed(torch.linalg.inv(_TO_PROPHOTO), srgb_to_linear(curved))
    return _mix_colours(linear_to_srgb(linear.clamp(1e-5, 1)), preset.mixer / 100).clamp(0, 1)


def _mixed(matrix: Tensor, image: Tensor) -> Tensor:
    return torch.einsum("ij,bjhw->bihw", matrix, image)


def _through_curve(values: Tensor, curve: Tensor) -> Tensor:
    last = len(curve) - 1
    at = values.clamp(0, 1) * last
    low = at.detach().floor().clamp(max=last - 1).long()
    return curve[low] + (curve[low + 1] - curve[low]) * (at - low)


def _mix_colours(image: Tensor, mixer: Tensor) -> Tensor:
    """Hue, saturation and luminance by hue, in the plane of the RGB hexagon."""
    grey = luma(image)
    red, green, blue = (image - grey).split(1, dim=1)
    alpha, beta = red - (green + blue) / 2, math.sqrt(3) / 2 * (green - blue)
    shift, saturate, lift = (_by_hue(torch.atan2(beta, alpha), row) for row in mixer)
    turn = shift * _HUE_RANGE
    cos, sin = turn.cos() * (1 + saturate), turn.sin() * (1 + saturate)
    chroma = (alpha**2 + beta**2 + 1e-12).sqrt()
    alpha, beta = cos * alpha - sin * beta, sin * alpha + cos * beta
    side = beta / math.sqrt(3)
    offsets = torch.cat((2 * alpha / 3, side - alpha / 3, -side - alpha / 3), dim=1)
    return grey + offsets - luma(offsets) + lift * _LUMINANCE_RANGE * chroma


def _by_hue(hue: Tensor, sliders: Tensor) -> Tensor:
    """Each slider at its own hue, linearly between it and the next."""
    centres = torch.tensor([*HUES.values(), 360.0])
    degrees = torch.rad2deg(hue.detach()) % 360
    after = torch.searchsorted(centres, degrees.contiguous(), right=True).clamp(1, len(HUES))
    low, high = centres[after - 1], centres[after]
    share = (degrees - low) / (high - low)
    values = torch.cat((sliders, sliders[:1]))
    return values[after - 1] * (1 - share) + values[after] * share


def fit_preset(lut: Tensor, base: Base, steps: int = STEPS, seed: int = 0) -> Preset:
    """The preset that comes nearest to a LUT ``(3, N, N, N)`` on colours of ordinary photos, by
    gradient descent (Adam) on ΔE2000."""
    generator = torch.Generator().manual_seed(seed)
    every = base.ordinary_palettes.permute(0, 2, 1).reshape(-1, 3)
    chosen = every[torch.randperm(len(every), generator=generator)[: 2 * _COLOURS]]
    fitting, judging = chosen.T.reshape(1, 3, 2, -1).split(1, dim=2)
    rises = torch.zeros(3, CURVE_POINTS - 1, requires_grad=True)
    ends = torch.tensor([[-4.0, 4.0]] * 3).requires_grad_()  # logits
    mixer = torch.zeros(3, len(HUES), requires_grad=True)
    optimiser = torch.optim.Adam([rises, ends, mixer], lr=0.05)
    target = apply_lut(fitting, lut).clamp(0, 1)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 0.05 * (1 + math.cos(math.pi * step / steps)) / 2
        made = apply_preset(fitting, _preset(rises, ends, mixer))
        loss = delta_e_2000(made, target, eps=1e-3).mean() + _STIFF * 100 * mixer.pow(2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        found = _preset(rises, ends, mixer)
        whole = Preset(found.curves.round(), found.mixer.round())
        made = apply_preset(judging, whole)
        difference = float(delta_e_2000(made, apply_lut(judging, lut).clamp(0, 1)).mean())
    return Preset(whole.curves, whole.mixer, difference)


def _preset(rises: Tensor, ends: Tensor, mixer: Tensor) -> Preset:
    """Curves that rise from one end to the other; sliders within their range."""
    low, high = ends.sigmoid().split(1, dim=-1)
    along = F.pad(rises.softmax(-1).cumsum(-1), (1, 0))
    return Preset((low + (high - low) * along) * 255, 100 * torch.tanh(mixer))


def write_preset(preset: Preset, path: Path, name: str) -> None:
    """Write the ``.xmp`` file, whole or not at all.

    Raises:
        LooksmithError: the file can't be written.
    """
    settings = {
        "PresetType": "Normal",
        "UUID": uuid.uuid5(uuid.NAMESPACE_OID, f"looksmith {name}").hex.upper(),
        "SupportsAmount": "True",
        "SupportsColor": "True",
        "SupportsMonochrome": "True",
        "Version": "15.0",
        "ProcessVersion": "11.0",
        "ToneCurveName2012": "Custom",
        "HasSettings": "True",
    }
    for kind, row in zip(("Hue", "Saturation", "Luminance"), preset.mixer.tolist(), strict=True):
        for hue, value in zip(HUES, row, strict=True):
            settings[f"{kind}Adjustment{hue}"] = f"{round(value):+d}" if round(value) else "0"
    attributes = "\n".join(f"   crs:{key}={quoteattr(value)}" for key, value in settings.items())
    curves = "\n".join(
        _curve(channel, values)
        for channel, values in zip(("Red", "Green", "Blue"), preset.curves.tolist(), strict=True)
    )
    words = _FILE.format(attributes=attributes, curves=curves, name=_escaped(name))
    with whole_file(path) as part:
        part.write_text(words, encoding="utf-8")


def _escaped(name: str) -> str:
    return quoteattr(name, {'"': "&quot;"})[1:-1]


def _curve(channel: str, values: list[float]) -> str:
    inputs = [round(255 * index / (len(values) - 1)) for index in range(len(values))]
    points = [f"{x}, {round(y)}" for x, y in zip(inputs, values, strict=True)]
    rows = "\n".join(f"     <rdf:li>{point}</rdf:li>" for point in points)
    return _CURVE.format(channel=channel, rows=rows)


_CURVE = """\
   <crs:ToneCurvePV2012{channel}>
    <rdf:Seq>
{rows}
    </rdf:Seq>
   </crs:ToneCurvePV2012{channel}>"""

_FILE = """\
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Looksmith">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
   xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
{attributes}>
   <crs:Name>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">{name}</rdf:li>
    </rdf:Alt>
   </crs:Name>
{curves}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""
