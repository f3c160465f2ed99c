"""Train the perceptron that sees what lies before a face (``looksmith.people.sight``).

    python scripts/train_sight.py ../shared/data/photos

Faces of photos that may be used for shipped weights; hands, cloth, cups, tongues and hair are drawn
over their maps with parts of other photos, and the perceptron learns where. A fifth of the faces is
held back. Some four minutes on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from safetensors.numpy import save_file
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional

from looksmith.errors import PhotoError
from looksmith.people.colours import oklab
from looksmith.people.face_map import SIDE, face_patch, map_places, unwrapped
from looksmith.people.faces import find_faces
from looksmith.people.filters import Floats, blurred, polygons, resized
from looksmith.people.landmarks import LIPS_INNER, LIPS_OUTER
from looksmith.people.makeup_map import bare_skin, regions
from looksmith.people.sight import LOOKED_AT, sights
from looksmith.photos import read_rgb

N = LOOKED_AT
LEAST_FACE = 60.0
CATEGORIES = ("lifestyle", "ordinary_more", "portraits")
PLACES = 500  # looked at on each example
BATCH = 8192


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("-o", type=Path, default=Path("src/looksmith/people/models"))
    parser.add_argument("--examples", type=int, default=7000)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--cache", type=Path, help="file that keeps the maps that were read")
    args = parser.parse_args()
    maps, seen, textures = _read(_listed(args.photos), args.cache)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(maps))
    held, kept = order[: len(maps) // 5], order[len(maps) // 5 :]
    given, wanted = _looked_at(maps[kept], seen[kept], textures, args.examples, rng)
    network, mean, spread = _trained(given, wanted, args.steps)
    given, wanted = _looked_at(maps[held], seen[held], textures, 300, rng)
    with torch.inference_mode():
        says = torch.sigmoid(network((given - mean) / spread))[:, 0]
    for name, where in (("shown", wanted > 0.9), ("covered", wanted < 0.1)):
        print(f"held back, {name}: {says[where].mean():.3f}")
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    weights = {"mean": mean, "spread": spread}
    for index, layer in enumerate(layers):
        weights[f"weight{index}"], weights[f"bias{index}"] = layer.weight.T, layer.bias
    stored = {k: v.detach().numpy().astype(np.float16).copy() for k, v in weights.items()}
    save_file(stored, args.o / "sight.safetensors")


def _listed(folder: Path) -> list[Path]:
    """Photos whose use for shipped weights is free."""
    paths = [p for c in CATEGORIES for p in sorted((folder / c).glob("*.jpg"))]
    return [p for p in paths if p.parent.name != "portraits" or p.name.startswith("vladmandic")]


def _read(paths: Sequence[Path], cache: Path | None) -> tuple[Floats, Floats, Floats]:
    """Face maps ``(M, N, N, 3)`` Oklab, how well they are seen ``(M, N, N)``, and textures
    ``(T, N, N, 3)``: parts of the photos."""
    if cache is not None and cache.exists():
        stored = np.load(cache)
        return stored["maps"].astype("f4"), stored["seen"].astype("f4"), stored["textures"]
    maps, seen, textures = [], [], []
    for index, path in enumerate(paths):
        try:
            pixels = read_rgb(path)
        except PhotoError:
            continue
        if index % 4 == 0 and min(pixels.shape[:2]) > 2 * N:
            textures.append(oklab(pixels[: 2 * N : 2, : 2 * N : 2]))
        for face in find_faces(pixels):
            if face.width >= LEAST_FACE and abs(face.pose.yaw) < 60:
                patch = face_patch(pixels, face, 240)
                flat, shown = unwrapped(oklab(patch.pixels), patch.face)
                maps.append(resized(flat, (N, N)))
                seen.append(resized(shown, (N, N)))
    found = np.stack(maps), np.stack(seen), np.stack(textures)
    if cache is not None:
        np.savez(cache, maps=found[0].astype("f2"), seen=found[1].astype("f2"), textures=found[2])
    return found


def _looked_at(
    maps: Floats, seen: Floats, textures: Floats, count: int, rng: Generator
) -> tuple[Tensor, Tensor]:
    """Places of ``count`` examples: what the perceptron knows ``(P, F)``, what is seen ``(P,)``."""
    weight = 0.05 + sum(resized(regions()[part], (N, N)) for part in ("lips", "lips", "cheeks"))
    weight = weight + resized(regions()["eyes"], (N, N))
    given, wanted = [], []
    for _ in range(count):
        values, visible, shown = _example(maps, seen, textures, rng)
        chance = (weight * (visible > 0.1)).ravel()
        places = rng.choice(N * N, PLACES, p=chance / chance.sum())
        known = sights(values, _skin(values, visible), visible)
        given.append(known.reshape(N * N, -1)[places])
        wanted.append(shown.ravel()[places])
    return torch.tensor(np.concatenate(given)), torch.tensor(np.concatenate(wanted))


def _trained(given: Tensor, wanted: Tensor, steps: int) -> tuple[nn.Sequential, Tensor, Tensor]:
    torch.manual_seed(0)
    mean, spread = given.mean(0), given.std(0) + 1e-3
    layers = [nn.Linear(given.shape[1], 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU()]
    network = nn.Sequential(*layers, nn.Linear(48, 1))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps, pct_start=0.1)
    for step in range(steps):
        chosen = torch.randint(len(given), (BATCH,))
        logits = network((given[chosen] - mean) / spread)[:, 0]
        loss = functional.binary_cross_entropy_with_logits(logits, wanted[chosen].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 250 == 0:
            print(f"step {step}: {loss.item():.4f}", flush=True)
    return network.eval(), mean, spread


def _skin(colours: Floats, seen: Floats) -> Floats:
    return bare_skin(resized(colours, (SIDE, SIDE)), resized(seen, (SIDE, SIDE)))


def _example(
    maps: Floats, seen: Floats, textures: Floats, rng: Generator
) -> tuple[Floats, Floats, Floats]:
    """One map ``(N, N, 3)``, how well it is seen and what of it is the face ``(N, N)``."""
    index = int(rng.integers(len(maps)))
    colours, visible = maps[index].copy(), seen[index].copy()
    if rng.random() < 0.5:
        colours, visible = colours[:, ::-1].copy(), visible[:, ::-1].copy()
    if rng.random() < 0.4:
        colours = _made_up(colours, rng)
    skin = _skin(colours, visible)
    shown = np.ones((N, N), np.float32)
    for draw, chance in ((_hand, 0.25), (_thing, 0.45), (_tongue, 0.15), (_hair, 0.1)):
        if rng.random() < chance:
            mask, cover = draw(skin, textures, rng)
            shadow = blurred(mask, rng.uniform(1, 4)) * (1 - mask) * rng.uniform(0, 0.3)
            colours = colours * (1 - shadow[..., None])
            colours += mask[..., None] * (cover - colours)
            shown *= 1 - mask
    colours = colours * rng.uniform(0.55, 1.25)
    colours[..., 1:] = colours[..., 1:] * rng.uniform(0.6, 1.3) + rng.normal(0, 0.012, 2)
    colours += rng.normal(0, rng.uniform(0, 0.012), colours.shape)
    return colours.astype(np.float32), visible, shown


def _made_up(colours: Floats, rng: Generator) -> Floats:
    """Makeup of any colour hides nothing."""
    for part, darkest, lightest in (
        ("lips", -0.3, 0.1),
        ("eyes", -0.25, 0.1),
        ("cheeks", -0.1, 0.05),
    ):
        colour = rng.uniform((darkest, -0.03, -0.13), (lightest, 0.14, 0.08))
        share = rng.uniform(0.2, 1.0) * resized(regions()[part], (N, N))
        colours = colours + share[..., None] * colour
    return np.asarray(colours, np.float32)


def _hand(skin: Floats, textures: Floats, rng: Generator) -> tuple[Floats, Floats]:
    """Fingers side by side, perhaps with painted nails, in the face's own skin."""
    centre = rng.uniform((0.2, 0.35), (0.8, 0.95)) * N
    angle = rng.uniform(0, 2 * np.pi)
    ahead = np.array((np.cos(angle), np.sin(angle)))
    aside = ahead[::-1] * (-1, 1)
    width = rng.uniform(0.07, 0.14) * N
    mask, shade, nails = np.zeros((3, N, N), np.float32)
    count = int(rng.integers(1, 6))
    for k in range(count):
        offset = (k - (count - 1) / 2) * width * rng.uniform(0.95, 1.15)
        tip = centre + offset * aside + rng.normal(0, 0.04 * N) * ahead
        root = tip - ahead * rng.uniform(0.4, 1.0) * N + rng.normal(0, 0.05 * N, 2)
        finger, across = _capsule(tip, root, width / 2)
        shade = np.where(finger > mask, 1 - across**2, shade)
        mask = np.maximum(mask, finger)
        nails = np.maximum(nails, _capsule(tip, tip - ahead * width * 0.5, width * 0.3)[0])
    tone = skin + rng.normal(0, (0.05, 0.008, 0.010))
    cover = np.broadcast_to(tone, (N, N, 3)).astype(np.float32).copy()
    cover[..., 0] += rng.uniform(0.03, 0.16) * (shade - 0.7) + 0.02 * _noise(rng, 3)
    cover[..., 1] += rng.uniform(0, 0.02) * (1 - shade) + 0.005 * _noise(rng, 6)
    if rng.random() < 0.6:
        plain = tone + np.array((0.05, 0.012, 0.0))
        colour = plain if rng.random() < 0.4 else rng.uniform((0.2, -0.1, -0.1), (0.9, 0.2, 0.15))
        cover += nails[..., None] * (colour - cover)
    return mask, cover


