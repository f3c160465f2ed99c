"""Photographic operators: differentiable, named, all of one shape of signature.

An operator takes ``(..., 3, H, W)`` sRGB in [0, 1] and returns the same; ``random_looks`` composes
them. *Pointwise* operators see one pixel at a time (so a 3D LUT can hold them); *spatial* ones
see the photo.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import (
    LUMA_WEIGHTS,
    linear_to_srgb,
    luma,
    srgb_to_linear,
)

Colour = tuple[float, float, float]


def _colour(colour: Sequence[float], like: Tensor) -> Tensor:
    return torch.tensor(tuple(colour), dtype=like.dtype, device=like.device).view(3, 1, 1)


# Pointwise operators ------------------------------------------------------------------------


def white_balance(image: Tensor, temperature: float, tint: float) -> Tensor:
    """Scale the channels in linear light. ``temperature`` > 0 warms, ``tint`` > 0 is magenta."""
    gains = torch.tensor(
        [math.exp(temperature + tint / 2), math.exp(-tint), math.exp(-temperature + tint / 2)],
        dtype=image.dtype,
        device=image.device,
    ).view(3, 1, 1)
    gains = gains / (gains.view(3) @ gains.new_tensor(LUMA_WEIGHTS))
    return linear_to_srgb(srgb_to_linear(image) * gains).clamp(0, 1)


def exposure(image: Tensor, stops: float) -> Tensor:
    """Multiply linear light by ``2 ** stops``, rolling highlights off instead of clipping them."""
    light = srgb_to_linear(image) * 2.0**stops
    if stops > 0:  # Reinhard's curve (2002), scaled so that slope 1 leaves black and white stays
        light = light / (1 + light * (1 - 2.0**-stops))
    return linear_to_srgb(light).clamp(0, 1)


def contrast(image: Tensor, amount: float, pivot: float = 0.5) -> Tensor:
    """Scale the distance to ``pivot`` by ``1 + amount`` through an S-curve that keeps 0 and 1."""
    if amount >= 0:
        slope = 1 + 3 * amount
        low = torch.sigmoid(image.new_tensor(-slope * 2 * pivot))
        high = torch.sigmoid(image.new_tensor(slope * 2 * (1 - pivot)))
        curved = (torch.sigmoid(slope * 2 * (image - pivot)) - low) / (high - low)
        return curved.clamp(0, 1)
    return (pivot + (image - pivot) * (1 + amount)).clamp(0, 1)


def curves(
    image: Tensor, red: Sequence[float], green: Sequence[float], blue: Sequence[float]
) -> Tensor:
    """One tone curve a channel, each given by its values at equally spaced inputs from 0 to 1."""
    tables = torch.tensor(
        [list(red), list(green), list(blue)], dtype=image.dtype, device=image.device
    )
    nodes = tables.shape[1] - 1
    position = image.clamp(0, 1) * nodes
    index = position.floor().clamp(max=nodes - 1).long()
    fraction = position - index
    channel = torch.arange(3, device=image.device).view(3, 1, 1).expand(index.shape)
    low, high = tables[channel, index], tables[channel, index + 1]
    return (low + (high - low) * fraction).clamp(0, 1)


def split_tone(
    image: Tensor, shadows: Sequence[float], highlights: Sequence[float], balance: float = 0.5
) -> Tensor:
    """Add a colour offset to shadows and another to highlights, crossing over at ``balance``."""
    tone = luma(image)
    weight = torch.sigmoid(8 * (tone - balance))
    return (
        image + (1 - weight) * _colour(shadows, image) + weight * _colour(highlights, image)
    ).clamp(0, 1)


def mix_channels(image: Tensor, matrix: Sequence[Sequence[float]]) -> Tensor:
    """Multiply RGB by a 3×3 matrix: the channel mixer."""
    weights = torch.tensor([list(row) for row in matrix], dtype=image.dtype, device=image.device)
    return torch.einsum("ij,...jhw->...ihw", weights, image).clamp(0, 1)


def saturation(image: Tensor, amount: float) -> Tensor:
    """Scale the distance to grey by ``1 + amount``; -1 is monochrome."""
    grey = luma(image)
    return (grey + (image - grey) * (1 + amount)).clamp(0, 1)


def vibrance(image: Tensor, amount: float) -> Tensor:
    """Saturation that spares what is saturated already."""
    spread = image.amax(-3, keepdim=True) - image.amin(-3, keepdim=True)
    grey = luma(image)
    return (grey + (image - grey) * (1 + amount * (1 - spread))).clamp(0, 1)


def density(image: Tensor, amount: float) -> Tensor:
    """Subtractive saturation as in film: saturated colours grow darker (or lighter, if < 0)."""
    spread = image.amax(-3, keepdim=True) - image.amin(-3, keepdim=True)
    return (image * (1 - amount * spread)).clamp(0, 1)


def hue_selective(
    image: Tensor, hue: float, width: float, saturation_by: float, shift: float, lightness: float
) -> Tensor:
    """Change saturation, hue and lightness around one hue (radians in the YIQ-like plane)."""
    grey = luma(image)
    chroma = image - grey
    red, green, blue = chroma.unbind(-3)
    alpha = (red - 0.5 * (green + blue)).unsqueeze(-3)
    beta = (math.sqrt(3) / 2 * (green - blue)).unsqueeze(-3)
    angle = torch.atan2(beta, alpha)
    distance = torch.atan2(torch.sin(angle - hue), torch.cos(angle - hue))
    weight = torch.exp(-0.5 * (distance / width) ** 2)
    strength = weight * (alpha**2 + beta**2).clamp(min=1e-12).sqrt().clamp(max=1.0)
    turn = weight * shift
    cos, sin = torch.cos(turn), torch.sin(turn)
    scale = 1 + weight * saturation_by
    alpha, beta = scale * (cos * alpha - sin * beta), scale * (sin * alpha + cos * beta)
    # Back from the hexagon plane (alpha, beta) with zero luma: solve for R, G, B offsets.
    blue_minus = -alpha / 3 - beta / math.sqrt(3)
    green_plus = -alpha / 3 + beta / math.sqrt(3)
    offsets = torch.cat((2 * alpha / 3, green_plus, blue_minus), dim=-3)
    offsets = offsets - luma(offsets)
    return (grey + offsets + lightness * strength).clamp(0, 1)


def rotate_hue(image: Tensor, angle: float) -> Tensor:
    """Turn every hue by ``angle`` radians, luma kept (the SVG ``hueRotate`` matrix)."""
    return hue_selective(image, 0.0, 1e3, 0.0, angle, 0.0)


def fade(image: Tensor, black: Sequence[float], white: Sequence[float]) -> Tensor:
    """Map black to the colour ``black`` and white to ``white``, linearly between."""
    low = _colour(black, image)
    return (low + image * (_colour(white, image) - low)).clamp(0, 1)


def monochrome(image: Tensor, weights: Sequence[float]) -> Tensor:
    """Grey by channel weights (they should sum to 1), as black-and-white film sees colour."""
    grey = (image * _colour(weights, image)).sum(-3, keepdim=True)
    return grey.clamp(0, 1).expand_as(image).clone()


def duotone(image: Tensor, dark: Sequence[float], light: Sequence[float]) -> Tensor:
    """Grey mapped onto the line from one colour to another."""
    return fade(luma(image).expand_as(image), dark, light)


def blend_colour(image: Tensor, colour: Sequence[float], mode: str, opacity: float) -> Tensor:
    """Lay a flat colour over the photo in a blend mode of the W3C Compositing specification."""
    layer = _colour(colour, image)
    return (image + opacity * (_blend(image, layer, mode) - image)).clamp(0, 1)


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
        return torch.maximum(base, layer.expand_as(base))
    if mode == "darken":
        return torch.minimum(base, layer.expand_as(base))
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


def identity_lut(size: int, device: torch.device | str | None = None) -> Tensor:
    """The LUT that changes nothing, ``(3, N, N, N)`` indexed ``[channel, blue, green, red]``."""
    axis = torch.linspace(0, 1, size, device=device)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack((red, green, blue))


# Spatial operators --------------------------------------------------------------------------


def _coordinates(image: Tensor) -> tuple[Tensor, Tensor]:
    height, width = image.shape[-2:]
    y = torch.linspace(-1, 1, height, dtype=image.dtype, device=image.device).view(-1, 1)
    x = torch.linspace(-1, 1, width, dtype=image.dtype, device=image.device).view(1, -1)
    return x, y


def vignette(image: Tensor, amount: float, radius: float = 0.6) -> Tensor:
    """Darken (``amount`` > 0) or lighten the corners, from ``radius`` of the half diagonal."""
    x, y = _coordinates(image)
    distance = torch.sqrt((x**2 + y**2) / 2)
    falloff = ((distance - radius) / (1 - radius)).clamp(0, 1)
    weight = falloff**2 * (3 - 2 * falloff)
    if amount >= 0:
        return (image * (1 - amount * weight)).clamp(0, 1)
    return (image + (1 - image) * (-amount) * weight).clamp(0, 1)


def radial_gradient(
    image: Tensor, inner: Sequence[float], outer: Sequence[float], mode: str, opacity: float
) -> Tensor:
    """Lay a gradient from the centre's colour to the corners' colour over the photo."""
    x, y = _coordinates(image)
    distance = torch.sqrt((x**2 + y**2) / 2).clamp(0, 1)
    layer = _colour(inner, image) * (1 - distance) + _colour(outer, image) * distance
    return (image + opacity * (_blend(image, layer.expand_as(image), mode) - image)).clamp(0, 1)


def linear_gradient(
    image: Tensor,
    first: Sequence[float],
    last: Sequence[float],
    angle: float,
    mode: str,
    opacity: float,
) -> Tensor:
    """Lay a straight gradient at ``angle`` radians over the photo: a light leak, a sky filter."""
    x, y = _coordinates(image)
    along = ((x * math.cos(angle) + y * math.sin(angle)) / 2 + 0.5).clamp(0, 1)
    layer = _colour(first, image) * (1 - along) + _colour(last, image) * along
    return (image + opacity * (_blend(image, layer.expand_as(image), mode) - image)).clamp(0, 1)


def blur(image: Tensor, radius: float) -> Tensor:
    """Gaussian blur; ``radius`` is the standard deviation as a share of the longer side."""
    sigma = radius * max(image.shape[-2:])
    reach = max(1, math.ceil(2.5 * sigma))
    steps = torch.arange(-reach, reach + 1, dtype=image.dtype, device=image.device)
    kernel = torch.exp(-0.5 * (steps / max(sigma, 1e-3)) ** 2)
    kernel = kernel / kernel.sum()
    flat = image.reshape(-1, 1, *image.shape[-2:])
    flat = F.conv2d(F.pad(flat, (reach, reach, 0, 0), mode="replicate"), kernel.view(1, 1, 1, -1))
    flat = F.conv2d(F.pad(flat, (0, 0, reach, reach), mode="replicate"), kernel.view(1, 1, -1, 1))
    return flat.view_as(image)


def bloom(image: Tensor, amount: float, radius: float = 0.03) -> Tensor:
    """Screen the blurred highlights over the photo: glow."""
    light = blur(image * luma(image).clamp(0, 1) ** 2, radius)
    return (image + amount * light * (1 - image)).clamp(0, 1)


def local_contrast(image: Tensor, amount: float, radius: float = 0.05) -> Tensor:
    """Unsharp mask of a large radius on luma: clarity (``amount`` > 0) or haze (< 0)."""
    tone = luma(image)
    return (image + amount * (tone - blur(tone, radius))).clamp(0, 1)


def grain(image: Tensor, amount: float, generator: torch.Generator | None = None) -> Tensor:
    """Add monochrome noise, strongest in midtones; ``amount`` is its standard deviation."""
    noise = torch.randn(
        (*image.shape[:-3], 1, *image.shape[-2:]), generator=generator, dtype=image.dtype
    ).to(image.device)
    tone = luma(image)
    return (image + amount * noise * (4 * tone * (1 - tone)).clamp(0.15, 1)).clamp(0, 1)
