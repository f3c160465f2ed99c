"""A portrait that lives: a short loop in which it blinks, talks, turns a little and breathes.

frames = animate(avatar)                 # (N, S, S, 3) uint8, the last leads to the first
write_webp(frames, Path("me.webp"), label)

Nothing is drawn anew: the person is bent as the landmarks move, before a background that stays.
A turn moves each landmark as its depth has it, breath lifts what is below the chin, a blink draws
the skin of the lid over the eye, and words part the lips (``talk``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from looksmith.errors import LooksmithError, PhotoError
from looksmith.files import whole_file
from looksmith.people.avatar import Avatar, eight_bits
from looksmith.people.faces import Face
from looksmith.people.filters import Floats, resized
from looksmith.people.landmarks import EYES, OVAL
from looksmith.people.sight import mouth_seen
from looksmith.people.talk import Mouth, shadow, spoken
from looksmith.texts import text

FRAMES_A_SECOND = 15
SECONDS = 4.0
_TURN = np.radians(3.0)
_NOD = np.radians(1.2)
_BREATH = 0.007  # of the side
_BLINK = (0.0, 0.45, 1.0, 0.75, 0.3)  # how far the lids are closed, frame by frame
# How far the mouth is open, frame by frame: four words after the blink.
_WORDS = (
    *(0.25, 0.7, 0.9, 0.5, 0.15, 0.45, 0.8, 0.45, 0.1, 0.0, 0.3, 0.75, 1.0, 0.7, 0.3, 0.5),
    *(0.7, 0.35, 0.1, 0.0, 0.2, 0.55, 0.6, 0.25),
)
_GRID = 96  # side of the grid on which the smooth part of the motion is computed
_LEAST_OPEN = 0.12  # of an eye's width; eyes closed further don't blink
_LEAST_SEEN = 0.5  # of a mouth's lips; a mouth behind a hand or a cup doesn't talk


@dataclass(frozen=True)
class _Moment:
    """How far everything is moved in one frame."""

    turn: float
    nod: float
    breath: float
    blink: float
    opened: float


def animate(
    avatar: Avatar, progress: Callable[[float], None] = lambda _: None
) -> NDArray[np.uint8]:
    """``(N, S, S, 3)`` uint8 frames of a seamless loop of ``SECONDS``."""
    side = avatar.side
    background = avatar.background(side, side)
    layers = np.dstack([avatar.person * avatar.alpha[..., None], avatar.alpha])
    picture = torch.tensor(layers, dtype=torch.float32).permute(2, 0, 1)[None]
    talks = mouth_seen(eight_bits(avatar.person), avatar.face) > _LEAST_SEEN
    mouth = Mouth.of(avatar.face) if talks else None
    inside = None if mouth is None else shadow(avatar.person, mouth)
    frames = []
    moments = list(_moments())
    for done, moment in enumerate(moments, 1):
        places = _blinked(_bent(avatar, moment), avatar.face, moment.blink)
        between = np.zeros((side, side), np.float32)
        if mouth is not None:
            places, between = spoken(places, mouth, moment.opened)
        grid = torch.tensor((2 * places + 1) / side - 1, dtype=torch.float32)[None]
        seen = functional.grid_sample(
            picture, grid, mode="bilinear", padding_mode="border", align_corners=False
        )[0]
        values = seen.permute(1, 2, 0).numpy()
        alpha = values[..., 3]
        person = values[..., :3] / np.maximum(alpha, 1e-3)[..., None]
        if inside is not None:
            person = person + between[..., None] * (inside - person)
        frames.append(eight_bits(avatar.over(background, person, alpha)))
        progress(done / len(moments))
    return np.stack(frames)


def _moments() -> Iterator[_Moment]:
    count = round(SECONDS * FRAMES_A_SECOND)
    first = round(0.3 * count)
    for index in range(count):
        phase = 2 * np.pi * index / count
        blink = _at(_BLINK, index - first)
        opened = _at(_WORDS, index - first - len(_BLINK) - 2)
        yield _Moment(
            float(_TURN * np.sin(phase)),
            float(_NOD * np.sin(2 * phase + 0.6) - _NOD * np.sin(0.6)),
            float(0.5 - 0.5 * np.cos(phase)),
            blink,
            opened,
        )


def _at(values: tuple[float, ...], index: int) -> float:
    """A value of a sequence, 0 before and after it."""
    return values[index] if 0 <= index < len(values) else 0.0


def _bent(avatar: Avatar, moment: _Moment) -> Floats:
    """``(S, S, 2)`` where each pixel of a frame is taken from, for turn, nod and breath."""
    side, face = avatar.side, avatar.face
    points = face.landmarks[list(OVAL) + list(range(0, 468, 9))]
    shift = _turned(points, moment) - points[:, :2]
    axis = (np.arange(_GRID, dtype=np.float32) + 0.5) * side / _GRID
    x, y = np.meshgrid(axis, axis)
    # Landmarks pull what is near; hair and neck follow less the farther they are.
    reach = 0.16 * face.width
    away = (x[..., None] - points[:, 0]) ** 2 + (y[..., None] - points[:, 1]) ** 2
    weight = np.exp(-away / (2 * reach**2))
    field = weight @ shift / (weight.sum(-1) + 1e-6)[..., None]
    nearest = np.sqrt(away.min(-1))
    field *= np.exp(-((nearest / (0.9 * face.width)) ** 2))[..., None]
    chin = float(face.landmarks[152, 1])
    below = ((y - chin) / (0.6 * face.width)).clip(0, 1)
    lifted = below * below * (3 - 2 * below)
    field[..., 1] -= _BREATH * side * moment.breath * (0.35 + 0.65 * lifted)
    full = resized(field.astype(np.float32), (side, side))
    pixels = np.arange(side, dtype=np.float32)
    return np.stack(np.meshgrid(pixels, pixels), -1) - full


def _turned(points: Floats, moment: _Moment) -> Floats:
    """Where landmarks ``(N, 3)`` lie after a turn and a nod about a point behind the face."""
    centre = points.mean(0)
    centre[2] += 0.5 * np.ptp(points[:, 0])
    p = points - centre
    x = p[:, 0] * np.cos(moment.turn) - p[:, 2] * np.sin(moment.turn)
    z = p[:, 2] * np.cos(moment.turn) + p[:, 0] * np.sin(moment.turn)
    y = p[:, 1] * np.cos(moment.nod) - z * np.sin(moment.nod)
    return np.stack([x, y], 1) + centre[:2]


def _blinked(places: Floats, face: Face, closed: float) -> Floats:
    """Places ``(S, S, 2)`` to sample, changed so that the lids cover ``closed`` of the eyes."""
    if closed <= 0:
        return places
    result = places.copy()
    for eye in EYES:
        outline = face.outline(eye)
        outer, inner = outline[0], outline[8]
        width = float(np.linalg.norm(inner - outer))
        along = (inner - outer) / max(width, 1e-6)
        down = np.array((-along[1], along[0]))
        down = down if down[1] > 0 else -down
        local = outline - outer
        u, v = local @ along / width, local @ down / width
        upper, lower = (
            _lid(u[:9], v[:9]),
            _lid(u[[0, *range(15, 8, -1), 8]], v[[0, *range(15, 8, -1), 8]]),
        )
        if float((lower - upper).max()) < _LEAST_OPEN:
            continue
        _cover(result, places, outer, along, down, width, upper, lower, closed)
    return result


_SAMPLES = np.linspace(0, 1, 33)


def _lid(u: Floats, v: Floats) -> Floats:
    """A lid's height at ``_SAMPLES`` along the eye, in widths of it."""
    order = np.argsort(u)
    return np.interp(_SAMPLES, u[order], v[order])