def _capsule(first: Floats, second: Floats, radius: float) -> tuple[Floats, Floats]:
    """A thick line with round ends, and how far each place lies from its middle, 0 to 1."""
    y, x = np.mgrid[:N, :N].astype(np.float32)
    span = second - first
    along = (((x - first[0]) * span[0] + (y - first[1]) * span[1]) / (span @ span)).clip(0, 1)
    away = np.hypot(x - first[0] - along * span[0], y - first[1] - along * span[1])
    return (radius - away + 0.5).clip(0, 1), (away / radius).clip(0, 1)


def _thing(skin: Floats, textures: Floats, rng: Generator) -> tuple[Floats, Floats]:
    """Cloth up to a line, a cup, a microphone: a plain shape that shows some photo."""
    texture = textures[rng.integers(len(textures))]
    cover = np.roll(texture, rng.integers(N, size=2), (0, 1))[:: rng.choice((-1, 1))]
    plain = rng.random()
    if plain < 0.6:  # one colour, as cups and masks have; or that of skin, as some cloth has
        any_colour = rng.uniform((0.1, -0.1, -0.15), (0.97, 0.2, 0.15))
        near_skin = skin + rng.normal(0, (0.1, 0.015, 0.02))
        middle = near_skin if plain < 0.15 else any_colour if plain < 0.35 else cover.mean((0, 1))
        cover = rng.uniform(0.05, 0.4) * (cover - cover.mean((0, 1))) + middle
    y, x = np.mgrid[:N, :N].astype(np.float32)
    kind = rng.random()
    if kind < 0.45:
        line = rng.uniform(0.4, 0.8) * N + rng.normal(0, 0.2) * (x - N / 2)
        line += rng.normal(0, 0.004) * (x - N / 2) ** 2
        return (y - line + 0.5).clip(0, 1), cover
    centre = rng.uniform((0.2, 0.5), (0.8, 1.0)) * N
    size = rng.uniform(0.08, 0.35, 2) * N
    if kind < 0.75:
        away = np.hypot((x - centre[0]) / size[0], (y - centre[1]) / size[1])
        return ((1 - away) * size.min() + 0.5).clip(0, 1), cover
    turn = rng.uniform(-0.6, 0.6)
    u = (x - centre[0]) * np.cos(turn) + (y - centre[1]) * np.sin(turn)
    v = (y - centre[1]) * np.cos(turn) - (x - centre[0]) * np.sin(turn)
    return (np.minimum(size[0] - np.abs(u), size[1] - np.abs(v)) + 0.5).clip(0, 1), cover


