"""People: masks by skin tone, skin, makeup and avatars, with peers where there are any.

    python benchmarks/people.py ../shared/data/photos --look film.look

Photos: ``faces_research``, ``portraits``, ``makeup`` and ``non_makeup`` of the folder. Peers:
OpenCV's bilateral and edge-preserving filters for skin (under the same mask), Reinhard's colour
transfer region by region for makeup.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from looksmith.color import delta_e_2000, oklab_to_srgb, srgb_to_lab
from looksmith.look import Look
from looksmith.people import People, find_people
from looksmith.people.avatar import make_avatars
from looksmith.people.colours import oklab
from looksmith.people.face_map import face_patch, unwrapped, wrapped
from looksmith.people.faces import identity
from looksmith.people.filters import Floats, polygons
from looksmith.people.landmarks import EYES, LIPS_OUTER
from looksmith.people.makeup import make_up
from looksmith.people.makeup_map import PARTS, bare_skin, regions, worn
from looksmith.people.masks import face_oval, feature_mask, grown
from looksmith.people.skin import LEAST_FACE, SkinAmounts, median_skin, smooth_skin
from looksmith.photos import read_rgb

Pixels = NDArray[np.uint8]
EVENEST = SkinAmounts(0, 0, 0, 0, 0.11)
SHOWN = ("lips", "cheeks", "eyes", "liner", "brows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--look", type=Path, required=True)
    parser.add_argument("--faces", type=int, default=120, help="of faces_research")
    parser.add_argument("--every", type=int, default=1, help="of the makeup photos")
    parser.add_argument("--avatars", type=int, default=6, help="portraits made avatars of")
    args = parser.parse_args()
    cv2.setNumThreads(2)
    faces = sorted((args.photos / "faces_research").iterdir())[: args.faces]
    portraits = sorted((args.photos / "portraits").iterdir())
    found = [p for p in map(_found, [*faces, *portraits]) if p.faces]
    found = [p for p in found if p.faces[0].width >= LEAST_FACE]
    masks_and_skin(found, args.faces // 3)
    makeup(*(sorted((args.photos / k).iterdir())[:: args.every] for k in ("non_makeup", "makeup")))
    avatars([p for p in found if p.faces[0].width >= 90][-60:], Look.load(args.look), args.avatars)
    seconds(portraits)


def _found(path: Path) -> People:
    return find_people(read_rgb(path))


def tone(people: People) -> str:
    """Light, medium or dark, by the individual typology angle of the face's median skin
    (Chardon, Cretois and Hourseau 1991): from 41°, from 10°, below."""
    inside = people.skin > 0.8
    if inside.sum() < 50:
        return "unknown"
    colour = np.median(people.working[inside], 0) / 255
    lightness, _, b = srgb_to_lab(torch.tensor(colour, dtype=torch.float32)[:, None, None]).ravel()
    angle = np.degrees(np.arctan2(float(lightness) - 50, float(b)))
    return "light" if angle > 41 else "medium" if angle > 10 else "dark"


def masks_and_skin(found: Sequence[People], most: int) -> None:
    groups: dict[str, list[People]] = defaultdict(list)
    for people in found:
        groups[tone(people)].append(people)
    print("\n| skin | faces | face covered by the mask | hue drift | lightness drift (Oklab) |")
    print("| --- | --- | --- | --- | --- |")
    for name in ("light", "medium", "dark"):
        members = groups[name]
        if members:
            drift = np.array([_drift(p) for p in members])
            covered = np.mean([_covered(p) for p in members])
            print(
                f"| {name} | {len(members)} | {covered:.3f} | {np.abs(drift[:, 0]).mean():.2f}° | "
                f"{drift[:, 1].mean():+.4f} |"
            )
    methods: dict[str, Callable[[People], Pixels]] = {
        "Looksmith, as retouched portraits": lambda p: smooth_skin(p.pixels, p),
        "Looksmith, as far as it goes": lambda p: smooth_skin(p.pixels, p, EVENEST),
        "OpenCV bilateral": lambda p: _under_mask(p, cv2.bilateralFilter(p.pixels, 9, 40, 9)),
        "OpenCV edge-preserving": lambda p: _under_mask(
            p, cv2.edgePreservingFilter(p.pixels, flags=1, sigma_s=20, sigma_r=0.15)
        ),
    }
    print("\n| method | identity (mean, least) | marks left | texture left | eyes, lips sharp |")
    print("| --- | --- | --- | --- | --- |")
    sample = [p for p in found if p.faces[0].width > 150][:most]
    for name, method in methods.items():
        rows = np.array([_skin_row(p, method(p)) for p in sample])
        print(
            f"| {name} | {rows[:, 0].mean():.3f}, {rows[:, 0].min():.3f} | "
            f"{np.median(rows[:, 1]):.2f} | {np.median(rows[:, 2]):.2f} | "
            f"{rows[:, 3].mean():.3f}, {rows[:, 4].mean():.3f} |"
        )
    outside = [
        (smooth_skin(p.pixels, p, EVENEST)[p.skin == 0] == p.pixels[p.skin == 0]).all()
        for p in sample
        if p.scale == 1
    ]
    print(f"\noutside the mask the same bit for bit: {sum(outside)} of {len(outside)}")


def _covered(people: People) -> float:
    """Share of the inner face, features left out, that the skin mask has."""
    face, size = people.working_faces[0], people.skin.shape[::-1]
    inner = (face_oval(face, size) > 0.95) & (feature_mask(face, size) < 0.02)
    # The oval reaches up to where hair may be; the inner face ends below.
    brow = float(face.landmarks[[105, 334], 1].mean())
    inner &= np.arange(size[1])[:, None] > brow - 0.15 * face.width
    return float(people.skin[inner].mean()) if inner.any() else 0.0


def _drift(people: People) -> tuple[float, float]:
    """Change of hue (degrees) and of lightness that smoothing makes of the mean skin."""
    inside = people.skin > 0.8
    if people.scale != 1:
        return 0.0, 0.0
    before, after = (
        oklab(p)[inside].mean(0) for p in (people.pixels, smooth_skin(people.pixels, people))
    )
    hues = [np.degrees(np.arctan2(c[2], c[1])) for c in (before, after)]
    return (hues[1] - hues[0] + 180) % 360 - 180, float(after[0] - before[0])


def _under_mask(people: People, filtered: Pixels) -> Pixels:
    mask = people.full(people.skin)[..., None]
    return (people.pixels + mask * (filtered.astype(np.float32) - people.pixels) + 0.5).astype("u1")


def _skin_row(people: People, made: Pixels) -> tuple[float, float, float, float, float]:
    face = people.faces[0]
    same = float(identity(people.pixels, face) @ identity(made, face))
    before = median_skin([people])
    after = median_skin([_same_masks(people, made)])
    sharp = [_sharpness(people.pixels, made, face.outline(part)) for part in (*EYES, LIPS_OUTER)]
    return (
        same,
        after.get("marks", 0) / max(before.get("marks", 0), 1e-6),
        after.get("texture", 0) / max(before.get("texture", 0), 1e-6),
        float(np.mean(sharp[:2])),
        sharp[2],
    )


def _sharpness(before: Pixels, after: Pixels, outline: Floats) -> float:
    """Mean step between neighbours within an outline with its edge, after over before."""
    inside = polygons(before.shape[1::-1], grown(outline, 1.1, 1.3))[:, 1:] > 0.5
    energy = [np.abs(np.diff(p.mean(-1), axis=1))[inside].mean() for p in (before, after)]
    return float(energy[1] / max(energy[0], 1e-6))


def _same_masks(people: People, made: Pixels) -> People:
    """The people of a picture in another version of it: what is measured is not found anew."""
    other = People(made, people.faces)
    other.__dict__["skin"] = people.skin
    return other


@dataclass(frozen=True)
class _Made:
    """Colours of the parts of one made-up or bare face, Oklab."""

    skin: Floats
    parts: Mapping[str, Floats]

    @classmethod
    def of(cls, pixels: Pixels, people: People) -> _Made:
        patch = face_patch(pixels, people.faces[0], 320)
        flat, seen = unwrapped(oklab(patch.pixels), patch.face)
        parts = {}
        for part, mask in regions().items():
            weight = (mask * seen)[..., None]
            parts[part] = (flat * weight).sum((0, 1)) / weight.sum()
        return cls(bare_skin(flat, seen), parts)


def makeup(bare: Iterable[Path], made_up: Iterable[Path]) -> None:
    targets, references = ([_found(p) for p in paths] for paths in (bare, made_up))
    layers = [worn(p.pixels, p.faces[0]) for p in references]
    wanted = [_Made.of(p.pixels, p) for p in references]
    before, after = defaultdict(list), defaultdict(list)
    same, untouched = [], 0
    for people in targets:
        own = _Made.of(people.pixels, people)
        vector = identity(people.pixels, people.faces[0])
        for reference, layer, aim in zip(references, layers, wanted, strict=True):
            results = {
                "Looksmith": make_up(people.pixels, people, layer, dict.fromkeys(PARTS, 1.0)),
                "Reinhard by region": _reinhard(people, reference),
            }
            for name, result in results.items():
                _measure(before, after, name, own, _Made.of(result, people), aim)
            ours = results["Looksmith"]
            same.append(float(vector @ identity(ours, people.faces[0])))
            outside = _outside(people)
            untouched += bool((ours[outside] == people.pixels[outside]).all())
    print("\n| method | measure | " + " | ".join(SHOWN) + " |")
    print("| --- | --- |" + " --- |" * len(SHOWN))
    for name in ("Looksmith", "Reinhard by region"):
        for kind in ("on its own skin, ΔE2000", "chroma on its own skin", "colour itself, Oklab"):
            keys = [(name, kind, part) for part in SHOWN]
            closed = [1 - sum(after[k]) / sum(before[k]) for k in keys]
            print(f"| {name} | {kind} | " + " | ".join(f"{c:.2f}" for c in closed) + " |")
    print(f"\nidentity: mean {np.mean(same):.3f}, least {min(same):.3f}")
    print(f"outside the face the same bit for bit: {untouched} of {len(same)}")


def _measure(
    before: dict[tuple[str, str, str], list[float]],
    after: dict[tuple[str, str, str], list[float]],
    name: str,
    own: _Made,
    result: _Made,
    aim: _Made,
) -> None:
    for part in SHOWN:
        # The reference's makeup as the target's skin would wear it.
        worn_so = own.skin + aim.parts[part] - aim.skin
        for store, face in ((before, own), (after, result)):
            colour = face.parts[part]
            relative = colour - face.skin - (aim.parts[part] - aim.skin)
            key = "on its own skin, ΔE2000"
            store[name, key, part].append(_difference(colour, worn_so))
            store[name, "chroma on its own skin", part].append(float(np.hypot(*relative[1:])))
            apart = float(np.linalg.norm(colour - aim.parts[part]))
            store[name, "colour itself, Oklab", part].append(apart)


def _difference(first: Floats, second: Floats) -> float:
    pair = torch.tensor(np.stack([first, second]), dtype=torch.float32)[:, :, None, None]
    srgb = oklab_to_srgb(pair).clamp(0, 1)
    return float(delta_e_2000(srgb[0], srgb[1]))


def _outside(people: People) -> NDArray[np.bool_]:
    outside = np.ones(people.pixels.shape[:2], bool)
    for face in people.faces:
        low, high = face.landmarks[:, :2].min(0), face.landmarks[:, :2].max(0)
        left, top = np.maximum(low.astype(int) - 2, 0)
        right, bottom = high.astype(int) + 3
        outside[top:bottom, left:right] = False
    return outside


def _reinhard(people: People, reference: People) -> Pixels:
    """Mean and spread of L*a*b* of each region given to the same region (Reinhard et al. 2001)."""
    colours = [
        cv2.cvtColor(p.pixels, cv2.COLOR_RGB2LAB).astype(np.float32) for p in (people, reference)
    ]
    masks = []
    for one in (people, reference):
        layer = np.dstack([regions()[part] for part in PARTS])
        masks.append(wrapped(layer, one.faces[0], one.size))
    result = colours[0].copy()
    for index in range(len(PARTS)):
        ours, theirs = (m[..., index] for m in masks)
        if ours.max() < 0.5 or theirs.max() < 0.5:
            continue
        (mean, spread), (mean_r, spread_r) = (
            (c[m > 0.5].mean(0), c[m > 0.5].std(0) + 1e-3)
            for c, m in zip(colours, (ours, theirs), strict=True)
        )
        moved = (colours[0] - mean) * spread_r / spread + mean_r
        result += ours[..., None] * (moved - colours[0])
    return cv2.cvtColor(result.clip(0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def avatars(found: Sequence[People], look: Look, count: int) -> None:
    chosen = [found[i] for i in np.linspace(0, len(found) - 1, count).astype(int)]
    likeness, variety, vectors, took = [], [], [], []
    for people in chosen:
        start = time.process_time()
        made = make_avatars(people.pixels, look, 8, 1024)
        took.append(time.process_time() - start)
        likeness += [a.likeness for a in made if a.persona.treatment == "photo"]
        vectors.append(identity(made[0].pixels, made[0].face))
        small = [_small(a.pixels) for a in made]
        variety += [float(delta_e_2000(a, b).mean()) for a, b in combinations(small, 2)]
    others = [float(a @ b) for a, b in combinations(vectors, 2)]
    print(
        f"\navatars of {count} people: likeness of photographic ones mean {np.mean(likeness):.3f},"
    )
    print(f"least {min(likeness):.3f}; of different people at most {max(others):.3f};")
    print(f"variety within a set: mean ΔE2000 {np.mean(variety):.1f}, least {min(variety):.1f};")
    print(f"processor seconds for a set of 8 at 1024 px: {np.median(took):.1f} (median)")


def _small(pixels: Pixels) -> torch.Tensor:
    small = Image.fromarray(pixels).resize((64, 64), Image.Resampling.BOX)
    return torch.from_numpy(np.asarray(small, np.float32) / 255).permute(2, 0, 1)


def seconds(portraits: Sequence[Path]) -> None:
    """Processor seconds, so that other programs on the machine count little."""
    people = max(map(_found, portraits[19:32]), key=lambda p: p.faces[0].width if p.faces else 0)
    print("\n| photo | find | masks | skin | makeup |\n| --- | --- | --- | --- | --- |")
    image = Image.fromarray(people.pixels)
    layer = worn(people.pixels, people.faces[0])
    tile = np.asarray(image.resize((230, 230)))
    pictures = {
        "2 MP": np.asarray(image.resize((1414, 1414))),
        "12 MP": np.asarray(image.resize((3464, 3464))),
        "forty faces, 2 MP": np.tile(tile, (5, 8, 1)),
    }
    for name, pixels in pictures.items():
        marks = [time.process_time()]
        large = find_people(pixels)
        marks.append(time.process_time())
        _ = large.skin
        marks.append(time.process_time())
        smooth_skin(pixels, large, EVENEST)
        marks.append(time.process_time())
        make_up(pixels, large, layer, {"lips": 1.2})
        marks.append(time.process_time())
        print(f"| {name} | " + " | ".join(f"{s:.2f} s" for s in np.diff(marks)) + " |", flush=True)


if __name__ == "__main__":
    main()