def _cover(
    result: Floats,
    places: Floats,
    outer: Floats,
    along: Floats,
    down: Floats,
    width: float,
    upper: Floats,
    lower: Floats,
    closed: float,
) -> None:
    """Draw one lid's skin, from the fold to its edge, over the eye below."""
    local = places - outer
    u, v = local @ along / width, local @ down / width
    inside = (u > 0) & (u < 1) & (v > upper.min() - 0.5) & (v < lower.max() + 0.1)
    at = u[inside]
    edge, end = np.interp(at, _SAMPLES, upper), np.interp(at, _SAMPLES, lower)
    gap = np.maximum(end - edge, 0)
    fold = edge - 0.9 * gap - 0.02
    moved_edge = edge + closed * 0.96 * gap
    height = v[inside]
    stretch = (edge - fold) / np.maximum(moved_edge - fold, 1e-6)
    on_lid = (height > fold) & (height < moved_edge)
    source = np.where(on_lid, fold + (height - fold) * stretch, height)
    result[inside] += ((source - height) * width)[:, None] * down


def write_webp(frames: NDArray[np.uint8], path: Path, label: bytes) -> None:
    """Write a loop as animated WebP with its label.

    Raises:
        PhotoError: the file can't be written.
    """
    images = [Image.fromarray(frame) for frame in frames]
    stored = BytesIO()
    images[0].save(
        stored,
        "WEBP",
        save_all=True,
        append_images=images[1:],
        duration=round(1000 / FRAMES_A_SECOND),
        loop=0,
        quality=82,
        method=2,
        xmp=label,
    )
    with whole_file(path, PhotoError) as part:
        part.write_bytes(stored.getvalue())


def write_mp4(frames: NDArray[np.uint8], path: Path, label: str) -> None:
    """Write a loop as MP4 (H.264), twice round, with its label as the comment.

    Raises:
        LooksmithError: PyAV isn't installed.
        PhotoError: the file can't be written.
    """
    try:
        import av
    except ImportError as error:
        raise LooksmithError(text("animate.extra")) from error
    height, width = (side // 2 * 2 for side in frames.shape[1:3])
    with whole_file(path, PhotoError) as part, av.open(str(part), "w", format="mp4") as container:
        container.metadata["comment"] = label
        stream = container.add_stream("libx264", rate=FRAMES_A_SECOND, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in [*frames, *frames]:
            picture = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(frame[:height, :width]), format="rgb24"
            )
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
