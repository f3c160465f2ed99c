"""Makeup where something lies before a face: how much of what covers it is painted.

    python benchmarks/occlusion.py ../shared/data/photos --lips red.jpg --cheeks pink.jpg

Hands (found in ``lifestyle`` and cut out by GrabCut, in the face's own tone), products of
``fashion_products`` and parts of other photos are laid over faces of ``faces_research``,
``makeup``, ``non_makeup`` and ``portraits``, which the shipped weights have not seen. Of lips, or
cheeks, as they lay before: the share of covered pixels that is painted, and of those still seen. A
pixel is painted where one of its channels changes by more than 8 (lips) or 4 (cheeks) of 255.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from looksmith.people import People, find_people
from looksmith.people.colours import oklab, to_srgb
from looksmith.people.face_map import wrapped
from looksmith.people.faces import Face, Pose
from looksmith.people.filters import Floats, blurred, polygons
from looksmith.people.hands import find_hands, hand_mask
from looksmith.people.landmarks import LIPS_INNER, LIPS_OUTER
from looksmith.people.makeup import make_up, read_makeup
from looksmith.people.makeup_map import PARTS, regions
from looksmith.people.masks import salient_mask, skin_colour
from looksmith.photos import read_rgb

Pixels = NDArray[np.uint8]
Cut = tuple[Pixels, Floats]
LEAST_FACE = 85.0
VISIBLE = {"lips": 8, "cheeks": 4}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--lips", type=Path, required=True, help="face with strong lipstick")
    parser.add_argument("--cheeks", type=Path, required=True, help="face with strong blush")
    parser.add_argument("--faces", type=int, default=90)
    args = parser.parse_args()
    layers = {"lips": read_makeup([args.lips]), "cheeks": read_makeup([args.cheeks])}
    rng = np.random.default_rng(5)
    hands, things = _hands(args.photos / "lifestyle", 14), _things(args.photos, 29)
    cloth = [read_rgb(p) for p in sorted((args.photos / "general_research").glob("*.jpg"))[::8]]
    painted: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    lost: dict[str, list[bool]] = defaultdict(list)
    for index, people in enumerate(_faces(args.photos, args.faces)):
        pixels, face = people.pixels, people.faces[0]
        covered = {
            "nothing": (pixels, np.zeros(pixels.shape[:2], np.float32)),
            "a hand": _with_hand(pixels, face, hands[index % len(hands)], rng),
            "a product": _with_thing(pixels, face, things[index % len(things)], rng),
            "cloth": _with_cloth(pixels, face, cloth[index % len(cloth)], rng),
        }
        for kind, (picture, cover) in covered.items():
            found = _same_face(picture, face)
            lost[kind].append(found is None)
            if found is None:
                continue
            for part, layer in layers.items():
                strengths = dict.fromkeys(PARTS, 0.0) | {part: 1.0}
                change = np.abs(make_up(picture, found, layer, strengths).astype(int) - picture)
                changed = change.max(-1) > VISIBLE[part]
                region = _region(part, face, people.size)
                under, free = region & (cover > 0.7), region & (cover < 0.05)
                if under.sum() > 20:
                    share = (changed & (cover > 0.7)).sum() / under.sum()
                    painted[kind, part, "covered"].append(min(1.0, float(share)))
                if free.sum() > 20:
                    painted[kind, part, "seen"].append(float(changed[free].mean()))
    columns = [(part, which) for part in VISIBLE for which in ("covered", "seen")]
    print("| before the face | faces lost | " + " | ".join(f"{p}, {w}" for p, w in columns) + " |")
    print("| --- | --- |" + " --- |" * len(columns))
    for kind, none in lost.items():
        shares = [np.mean(v) if (v := painted[kind, *c]) else np.nan for c in columns]
        print(f"| {kind} | {np.mean(none):.2f} | " + " | ".join(f"{s:.2f}" for s in shares) + " |")


def _faces(photos: Path, most: int) -> Iterator[People]:
    names = ("faces_research", "non_makeup", "makeup", "portraits")
    paths = [p for n in names for p in sorted((photos / n).glob("*.jpg"))]
    paths = [p for p in paths if not p.name.startswith("vladmandic")]
    chosen = np.random.default_rng(1).permutation(len(paths))
    found = (find_people(read_rgb(paths[i])) for i in chosen)
    large = (p for p in found if p.faces and p.faces[0].width >= LEAST_FACE)
    yield from (people for people, _ in zip(large, range(most), strict=False))


def _same_face(picture: Pixels, face: Face) -> People | None:
    """The face found anew in a covered picture; None where it isn't found."""
    nose = face.landmarks[1, :2]
    near = [
        f
        for f in find_people(picture).faces
        if np.abs(f.landmarks[1, :2] - nose).max() < 0.4 * face.width
    ]
    return People(picture, (near[0],)) if near and near[0].width >= 64 else None


def _region(part: str, face: Face, size: tuple[int, int]) -> NDArray[np.bool_]:
    if part == "cheeks":
        return np.asarray(wrapped(regions()["cheeks"][..., None], face, size)[..., 0] > 0.5)
    outer, inner = (polygons(size, face.outline(k)) for k in (LIPS_OUTER, LIPS_INNER))
    return np.asarray((outer > 0.9) & (inner < 0.1))


def _hands(folder: Path, count: int) -> list[Cut]:
    """Hands that are large in photos, cut out."""
    cuts: list[Cut] = []
    for path in sorted(folder.glob("*.jpg")):
        pixels = read_rgb(path)
        height, width = pixels.shape[:2]
        for joints in find_hands(pixels, _whole(width, height))[:1]:
            low, high = joints.min(0), joints.max(0)
            if (high - low).max() > 110 and low.min() > 0 and (high < (width, height)).all():
                cuts.append(_grab(pixels, joints))
        if len(cuts) == count:
            break
    return cuts