def _tongue(skin: Floats, textures: Floats, rng: Generator) -> tuple[Floats, Floats]:
    """A tongue over the lower lip, which it covers in part; the lip beneath may be hidden."""
    inner, outer = (map_places(lips) * N / SIDE for lips in (LIPS_INNER, LIPS_OUTER))
    left, right = inner[:, 0].min(), inner[:, 0].max()
    middle = (left + right) / 2 + rng.normal(0, 0.12) * (right - left)
    half = rng.uniform(0.22, 0.48) * (right - left)
    top, lip = inner[:, 1].mean() - rng.uniform(0, 2), outer[:, 1].max()
    end = lip + rng.uniform(-0.1, 0.9) * (lip - top)
    y, x = np.mgrid[:N, :N].astype(np.float32)
    straight = end - half * 0.8
    below = np.maximum(y - straight, 0)
    away = np.hypot((x - middle) / half, below / (end - straight + 1e-3))
    mask = ((1 - away) * half + 0.5).clip(0, 1) * (y - top + 0.5).clip(0, 1)
    if rng.random() < 0.35:  # the whole lower lip lies behind it
        mask = np.maximum(mask, polygons((N, N), outer) * (y > top).astype(np.float32))
    tone = skin + rng.normal((-0.03, 0.022, -0.015), (0.05, 0.02, 0.012))
    cover = np.broadcast_to(tone, (N, N, 3)).astype(np.float32).copy()
    across = ((x - middle) / half).clip(-1, 1)
    cover[..., 0] += 0.05 * (1 - across**2) - 0.04 * np.exp(-((across / 0.15) ** 2))
    cover[..., 0] += 0.025 * _noise(rng, 1.0) - 0.06 * ((lip - y) / (lip - top)).clip(0, 1)
    return blurred(mask.astype(np.float32), 0.5), cover


def _hair(skin: Floats, textures: Floats, rng: Generator) -> tuple[Floats, Floats]:
    """A strand across the face."""
    mask = np.zeros((N, N), np.float32)
    start, end = rng.uniform(0, N, 2), rng.uniform(0, N, 2)
    start[1], end[1] = rng.uniform(0, 0.3) * N, rng.uniform(0.6, 1) * N
    for _ in range(int(rng.integers(2, 6))):
        shift = rng.normal(0, 2.0, 2)
        mask = np.maximum(mask, _capsule(start + shift, end + shift, rng.uniform(0.7, 2.2))[0])
    tone = skin * rng.uniform(0.2, 0.9) * (1, rng.uniform(0.3, 1), rng.uniform(0.3, 1.2))
    cover = np.broadcast_to(tone, (N, N, 3)).astype(np.float32).copy()
    cover[..., 0] += 0.05 * _noise(rng, 1.0)
    return mask, cover


def _noise(rng: Generator, sigma: float) -> Floats:
    noise = ndimage.gaussian_filter(rng.standard_normal((N, N)), sigma)
    return np.asarray(noise / noise.std(), np.float32)


if __name__ == "__main__":
    main()
