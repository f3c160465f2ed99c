"""Videos through PyAV: what can be read, frames as pixels and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Colorspace

from looksmith.errors import VideoError
from looksmith.pixels import Array
from looksmith.provenance import AIGC_FIELDS, PRODUCER
from looksmith.texts import text
from looksmith.video.scenes import SMALL, Scan

SUFFIXES = (".mp4", ".mov", ".mkv", ".m4v")
HDR_TRANSFERS = (16, 18)  # PQ (SMPTE ST 2084) and HLG (ARIB STD-B67), by ITU-T H.273
PHOTO_BRANDS = ("avif", "heic", "heix", "mif1")
WORKING = 128
_MOST_WORKING = 4000  # frames kept at working size: 200 MB


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A video with a picture that can be rendered.

    Raises:
        VideoError: missing, no video, a photo, without a picture, or HDR.
    """
    if not path.is_file():
        raise VideoError(text("travel.missing", path=path))
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise VideoError(text("video.foreign", path=path)) from error
    with container:
        if _is_photo(container):
            raise VideoError(text("video.photo", path=path))
        if not any(map(_moves, container.streams.video)):
            raise VideoError(text("video.no_picture", path=path))
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        if getattr(stream.codec_context, "color_trc", None) in HDR_TRANSFERS:
            raise VideoError(text("video.hdr", path=path))
        yield container


def _is_photo(container: Any) -> bool:
    """FFmpeg takes photos for videos of one frame: JPEG, PNG and the like as ``…_pipe`` or a series
    of pictures, HEIC and AVIF as MP4 of another brand."""
    name, brand = container.format.name, container.metadata.get("major_brand")
    return name.endswith("_pipe") or name == "image2" or brand in PHOTO_BRANDS


def _moves(stream: Any) -> bool:
    """Whether it is a film, not the cover of an album."""
    return not stream.disposition & Disposition.attached_pic


def frames(container: Any, path: Path, found: Scan | None = None) -> Iterator[Any]:
    """The frames of the picture in order, each with a time; what can't be decoded is left out.

    Raises:
        VideoError: nothing can be decoded.
    """
    stream = container.streams.video[0]
    count, last = 0, -1
    for packet in container.demux(stream):
        try:
            decoded = packet.decode()
        except av.error.FFmpegError:
            if found is not None:
                found.broken += 1
            continue
        for frame in decoded:
            if frame.pts is None or frame.pts <= last:  # a broken packet may leave no time
                frame.pts = last + 1
            last = frame.pts
            count += 1
            yield frame
    if not count:
        raise VideoError(text("video.undecodable", path=path))


def scan(container: Any, path: Path, progress: Any) -> Scan:
    """Look at every frame once, small."""
    found, stream = Scan(), container.streams.video[0]
    total = stream.frames or 0
    found.step = max(1, -(-total // _MOST_WORKING)) if total else 3
    for index, frame in enumerate(frames(container, path, found)):
        if index == 0 and frame.color_trc in HDR_TRANSFERS:
            raise VideoError(text("video.hdr", path=path))
        found.small.append(_rgb(frame, *SMALL))
        if index % found.step == 0:
            working = _rgb(frame, WORKING, WORKING)
            found.working.append(upright(working, frame.rotation))
        found.times.append(frame.pts)
        if total:
            progress(min(1.0, index / total))
    return found


def matrix(frame: Any) -> Colorspace:
    """The YUV matrix of a frame; where it says nothing, what players take: BT.709 from 720 rows
    on, else BT.601."""
    said = {1: Colorspace.ITU709, 5: Colorspace.ITU601, 6: Colorspace.ITU601}
    guess = Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
    return said.get(frame.colorspace, guess)


def _rgb(frame: Any, width: int, height: int) -> Array:
    small = frame.reformat(
        width, height, "rgb24", src_colorspace=matrix(frame), interpolation="AREA"
    )
    return np.asarray(small.to_ndarray())


def is_deep(frame: Any) -> bool:
    """Whether a frame has more than 8 bits a channel."""
    return any(component.bits > 8 for component in frame.format.components)


def pixels_of(frame: Any) -> Array:
    """``(H, W, 3)`` RGB: uint8, or uint16 for frames of more than 8 bits; upright."""
    form = "rgb48le" if is_deep(frame) else "rgb24"
    array = frame.reformat(format=form, src_colorspace=matrix(frame)).to_ndarray()
    return upright(np.asarray(array), frame.rotation)


def upright(pixels: Array, rotation: int) -> Array:
    """Turned by the rotation (degrees, counter-clockwise) that the file asks players for, and of
    even sides, as 4:2:0 needs: an odd last row or column is left out."""
    turned = np.rot90(pixels, round(rotation / 90) % 4)
    height, width = turned.shape[:2]
    return np.ascontiguousarray(turned[: max(2, height - height % 2), : max(2, width - width % 2)])


def frame_of(pixels: Array, like: Any) -> Any:
    """Pixels as a YUV 4:2:0 frame with the time and the tags of another."""
    deep = pixels.dtype == np.uint16
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb48le" if deep else "rgb24")
    made = frame.reformat(format="yuv420p10le" if deep else "yuv420p", dst_colorspace=matrix(like))
    made.pts, made.time_base = like.pts, like.time_base
    made.colorspace, made.color_primaries = like.colorspace, like.color_primaries
    made.color_trc = like.color_trc
    return made


def label(look_name: str) -> dict[str, str]:
    """Metadata that says what was done, and the implicit label of GB 45438-2025 (China)."""
    fields = dict.fromkeys(AIGC_FIELDS, "") | {"Label": "1", "ContentProducer": PRODUCER}
    return {
        "comment": text("label.generated", look=look_name),
        "AIGC": json.dumps(fields, ensure_ascii=False),
    }


def first_picture(path: Path) -> Array:
    """The first frame that can be decoded, ``(H, W, 3)``."""
    with opened(path) as container:
        return pixels_of(next(frames(container, path)))
