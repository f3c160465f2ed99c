"""Photographic operators: differentiable, named, batched, all of one shape of signature.

An operator takes ``(..., 3, H, W)`` sRGB in [0, 1] and returns the same. Its amounts are numbers,
or tensors ``(B,)`` with one amount for each of the B photos or feeds in ``(B, ..., 3, H, W)``;
colours are three numbers, or ``(B, 3)``. It runs on the image's device. *Pointwise* operators see
one pixel at a time (so a 3D LUT can hold them); *spatial* ones see the photo.
``training/random_looks.py`` composes them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import (
    LUMA_WEIGHTS,
    constant,
    linear_to_srgb,
    luma,
    oklab_to_srgb,
    srgb_to_linear,
)

Amount = float | Tensor
Colour = Sequence[float] | Tensor


def _values(value: Amount, image: Tensor) -> Tensor:
    """A number as ``()``, amounts as ``(B,)``, of the image's type and on its device."""
    if isinstance(value, Tensor):
        return value.to(image)
    return torch.full((), value, dtype=image.dtype, device=image.device)


def _amount(value: Amount, image: Tensor) -> Tensor:
    """Shaped to be multiplied with ``(B, ..., 3, H, W)``."""
    values = _values(value, image)
    return values.view(-1, *(1,) * (image.dim() - 1)) if values.dim() else values


def _colour(value: Colour, image: Tensor) -> Tensor:
    """``(3,)`` or ``(B, 3)`` shaped to be multiplied with ``(B, ..., 3, H, W)``."""
    if not isinstance(value, Tensor):
        value = constant(tuple(value), image)
    batch = (len(value), *(1,) * (image.dim() - 4)) if value.dim() == 2 else ()
    return value.to(image).reshape(*batch, 3, 1, 1)


# Pointwise operators ------------------------------------------------------------------------


def white_balance(image: Tensor, temperature: Amount, tint: Amount) -> Tensor:
    """Scale the channels in linear light. ``temperature`` > 0 warms, ``tint`` > 0 is magenta."""
    warm, magenta = _values(temperature, image), _values(tint, image)
    logs = torch.broadcast_tensors(warm + magenta / 2, -magenta, magenta / 2 - warm)
    gains = torch.stack(logs, dim=-1).exp()  # (3,) or (B, 3)
    gains = gains / (gains * constant(LUMA_WEIGHTS, image)).sum(-1, keepdim=True)
    return linear_to_srgb(srgb_to_linear(image) * _colour(gains, image)).clamp(0, 1)


def exposure(image: Tensor, stops: Amount) -> Tensor:
    """Multiply linear light by ``2 ** stops``, rolling highlights off instead of clipping them."""
    stops = _amount(stops, image)
    light = srgb_to_linear(image) * 2.0**stops
    # Reinhard's curve (2002), scaled so that slope 1 leaves black and white stays; 0 for darkening.
    roll = (1 - 2.0**-stops).clamp(min=0)
    return linear_to_srgb(light / (1 + light * roll)).clamp(0, 1)


_LEAST_CURVED = 1e-4  # contrast below which a curve is a line, as far as float32 can tell


def contrast(image: Tensor, amount: Amount, pivot: Amount = 0.5) -> Tensor:
    """Scale the distance to ``pivot`` by ``1 + amount``; above 0 by an S-curve that keeps 0, 1.

    The S-curve is logistic; in the middle it is ``(s/4) / tanh(s/4) ≈ 1 + s²/48`` steep.
    """
    amount, pivot = _amount(amount, image), _amount(pivot, image)
    slope = (48 * amount.clamp(min=_LEAST_CURVED)).sqrt()
    low, high = torch.sigmoid(-slope * pivot), torch.sigmoid(slope * (1 - pivot))
    curved = (torch.sigmoid(slope * (image - pivot)) - low) / (high - low)
    flat = pivot + (image - pivot) * (1 + amount)
    return torch.where(amount > _LEAST_CURVED, curved, flat).clamp(0, 1)


