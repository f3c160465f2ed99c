"""Give a look to a video.

    render_video(Transfer(look), Path("in.mp4"), Path("out.mp4"))

Two passes: the first finds the scenes and predicts one rendering for each; the second renders and
encodes piece by piece beside the result, so that an interrupted run goes on with the piece it was
at. Sound, subtitles, chapters and metadata are copied.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import torch

from looksmith.errors import LooksmithError, VideoError
from looksmith.files import whole_file
from looksmith.look_lut import everywhere, lut_of
from looksmith.pixels import Array
from looksmith.rendering import Rendering, mean_stage, renderer
from looksmith.texts import text
from looksmith.transfer import Transfer
from looksmith.travel.cube import write_cube
from looksmith.video.media import (
    SUFFIXES,
    frame_of,
    frames,
    is_deep,
    label,
    opened,
    pixels_of,
    scan,
)
from looksmith.video.scenes import Piece, cuts, pieces

PARTS = "parts"  # suffix of the folder for pieces that are done
QUALITY = 18  # x264's constant rate factor
PRESET = "veryfast"
_SCANNING = 0.2  # of the progress

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Rendered:
    """What was done."""

    frames: int
    scenes: int
    broken: int
    """Packets that could not be decoded and are left out."""


def render_video(
    transfer: Transfer,
    source: Path,
    target: Path,
    *,
    fast: bool = False,
    resume: bool = False,
    progress: Progress = lambda _: None,
) -> Rendered:
    """Render a video with its own size, times, sound and metadata.

    Args:
        transfer: the look, how much of it, and for whom.
        source: any video that FFmpeg decodes, except HDR.
        target: an .mp4, .mov or .mkv file.
        fast: apply one 3D LUT a scene by FFmpeg's filter; what the look does place by place stays
            behind.
        resume: go on with the pieces of an interrupted run of the same source and settings.
        progress: told the share done.

    Raises:
        VideoError: no video, HDR, undecodable, or the target can't be written.
    """
    _check_target(source, target)
    parts = target.with_name(f".{target.name}.{PARTS}")
    with opened(source) as container:
        found = scan(container, source, lambda share: progress(_SCANNING * share))
    starts = cuts(found.small)
    todo = pieces(starts, len(found.times))
    renderings = [
        scene_rendering(transfer, found.samples(first, end))
        for first, end in zip(starts, [*starts[1:], len(found.times)], strict=True)
    ]
    _prepare(parts, _state(transfer, source, todo, fast), resume)
    try:
        _write_pieces(source, parts, todo, renderings, fast, progress)
        _join(source, target, parts, todo, transfer)
    except av.error.FFmpegError as error:
        raise VideoError(text("video.unwritable", path=target, why=error.strerror)) from error
    shutil.rmtree(parts)
    return Rendered(len(found.times), len(starts), found.broken)


def _check_target(source: Path, target: Path) -> None:
    if target.suffix.lower() not in SUFFIXES:
        raise VideoError(text("video.suffix", path=target, known=", ".join(SUFFIXES)))
    if not target.parent.is_dir():
        raise VideoError(text("feed.missing", path=target.parent))
    if source.resolve() == target.resolve():
        raise VideoError(text("apply.same_file", path=target))


def scene_rendering(transfer: Transfer, samples: Sequence[Array]) -> Rendering:
    """One rendering for all frames of a scene: the mean of those of some of them."""
    predicted = [transfer.rendering(sample) for sample in samples]
    shares = torch.full((len(predicted),), 1 / len(predicted))
    stages = []
    for versions in zip(*(rendering.stages for rendering in predicted), strict=True):
        luts = [stage.lut for stage in versions if stage.lut is not None]
        grids = [stage.grid for stage in versions if stage.grid is not None]
        both = replace(
            versions[0],
            lut=torch.cat(luts) if luts else None,
            grid=torch.cat(grids) if grids else None,
            amount=sum(stage.amount for stage in versions) / len(versions),
        )
        stages.append(mean_stage(both, shares))
    return Rendering(tuple(stages))


def _state(transfer: Transfer, source: Path, todo: Sequence[Piece], fast: bool) -> str:
    """What the pieces depend on, as JSON; another state begins anew."""
    stat, look = source.stat(), transfer.look
    tensors = (
        look.code,
        look.transport,
        look.correction,
        look.weights,
        look.lut,
        look.mood,
        look.tone,
    )
    digest = hashlib.sha256()
    for tensor in [*tensors, *(stage.lut for stage in transfer.more)]:
        digest.update(b"-" if tensor is None else tensor.detach().numpy().tobytes())
    return json.dumps(
        {
            "source": [str(source.resolve()), stat.st_size, stat.st_mtime_ns],
            "look": digest.hexdigest(),
            "controls": asdict(transfer.controls),
            "base": transfer.base.identity,
            "pieces": [[piece.first, piece.last] for piece in todo],
            "fast": fast,
            "encoder": [QUALITY, PRESET],
        }
    )


def _prepare(parts: Path, state: str, resume: bool) -> None:
    """The folder for pieces; those of another state, or of no wish to resume, go."""
    note = parts / "state.json"
    known = note.read_text(encoding="utf-8") if note.is_file() else None
    if not (resume and known == state):
        shutil.rmtree(parts, ignore_errors=True)
    try:
        parts.mkdir(exist_ok=True)
        note.write_text(state, encoding="utf-8")
    except OSError as error:
        why = error.strerror or error
        raise LooksmithError(text("folder.unwritable", path=parts, why=why)) from error


def _part(parts: Path, piece: Piece) -> Path:
    return parts / f"{piece.first:09}.nut"


def _write_pieces(
    source: Path,
    parts: Path,
    todo: Sequence[Piece],
    renderings: Sequence[Rendering],
    fast: bool,
    progress: Progress,
) -> None:
    """Decode once from the start, since only so frames have the numbers of the first pass."""
    total = todo[-1].last + 1
    ahead = [piece for piece in todo if not _part(parts, piece).exists()]
    if not ahead:
        return
    with opened(source) as container:
        numbered = enumerate(frames(container, source))
        for piece in ahead:
            make = _maker(renderings[piece.scene], fast, parts)
            with whole_file(_part(parts, piece)) as part, av.open(str(part), "w", "nut") as out:
                stream = None
                for index, frame in numbered:
                    if index < piece.first:
                        continue
                    made = make(frame)
                    if stream is None:
                        stream = _encoder(out, container.streams.video[0], made)
                    out.mux(stream.encode(made))
                    progress(_SCANNING + (1 - _SCANNING) * (index + 1) / total)
                    if index == piece.last:
                        break
                if stream is not None:
                    out.mux(stream.encode(None))


def _maker(rendering: Rendering, fast: bool, parts: Path) -> Callable[[Any], Any]:
    if not fast:
        one = renderer(rendering)
        return lambda frame: frame_of(one(pixels_of(frame)), frame)
    cube = parts / "scene.cube"
    write_cube(lut_of(everywhere([rendering])), cube, "scene")
    graph: list[Any] = []

    def by_filter(frame: Any) -> Any:
        if frame.rotation or frame.width % 2 or frame.height % 2 or is_deep(frame):
            frame = frame_of(pixels_of(frame), frame)
        if not graph:
            graph.append(_lut_graph(frame, cube))
        graph[0].push(frame)
        made = graph[0].pull()
        made.pts, made.time_base = frame.pts, frame.time_base
        return made

    return by_filter


def _lut_graph(frame: Any, cube: Path) -> Any:
    """FFmpeg's ``lut3d`` on RGB, and back to the frame's YUV."""
    graph = av.filter.Graph()
    place = str(cube).replace("\\", "/").replace(":", r"\:").replace("'", r"\'")
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    deep = is_deep(frame)
    for name, words in (
        ("format", "gbrp10le" if deep else "gbrp"),
        ("lut3d", f"file='{place}':interp=trilinear"),
        ("format", "yuv420p10le" if deep else "yuv420p"),
        ("buffersink", None),
    ):
        following = graph.add(name, words)
        last.link_to(following)
        last = following
    graph.configure()
    return graph


def _encoder(out: Any, stream: Any, frame: Any) -> Any:
    """H.264 without frames that refer ahead, so that pieces can be joined anywhere."""
    options = {"crf": str(QUALITY), "preset": PRESET, "bf": "0"}
    rate = stream.average_rate or Fraction(25)
    made = out.add_stream("libx264", rate=rate, options=options)
    made.width, made.height, made.pix_fmt = frame.width, frame.height, frame.format.name
    made.time_base = made.codec_context.time_base = stream.time_base
    context, given = made.codec_context, stream.codec_context
    for tag in ("color_primaries", "color_trc", "colorspace", "color_range"):
        if (value := getattr(given, tag, None)) is not None and tag != "color_range":
            setattr(context, tag, value)
    if given.sample_aspect_ratio:
        context.sample_aspect_ratio = given.sample_aspect_ratio
    return made


def _join(
    source: Path, target: Path, parts: Path, todo: Sequence[Piece], transfer: Transfer
) -> None:
    """The pieces one after another, with all else of the source."""
    options = {"movflags": "use_metadata_tags+faststart"} if target.suffix != ".mkv" else {}
    form = {".mkv": "matroska", ".mov": "mov"}.get(target.suffix.lower(), "mp4")
    with (
        whole_file(target, VideoError) as part,
        opened(source) as container,
        av.open(str(part), "w", form, options=options) as out,
    ):
        out.metadata.update(container.metadata | label(transfer.look.name))
        if chapters := container.chapters():
            out.set_chapters(chapters)
        copied = {
            stream.index: out.add_stream_from_template(stream)
            for stream in container.streams
            if _is_copied(stream, out)
        }
        others = _packets(container, copied)
        waiting = next(others, None)
        picture = None
        for piece in todo:
            with av.open(str(_part(parts, piece))) as made:
                stream = made.streams.video[0]
                if picture is None:
                    picture = out.add_stream_from_template(stream)
                    picture.metadata.update(container.streams.video[0].metadata)
                for packet in made.demux(stream):
                    if packet.dts is None:
                        continue
                    while waiting is not None and _time(waiting) <= _time(packet):
                        out.mux(waiting)
                        waiting = next(others, None)
                    packet.stream = picture
                    out.mux(packet)
        while waiting is not None:
            out.mux(waiting)
            waiting = next(others, None)


def _is_copied(stream: Any, out: Any) -> bool:
    """Sound always, subtitles where the target's format holds them."""
    if stream.type == "audio":
        return True
    return stream.type == "subtitle" and stream.codec_context.name in out.supported_codecs


def _packets(container: Any, copied: dict[int, Any]) -> Any:
    streams = [stream for stream in container.streams if stream.index in copied]
    if not streams:
        return
    for packet in container.demux(streams):
        if packet.dts is None:
            continue
        packet.stream = copied[packet.stream.index]
        yield packet


def _time(packet: Any) -> Fraction:
    return Fraction(packet.dts) * packet.time_base
