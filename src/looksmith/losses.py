"""The losses, each a plain function.

Images are ``(B, 3, H, W)`` sRGB; features are dictionaries of ``(B, C, H, W)`` maps by layer name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import delta_e_2000

Features = dict[str, Tensor]
SMOOTHING = 1e-2  # keeps ΔE's root differentiable where colours agree already


def discriminator_loss(real: list[Tensor], fake: list[Tensor]) -> Tensor:
    """``−E log D(x) − E log(1 − D(G(z)))`` over patches and scales (Goodfellow et al. 2014)."""
    terms = [F.softplus(-r).mean() + F.softplus(f).mean() for r, f in zip(real, fake, strict=True)]
    return torch.stack(terms).mean()


def generator_loss(fake: list[Tensor]) -> Tensor:
    """``−E log D(G(z))``, the non-saturating form (Goodfellow et al. 2014, section 3)."""
    return torch.stack([F.softplus(-f).mean() for f in fake]).mean()


def condition_loss(logits: list[Tensor]) -> Tensor:
    """``L_condition = −E_u [log D(G(z|u))]``: the discriminator judges (image, user) pairs."""
    return generator_loss(logits)


def r1_penalty(logits_of: Callable[[Tensor], list[Tensor]], real: Tensor) -> Tensor:
    """``E ‖∇D(x)‖²`` on what is real, ``(B, …)`` (Mescheder et al. 2018).

    ``D(x)`` is the sum of a photo's logits ``(B, L)``: with their mean, the penalty would fall with
    the square of the number of patches, to nothing.
    """
    real = real.detach().requires_grad_(True)
    total = torch.stack([logits.sum() for logits in logits_of(real)]).sum()
    (gradient,) = torch.autograd.grad(total, real, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()


def gram_matrix(features: Tensor, mask: Tensor | None = None) -> Tensor:
    """``G = F Fᵀ / (H·W)``, ``(B, C, H, W)`` to ``(B, C, C)`` (Gatys et al. 2016, eq. 3).

    Gatys leaves the size in; dividing by it makes Gram matrices of photos of any size comparable.
    A mask ``(B, 1, H', W')`` in [0, 1] says how much each place counts (Gatys et al. 2017,
    "Controlling Perceptual Factors in Neural Style Transfer", eq. 6).
    """
    flat = features.flatten(2)
    if mask is None:
        return flat @ flat.transpose(1, 2) / flat.shape[-1]
    weight = F.interpolate(mask, features.shape[-2:], mode="area").flatten(2)
    return (weight * flat) @ flat.transpose(1, 2) / weight.sum(-1, keepdim=True).clamp(min=1e-6)


def gram_loss(
    generated: Features,
    targets: Features,
    weights: Mapping[str, float] | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """``L_style = Σ_l w_l Σ (G_l − A_l)²`` to known Gram matrices A (Gatys et al. 2016, eq. 5).

    Each layer is divided by its target's own energy Σ A_l², which makes the layers comparable and
    the loss a relative error; ``weights`` (1 each unless given) are normalised to sum to 1.
    """
    weights = weights or dict.fromkeys(generated, 1.0)
    loss = torch.zeros((), device=next(iter(generated.values())).device)
    for layer, features in generated.items():
        target = targets[layer].detach()
        energy = target.square().sum((1, 2)) + 1e-6
        error = (gram_matrix(features, mask) - target).square().sum((1, 2)) / energy
        loss = loss + weights[layer] * error.mean()
    return loss / sum(weights[layer] for layer in generated)


def style_loss(generated: Features, style: Features) -> Tensor:
    """``gram_loss`` to the Gram matrices of the style's features."""
    return gram_loss(generated, {layer: gram_matrix(style[layer]) for layer in generated})


def total_variation(image: Tensor) -> Tensor:
    """Mean squared step between neighbouring pixels of ``(B, C, H, W)``."""
    across = (image[..., 1:] - image[..., :-1]).square().mean()
    down = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    return across + down


def content_loss(generated: Features, content: Features) -> Tensor:
    """``L_content = 1/2 Σ (F_gen − F_content)²`` on instance-normalised features, a mean.

    Normalising each map takes out what a colour grade changes and leaves structure (Huang et al.,
    "Multimodal Unsupervised Image-to-Image Translation", 2018, section 5.1).
    """
    terms = [
        0.5 * (F.instance_norm(f) - F.instance_norm(content[layer]).detach()).square().mean()
        for layer, f in generated.items()
    ]
    return torch.stack(terms).mean()


def reconstruction_loss(generated: Tensor, truth: Tensor, counts: Tensor | None = None) -> Tensor:
    """Mean CIEDE2000 to the known truth; what lies out of [0, 1] is pulled back in.

    ``counts`` ``(B,)`` says which photos count, 0 if none does.
    """
    inside = generated.clamp(0, 1)
    # clamp() stops gradients outside; the L1 terms keep them alive there.
    error = (
        delta_e_2000(inside, truth, eps=SMOOTHING)
        + 20 * (generated - truth).abs().mean(1)
        + 10 * (generated - inside).abs().mean(1)
    )
    if counts is None:
        return error.mean()
    share = counts.to(error)
    return (error.flatten(1).mean(1) * share).sum() / share.sum().clamp(min=1)


def code_distance(generated: Tensor, style: Tensor) -> Tensor:
    """``1 − cosine`` of style codes ``(B, D)``."""
    return (1 - F.cosine_similarity(generated, style.detach(), dim=1)).mean()
