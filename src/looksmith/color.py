"""Colour spaces and colour difference as differentiable tensor functions.

Every image tensor has its channels on axis -3 (``(..., 3, H, W)``) and holds display-referred
sRGB in [0, 1] unless a name says ``linear``, ``lab`` or ``oklab``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

import torch
from torch import Tensor

# Rec. 709 luma weights (ITU-R BT.709), used on gamma-encoded values as photographers' "luma".
LUMA_WEIGHTS = (0.2126, 0.7152, 0.0722)

_RGB_TO_XYZ = (  # IEC 61966-2-1, divided by the D65 white so that white is (1, 1, 1)
    (0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883),
)
_RGB_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LMS_TO_OKLAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


Result = TypeVar("Result")


def full_precision(function: Callable[..., Result]) -> Callable[..., Result]:
    """Keep a function out of mixed precision: a matrix product in bfloat16 is wrong by 1/256,
    which is more than a step of 8 bits."""

    @wraps(function)
    def wrapped(*args: Any) -> Result:
        device = next(arg.device.type for arg in args if isinstance(arg, Tensor))
        if not torch.is_autocast_enabled(device):
            return function(*args)
        with torch.autocast(device, enabled=False):
            return function(*(arg.float() if _is_short(arg) else arg for arg in args))

    return wrapped


def _is_short(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype in (torch.bfloat16, torch.float16)


@lru_cache(64)
def _constant(values: object, dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # what is kept must serve training, too
        return torch.tensor(values, dtype=dtype, device=device)


def constant(values: object, like: Tensor) -> Tensor:
    """A tensor of (nested tuples of) numbers, kept on the device it is used on: making it anew
    each time would have a GPU wait for the CPU."""
    return _constant(values, like.dtype, like.device)


_OKLAB_TO_LMS = (  # Ottosson 2020
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_LMS_TO_RGB = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


@full_precision
def _mix_channels(image: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    return torch.einsum("ij,...jhw->...ihw", constant(matrix, image), image)


def luma(image: Tensor) -> Tensor:
    """Rec. 709 luma of gamma-encoded sRGB: ``(..., 3, H, W)`` to ``(..., 1, H, W)``."""
    return _mix_channels(image, (LUMA_WEIGHTS,))


def srgb_to_linear(image: Tensor) -> Tensor:
    """Decode sRGB to linear light (IEC 61966-2-1). Values below 0 are taken as 0."""
    image = image.clamp(min=0.0)
    return torch.where(
        image <= 0.04045,
        image / 12.92,
        ((image.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4,
    )


def linear_to_srgb(image: Tensor) -> Tensor:
    """Encode linear light as sRGB (IEC 61966-2-1). Values below 0 are taken as 0."""
    image = image.clamp(min=0.0)
    return torch.where(
        image <= 0.0031308,
        image * 12.92,
        1.055 * image.clamp(min=0.0031308) ** (1 / 2.4) - 0.055,
    )


def srgb_to_oklab(image: Tensor) -> Tensor:
    """sRGB to Oklab (Ottosson 2020): lightness in [0, 1], a and b about [-0.4, 0.4]."""
    lms = _mix_channels(srgb_to_linear(image), _RGB_TO_LMS)
    return _mix_channels((lms + 1e-6) ** (1 / 3), _LMS_TO_OKLAB)


def oklab_to_srgb(image: Tensor) -> Tensor:
    """Oklab to sRGB, the inverse of ``srgb_to_oklab``; colours outside sRGB leave [0, 1], below 0
    along the curve's slope at black, so that gradients reach them."""
    lms = _mix_channels(image, _OKLAB_TO_LMS)
    light = _mix_channels(lms**3 - 1e-6, _LMS_TO_RGB)
    return torch.where(light > 0, linear_to_srgb(light), light * 12.92)