def curves(image: Tensor, red: Colour, green: Colour, blue: Colour) -> Tensor:
    """One tone curve a channel, each given by its values at equally spaced inputs from 0 to 1:
    N numbers, or ``(B, N)``."""
    channels = [
        curve.to(image) if isinstance(curve, Tensor) else constant(tuple(curve), image)
        for curve in (red, green, blue)
    ]
    tables = torch.stack(channels, dim=-2)  # (3, N) or (B, 3, N)
    steps = F.pad(tables.diff(dim=-1), (0, 1))
    nodes = tables.shape[-1] - 1
    position = image.clamp(0, 1) * nodes
    index = position.detach().floor().clamp(max=nodes - 1)
    table = torch.arange(tables.numel() // (nodes + 1), device=image.device) * (nodes + 1)
    where = index.long() + _colour(table.view(tables.shape[:-1]), index).long()
    low, step = tables.flatten()[where], steps.flatten()[where]
    return (low + step * (position - index)).clamp(0, 1)


def split_tone(image: Tensor, shadows: Colour, highlights: Colour, balance: Amount = 0.5) -> Tensor:
    """Add a colour offset to shadows and another to highlights, crossing over at ``balance``."""
    weight = torch.sigmoid(8 * (luma(image) - _amount(balance, image)))
    dark, light = _colour(shadows, image), _colour(highlights, image)
    return (image + (1 - weight) * dark + weight * light).clamp(0, 1)


def mix_channels(image: Tensor, matrix: Sequence[Sequence[float]] | Tensor) -> Tensor:
    """Multiply RGB by a 3×3 matrix, or by ``(B, 3, 3)``: the channel mixer."""
    if not isinstance(matrix, Tensor):
        matrix = constant(tuple(map(tuple, matrix)), image)
    columns = [_colour(column, image) for column in matrix.to(image).unbind(-1)]
    channels = image.unbind(-3)
    mixed = sum(c * x.unsqueeze(-3) for c, x in zip(columns, channels, strict=True))
    return torch.as_tensor(mixed).clamp(0, 1)


def saturation(image: Tensor, amount: Amount) -> Tensor:
    """Scale the distance to grey by ``1 + amount``; -1 is monochrome."""
    grey = luma(image)
    return (grey + (image - grey) * (1 + _amount(amount, image))).clamp(0, 1)


def vibrance(image: Tensor, amount: Amount) -> Tensor:
    """Saturation that spares what is saturated already."""
    grey = luma(image)
    return (grey + (image - grey) * (1 + _amount(amount, image) * (1 - _spread(image)))).clamp(0, 1)


def density(image: Tensor, amount: Amount) -> Tensor:
    """Subtractive saturation as in film: saturated colours grow darker (or lighter, if < 0)."""
    return (image * (1 - _amount(amount, image) * _spread(image))).clamp(0, 1)


def _spread(image: Tensor) -> Tensor:
    return image.amax(-3, keepdim=True) - image.amin(-3, keepdim=True)


def hue_selective(
    image: Tensor,
    hue: Amount,
    width: Amount,
    saturation_by: Amount,
    shift: Amount,
    lightness: Amount,
) -> Tensor:
    """Change saturation, hue and lightness around one hue (radians in the YIQ-like plane)."""
    grey = luma(image)
    red, green, blue = (image - grey).split(1, dim=-3)
    alpha = red - 0.5 * (green + blue)
    beta = math.sqrt(3) / 2 * (green - blue)
    turned = torch.atan2(beta, alpha) - _amount(hue, image)
    distance = torch.remainder(turned + math.pi, 2 * math.pi) - math.pi
    weight = torch.exp(-0.5 * (distance / _amount(width, image)) ** 2)
    strength = weight * (alpha**2 + beta**2).clamp(min=1e-12).sqrt().clamp(max=1.0)
    turn = weight * _amount(shift, image)
    cos, sin = torch.cos(turn), torch.sin(turn)
    scale = 1 + weight * _amount(saturation_by, image)
    alpha, beta = scale * (cos * alpha - sin * beta), scale * (sin * alpha + cos * beta)
    # Back from the hexagon plane (alpha, beta) with zero luma: solve for R, G, B offsets.
    side = beta / math.sqrt(3)
    offsets = torch.cat((2 * alpha / 3, side - alpha / 3, -side - alpha / 3), dim=-3)
    offsets = offsets - luma(offsets)
    return (grey + offsets + _amount(lightness, image) * strength).clamp(0, 1)


# The three matrices of ``hueRotate``: W3C Filter Effects, section 9.6 (feColorMatrix).
_HUE_GREY = ((0.213, 0.715, 0.072),) * 3
_HUE_COS = ((0.787, -0.715, -0.072), (-0.213, 0.285, -0.072), (-0.213, -0.715, 0.928))
_HUE_SIN = ((-0.213, -0.715, 0.928), (0.143, 0.140, -0.283), (-0.787, 0.715, 0.072))


def rotate_hue(image: Tensor, angle: Amount) -> Tensor:
    """Turn every hue by ``angle`` radians, luma nearly kept: the matrix of CSS and SVG."""
    angle = _values(angle, image)[..., None, None]
    grey, cos, sin = (constant(matrix, image) for matrix in (_HUE_GREY, _HUE_COS, _HUE_SIN))
    return mix_channels(image, grey + angle.cos() * cos + angle.sin() * sin)


def fade(image: Tensor, black: Colour, white: Colour) -> Tensor:
    """Map black to the colour ``black`` and white to ``white``, linearly between."""
    low = _colour(black, image)
    return (low + image * (_colour(white, image) - low)).clamp(0, 1)


def monochrome(image: Tensor, weights: Colour) -> Tensor:
    """Grey by channel weights (they should sum to 1), as black-and-white film sees colour."""
    grey = (image * _colour(weights, image)).sum(-3, keepdim=True)
    return grey.clamp(0, 1).expand_as(image).clone()


def duotone(image: Tensor, dark: Colour, light: Colour) -> Tensor:
    """Grey mapped onto the line from one colour to another."""
    return fade(luma(image).expand_as(image), dark, light)


def blend_colour(image: Tensor, colour: Colour, mode: str, opacity: Amount) -> Tensor:
    """Lay a flat colour over the photo in a blend mode of the W3C Compositing specification."""
    return _blended(image, _colour(colour, image), mode, opacity)


def _blended(image: Tensor, layer: Tensor, mode: str, opacity: Amount) -> Tensor:
    return (image + _amount(opacity, image) * (_blend(image, layer, mode) - image)).clamp(0, 1)


def _blend(base: Tensor, layer: Tensor, mode: str) -> Tensor:
    if mode == "multiply":
        return base * layer
    if mode == "screen":
        return base + layer - base * layer
    if mode == "overlay":
        return torch.where(base <= 0.5, 2 * base * layer, 1 - 2 * (1 - base) * (1 - layer))
    if mode == "soft_light":  # Pegtop's form: the same shape, smooth everywhere
        return (1 - 2 * layer) * base**2 + 2 * layer * base
    if mode == "lighten":
        return torch.maximum(base, layer)
    if mode == "darken":
        return torch.minimum(base, layer)
    if mode == "normal":
        return layer.expand_as(base)
    raise ValueError(f"unknown blend mode {mode!r}")


def apply_lut(image: Tensor, lut: Tensor) -> Tensor:
    """Look colours up in 3D LUTs by trilinear interpolation.

    ``image`` is ``(B, 3, H, W)`` in [0, 1]; ``lut`` is ``(B, C, N, N, N)`` or ``(C, N, N, N)``,
    indexed ``[channel, blue, green, red]``. Returns ``(B, C, H, W)``.
    """
    if lut.dim() == 4:
        lut = lut.expand(image.shape[0], *lut.shape)
    grid = (image.permute(0, 2, 3, 1) * 2 - 1).unsqueeze(1)  # (B, 1, H, W, 3), x = red
    return F.grid_sample(lut, grid, align_corners=True, padding_mode="border").squeeze(2)


def composed_luts(first: Tensor, second: Tensor) -> Tensor:
    """Two 3D LUTs as one: ``(1, 3, N, N, N)`` of ``second`` at what ``first`` makes of each node.

    By gathers, since ONNX has no lookup in three dimensions; ``first`` lies in [0, 1].
    """
    nodes = second.shape[-1]
    colours = first.clamp(0, 1).flatten(2)[0] * (nodes - 1)  # (3, M³): red, green, blue
    below = colours.floor().clamp(max=nodes - 2)
    share, table = colours - below, second[0].flatten(1)
    strides = torch.tensor([1, nodes, nodes * nodes]).unsqueeze(1)
    corner = (below.long() * strides).sum(0)
    made = torch.zeros_like(colours)
    for red, green, blue in itertools.product((0, 1), repeat=3):
        far = torch.tensor([red, green, blue]).unsqueeze(1)
        weight = torch.where(far == 1, share, 1 - share).prod(0)
        made = made + weight * table[:, corner + int((far * strides).sum())]
    return made.view(first.shape)


_BISECTIONS = 7  # of the chroma that fits into the gamut


def soft_gamut(lab: Tensor, before: Tensor, margin: float = 0.02) -> Tensor:
    """Oklab colours ``(3, P)`` as sRGB in [0, 1]; those outside lose chroma until they are in it,
    at the same lightness. What was not clipped ``before`` (sRGB) keeps a margin to 0 and 1."""
    lightness, colour = lab[:1], lab[1:]
    grey = oklab_to_srgb(torch.cat((lightness, 0 * colour)).unsqueeze(1))[:1, 0].clamp(0, 1)
    low = torch.minimum(before.amin(0, keepdim=True), grey).clamp(0, margin)
    high = 1 - torch.minimum(1 - before.amax(0, keepdim=True), 1 - grey).clamp(0, margin)
    share, made = torch.ones_like(lightness), grey.expand(3, -1)
    for step in range(_BISECTIONS + 1):
        tried = oklab_to_srgb(torch.cat((lightness, share * colour)).unsqueeze(1))[:, 0]
        inside = ((tried >= low - 1e-4) & (tried <= high + 1e-4)).all(0, keepdim=True)
        made = torch.where(inside, tried, made)
        half = 0.5 ** (step + 1)
        share = torch.where(inside, share + half, share - half).clamp(max=1)
    return made.clamp(0, 1)


def identity_lut(size: int, device: torch.device | str | None = None) -> Tensor:
    """The LUT that changes nothing, ``(3, N, N, N)`` indexed ``[channel, blue, green, red]``."""
    axis = torch.linspace(0, 1, size, device=device)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack((red, green, blue))


def resized_lut(lut: Tensor, size: int) -> Tensor:
    """A LUT ``(..., 3, N, N, N)`` on ``size``³ nodes, by trilinear interpolation."""
    if lut.shape[-1] == size:
        return lut
    batch = lut.reshape(-1, *lut.shape[-4:])
    made = F.interpolate(batch, (size,) * 3, mode="trilinear", align_corners=True)
    return made.view(*lut.shape[:-3], *made.shape[-3:])


# Spatial operators --------------------------------------------------------------------------


def _coordinates(image: Tensor) -> tuple[Tensor, Tensor]:
    height, width = image.shape[-2:]
    y = torch.linspace(-1, 1, height, dtype=image.dtype, device=image.device).view(-1, 1)
    x = torch.linspace(-1, 1, width, dtype=image.dtype, device=image.device).view(1, -1)
    return x, y


def _from_centre(image: Tensor) -> Tensor:
    """Distance from the centre, 1 at the corners, ``(H, W)``."""
    x, y = _coordinates(image)
    return torch.sqrt((x**2 + y**2) / 2).clamp(0, 1)


def vignette(image: Tensor, amount: Amount, radius: Amount = 0.6) -> Tensor:
    """Darken (``amount`` > 0) or lighten the corners, from ``radius`` of the half diagonal."""
    amount, radius = _amount(amount, image), _amount(radius, image)
    falloff = ((_from_centre(image) - radius) / (1 - radius)).clamp(0, 1)
    weight = amount.abs() * falloff**2 * (3 - 2 * falloff)
    goal = (amount < 0).to(image)  # black, or white
    return (image + weight * (goal - image)).clamp(0, 1)


def radial_gradient(
    image: Tensor, inner: Colour, outer: Colour, mode: str, opacity: Amount
) -> Tensor:
    """Lay a gradient from the centre's colour to the corners' colour over the photo."""
    distance = _from_centre(image)
    layer = _colour(inner, image) * (1 - distance) + _colour(outer, image) * distance
    return _blended(image, layer, mode, opacity)


def linear_gradient(
    image: Tensor, first: Colour, last: Colour, angle: Amount, mode: str, opacity: Amount
) -> Tensor:
    """Lay a straight gradient at ``angle`` radians over the photo: a light leak, a sky filter."""
    x, y = _coordinates(image)
    angle = _amount(angle, image)
    along = ((x * angle.cos() + y * angle.sin()) / 2 + 0.5).clamp(0, 1)
    layer = _colour(first, image) * (1 - along) + _colour(last, image) * along
    return _blended(image, layer, mode, opacity)


def blur(image: Tensor, radius: Amount) -> Tensor:
    """Gaussian blur of small photos, edges repeated; ``radius`` is the standard deviation as a
    share of the longer side.

    As two matrix products, since each photo of a batch may have a radius of its own.
    """
    height, width = image.shape[-2:]
    sigma = (_values(radius, image) * max(height, width)).view(-1, *(1,) * (image.dim() - 1))
    rows, columns = _gaussian(sigma, height), _gaussian(sigma, width)
    return (rows @ image @ columns.transpose(-1, -2)).view_as(image)


def _gaussian(sigma: Tensor, size: int) -> Tensor:
    """Matrices that blur ``size`` pixels by ``sigma`` pixels, ``(..., size, size)``."""
    here = torch.arange(size, dtype=sigma.dtype, device=sigma.device)
    there = torch.arange(-size, 2 * size, dtype=sigma.dtype, device=sigma.device)
    away = there - here.view(-1, 1)  # (size, 3 · size)
    weights = torch.exp(-0.5 * (away / sigma.clamp(min=1e-3)) ** 2)
    weights = weights * (away.abs() <= (2.5 * sigma).ceil().clamp(min=1))
    before, inside, after = (weights / weights.sum(-1, keepdim=True)).split(size, dim=-1)
    folded = inside.clone()
    folded[..., 0] += before.sum(-1)
    folded[..., -1] += after.sum(-1)
    return folded


def bloom(image: Tensor, amount: Amount, radius: Amount = 0.03) -> Tensor:
    """Screen the blurred highlights over the photo: glow."""
    light = blur(image * luma(image).clamp(0, 1) ** 2, radius)
    return (image + _amount(amount, image) * light * (1 - image)).clamp(0, 1)


def local_contrast(image: Tensor, amount: Amount, radius: Amount = 0.05) -> Tensor:
    """Unsharp mask of a large radius on luma: clarity (``amount`` > 0) or haze (< 0)."""
    tone = luma(image)
    return (image + _amount(amount, image) * (tone - blur(tone, radius))).clamp(0, 1)


def grain(
    image: Tensor,
    amount: Amount,
    generator: torch.Generator | None = None,
    shrink: float = 1.0,
) -> Tensor:
    """Add monochrome noise, strongest in midtones; ``amount`` is its standard deviation.

    ``shrink`` says how many pixels of the photo with the grain each side of one pixel of ``image``
    stands for. A mean of ``shrink²`` independent pixels leaves the noise ``1 / shrink`` of its
    deviation, so that a small copy gets what shrinking the grained photo leaves.
    """
    size = (*image.shape[:-3], 1, *image.shape[-2:])
    noise = torch.randn(size, generator=generator, dtype=image.dtype, device=image.device)
    tone = luma(image)
    deviation = _amount(amount, image) / shrink
    return (image + deviation * noise * (4 * tone * (1 - tone)).clamp(0.15, 1)).clamp(0, 1)