def _whole(width: int, height: int) -> Face:
    """A stand-in for a face as wide as a photo allows, so that all of it is searched."""
    places = np.zeros((478, 3), np.float32)
    half = max(width, height) / 4
    places[:, :2] = (width / 2, height / 2)
    places[234, 0], places[454, 0] = width / 2 - half, width / 2 + half
    return Face((0, 0, 1, 1), 1.0, places[:5, :2], places, Pose(0, 0, 0))


def _grab(pixels: Pixels, joints: Floats) -> Cut:
    """A hand cut out around its joints (GrabCut, Rother, Kolmogorov and Blake 2004)."""
    length = (joints.max(0) - joints.min(0)).max()
    left, top = np.maximum(joints.mean(0) - 0.8 * length, 0).astype(int)
    right, bottom = (joints.mean(0) + 0.8 * length).astype(int)
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    local = joints - (left, top)
    labels = np.full(part.shape[:2], cv2.GC_BGD, np.uint8)
    labels[hand_mask(part, [local]) > 0.3] = cv2.GC_PR_FGD
    sure = Image.new("L", part.shape[1::-1])
    draw = ImageDraw.Draw(sure)
    for finger in ((0, 1, 2, 3, 4), *((0, k, k + 1, k + 2, k + 3) for k in (5, 9, 13, 17))):
        draw.line([tuple(p) for p in local[list(finger)]], 255, max(3, int(length / 20)))
    labels[np.asarray(sure) > 0] = cv2.GC_FGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(part, labels, None, *models, 4, cv2.GC_INIT_WITH_MASK)
    return part, blurred(np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32), 0.8)


def _things(photos: Path, count: int) -> list[Cut]:
    cuts: list[Cut] = []
    for path in sorted((photos / "fashion_products").glob("*.jpg"))[::12]:
        pixels = read_rgb(path)
        mask = salient_mask(pixels)
        if 0.1 < (mask > 0.5).mean() < 0.6 and not find_people(pixels).faces:
            y, x = np.nonzero(mask > 0.5)
            box = np.s_[y.min() : y.max(), x.min() : x.max()]
            cuts.append((pixels[box], mask[box]))
    return cuts[:count]


def _with_hand(pixels: Pixels, face: Face, hand: Cut, rng: Generator) -> Cut:
    """A hand in a tone near the face's own before the mouth."""
    colours = oklab(hand[0])
    own = np.median(colours[hand[1] > 0.8], 0)
    tone, _ = skin_colour(oklab(pixels), face)
    toned = (to_srgb((colours + 0.8 * (tone - own)).astype(np.float32)) * 255).astype(np.uint8)
    turns = int(rng.integers(2))
    turned = np.rot90(toned, turns), np.rot90(hand[1], turns)
    mouth = face.outline(LIPS_OUTER).mean(0) + rng.normal(0, 0.12, 2) * face.width
    return _laid(pixels, turned, mouth, rng.uniform(1.2, 1.6) * face.width)


def _with_thing(pixels: Pixels, face: Face, thing: Cut, rng: Generator) -> Cut:
    mouth = face.outline(LIPS_OUTER).mean(0)
    mouth = mouth + np.array([rng.normal(0, 0.15), rng.uniform(0, 0.35)]) * face.width
    return _laid(pixels, thing, mouth, rng.uniform(0.7, 1.1) * face.width)


def _with_cloth(pixels: Pixels, face: Face, cloth: Pixels, rng: Generator) -> Cut:
    """Everything below a wavy line across the face."""
    height, width = pixels.shape[:2]
    texture = np.asarray(Image.fromarray(cloth).resize((width, height)), np.float32)
    if rng.random() < 0.5:
        texture = texture.mean((0, 1)) + 0.3 * (texture - texture.mean((0, 1)))
    nose, down = face.landmarks[1, :2], face.landmarks[152, :2] - face.landmarks[10, :2]
    down = down / np.linalg.norm(down)
    y, x = np.mgrid[:height, :width]
    below = (x - nose[0]) * down[0] + (y - nose[1]) * down[1]
    below += face.width * (0.05 * np.sin(3 * (x - nose[0]) / face.width) - rng.uniform(-0.1, 0.2))
    mask = (below + 0.5).clip(0, 1).astype(np.float32)
    return (pixels + mask[..., None] * (texture - pixels)).clip(0, 255).astype(np.uint8), mask


def _laid(pixels: Pixels, cut: Cut, centre: Floats, size: float) -> Cut:
    """A cut-out on a picture, ``size`` pixels long, with a little shadow; and where it lies."""
    part, alpha = cut
    scale = size / max(alpha.shape)
    width, height = (max(2, round(v * scale)) for v in alpha.shape[1::-1])
    top = Image.fromarray(np.dstack([part, (alpha * 255).astype(np.uint8)]))
    canvas = Image.new("RGBA", pixels.shape[1::-1])
    corner = int(centre[0] - width / 2), int(centre[1] - height / 2)
    canvas.paste(top.resize((width, height), Image.Resampling.LANCZOS), corner)
    values = np.asarray(canvas, np.float32)
    mask = values[..., 3] / 255
    shade = 1 - 0.25 * blurred(mask, size / 60) * (1 - mask)
    result = pixels * shade[..., None]
    result += mask[..., None] * (values[..., :3] - result)
    return result.clip(0, 255).astype(np.uint8), mask


if __name__ == "__main__":
    main()