def srgb_to_lab(image: Tensor) -> Tensor:
    """sRGB to CIE 1976 L*a*b* under D65: L in [0, 100], a and b about [-128, 128]."""
    xyz = _mix_channels(srgb_to_linear(image), _RGB_TO_XYZ)
    epsilon, kappa = 216 / 24389, 24389 / 27
    f = torch.where(xyz > epsilon, xyz.clamp(min=epsilon) ** (1 / 3), (kappa * xyz + 16) / 116)
    x, y, z = f.unbind(-3)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), dim=-3)


def delta_e_2000(first: Tensor, second: Tensor, eps: float = 1e-6) -> Tensor:
    """CIEDE2000 colour difference of two sRGB images, ``(..., 3, H, W)`` to ``(..., H, W)``.

    Formula: Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula" (2005), with
    k_L = k_C = k_H = 1. ``eps`` keeps the square roots differentiable where colours agree or
    are grey; a training loss takes a larger one.
    """
    return delta_e_2000_lab(srgb_to_lab(first), srgb_to_lab(second), eps)


def delta_e_2000_lab(first: Tensor, second: Tensor, eps: float = 1e-6) -> Tensor:
    """CIEDE2000 of two L*a*b* images, ``(..., 3, H, W)`` to ``(..., H, W)``."""
    l1, a1, b1 = first.unbind(-3)
    l2, a2, b2 = second.unbind(-3)
    chroma_mean = 0.5 * (torch.sqrt(a1**2 + b1**2 + eps) + torch.sqrt(a2**2 + b2**2 + eps))
    c7 = chroma_mean**7
    g = 0.5 * (1 - torch.sqrt(c7 / (c7 + 25.0**7) + 1e-12))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = torch.sqrt(a1**2 + b1**2 + eps), torch.sqrt(a2**2 + b2**2 + eps)
    h1, h2 = _hue(a1, b1), _hue(a2, b2)
    dl, dc = l2 - l1, c2 - c1
    # ΔH² = Δa² + Δb² − ΔC²: the same as 2·sqrt(C1·C2)·sin(Δh/2) squared, with smooth gradients.
    dh_squared = ((a2 - a1) ** 2 + (b2 - b1) ** 2 - dc**2).clamp(min=0.0)
    apart = (h1 - h2).abs() > math.pi
    h_mean = 0.5 * (h1 + h2)
    h_mean = torch.where(
        apart, torch.where(h1 + h2 < 2 * math.pi, h_mean + math.pi, h_mean - math.pi), h_mean
    )
    l_mean, c_mean = 0.5 * (l1 + l2), 0.5 * (c1 + c2)
    t = (
        1
        - 0.17 * torch.cos(h_mean - math.radians(30))
        + 0.24 * torch.cos(2 * h_mean)
        + 0.32 * torch.cos(3 * h_mean + math.radians(6))
        - 0.20 * torch.cos(4 * h_mean - math.radians(63))
    )
    theta = math.radians(30) * torch.exp(-(((h_mean * (180 / math.pi) - 275) / 25) ** 2))
    c_mean7 = c_mean**7
    r_c = 2 * torch.sqrt(c_mean7 / (c_mean7 + 25.0**7) + 1e-12)
    s_l = 1 + 0.015 * (l_mean - 50) ** 2 / torch.sqrt(20 + (l_mean - 50) ** 2)
    s_c = 1 + 0.045 * c_mean
    s_h = 1 + 0.015 * c_mean * t
    # The rotation term needs the signed ΔH; its sign is the sign of the hue step.
    step = torch.where(apart, -(h2 - h1).sign(), (h2 - h1).sign()).detach()
    dh = step * torch.sqrt(dh_squared + eps)
    total = (
        (dl / s_l) ** 2
        + (dc / s_c) ** 2
        + dh_squared / s_h**2
        - torch.sin(2 * theta) * r_c * (dc / s_c) * (dh / s_h)
    )
    return torch.sqrt(total.clamp(min=0.0) + eps)


def _hue(a: Tensor, b: Tensor) -> Tensor:
    """Hue angle in [0, 2π); its gradient is cut, since it only weights and is wild near grey."""
    hue = torch.atan2(b, a + 1e-12).detach()  # programs that divide (ONNX) must not get 0 / 0
    return torch.where(hue < 0, hue + 2 * math.pi, hue)
