from __future__ import annotations

import io
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from looksmith.cli import app
from looksmith.errors import LooksmithError, VideoError
from looksmith.grading import identity_lut
from looksmith.look import Look
from looksmith.networks.model import CODE_SIZE
from looksmith.taste.api import Taste
from looksmith.taste.directions import NAMES
from looksmith.taste.features import FEATURES
from looksmith.taste.importing import import_users
from looksmith.taste.quiz import Pair
from looksmith.transfer import Transfer
from looksmith.video import render as rendering
from looksmith.video.render import render_video
from looksmith.video.scenes import flicker, mean_of

Write = Callable[..., Path]
WARM = torch.stack((identity_lut(5)[0], 0.8 * identity_lut(5)[1], 0.5 * identity_lut(5)[2]))


@pytest.fixture
def look() -> Look:
    """An imported look that warms."""
    return Look(
        "warm",
        torch.zeros(1, CODE_SIZE),
        torch.eye(3, 4).unsqueeze(0),
        torch.zeros(1, 64),
        torch.ones(1),
        lut=WARM,
    )


@pytest.fixture
def video(tmp_path: Path, photos: list[np.ndarray]) -> Write:
    """``video("a.mp4", size=(96, 64))``: two scenes of 12 frames that pan, with a tone."""

    def write(
        name: str = "in.mp4",
        size: tuple[int, int] = (96, 64),
        sound: bool = True,
        times: Callable[[int], int] = lambda index: index,
        codec: str = "libx264",
        form: str = "yuv420p",
        tags: dict[str, int] | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as out:
            out.metadata["title"] = "A film"
            out.set_chapters([_chapter(0, 12, "first"), _chapter(12, 24, "second")])
            stream = out.add_stream(
                codec, rate=25, options={"g": "6"} | ({"qp": "4"} if form == "yuv420p" else {})
            )
            stream.width, stream.height, stream.pix_fmt = *size, form
            stream.time_base = stream.codec_context.time_base = Fraction(1, 25)
            for tag, value in (tags or {}).items():
                setattr(stream.codec_context, tag, value)
            tone = out.add_stream("aac", rate=44100, layout="mono") if sound else None
            for index in range(24):
                photo = photos[index // 12]
                pixels = photo[10 : 10 + size[1], index : index + size[0]]
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
                frame.pts, frame.time_base = times(index), Fraction(1, 25)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            if tone is not None:
                wave = np.sin(np.arange(44100) / 20).astype(np.float32)[None]
                sound_frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
                sound_frame.sample_rate, sound_frame.pts = 44100, 0
                out.mux(tone.encode(sound_frame))
                out.mux(tone.encode(None))
        return path

    return write


def _chapter(start: int, end: int, title: str) -> Any:
    base = Fraction(1, 25)
    return {
        "id": start,
        "start": start,
        "end": end,
        "time_base": base,
        "metadata": {"title": title},
    }


def decoded(path: Path) -> tuple[list[np.ndarray], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [frame.to_ndarray(format="rgb24") for frame in frames], [frame.time for frame in frames]


def sound_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        packets = container.demux(audio=0)
        return [bytes(packet) for packet in packets if packet.dts is not None]


@pytest.mark.parametrize("fast", [False, True])
def test_a_video_gets_the_look_and_keeps_the_rest(
    fast: bool, video: Write, look: Look, tmp_path: Path
) -> None:
    source, target = video(), tmp_path / "out.mp4"
    done = render_video(Transfer(look), source, target, fast=fast)
    assert (done.frames, done.scenes, done.broken) == (24, 2, 0)
    (before, times), (after, times_after) = decoded(source), decoded(target)
    assert times_after == pytest.approx(times)
    ratio = mean_of(after).mean(0) / mean_of(before).mean(0)
    assert ratio == pytest.approx((1, 0.8, 0.5), abs=0.04)
    assert sound_of(target) == sound_of(source)
    with av.open(str(target)) as container:
        assert container.metadata["title"] == "A film"
        titles = [chapter["metadata"]["title"] for chapter in container.chapters()]
        assert titles == ["first", "second"]
        assert '"Label": "1"' in container.metadata["AIGC"]
    assert flicker(mean_of(after)) <= 1.05 * flicker(mean_of(before)) + 0.1
    assert not list(tmp_path.glob(".*"))


def test_times_of_a_variable_frame_rate_are_kept(video: Write, look: Look, tmp_path: Path) -> None:
    source = video(sound=False, times=lambda index: index * 2 + index % 2)
    render_video(Transfer(look), source, tmp_path / "out.mkv")
    assert decoded(tmp_path / "out.mkv")[1] == pytest.approx(decoded(source)[1], abs=0.002)


def test_an_interrupted_run_goes_on_with_the_piece_it_was_at(
    video: Write, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frames given to the encoder are the same to the bit; what x264 makes of equal frames may
    differ in a busy machine, also with one thread, so the films are compared by eye's measure."""
    source, target = video(), tmp_path / "out.mp4"
    made: list[tuple[int, bytes]] = []
    stop_at, frame_of = 0, rendering.frame_of

    def noted(pixels: np.ndarray, like: Any) -> Any:
        made.append((like.pts, pixels.tobytes()))
        if len(made) == stop_at:
            raise KeyboardInterrupt
        return frame_of(pixels, like)

    monkeypatch.setattr(rendering, "frame_of", noted)
    render_video(Transfer(look), source, tmp_path / "whole.mp4")
    whole, stop_at = list(made), 16
    made.clear()
    with pytest.raises(KeyboardInterrupt):
        render_video(Transfer(look), source, target)
    assert not target.exists()
    assert made == whole[:16]
    made.clear()
    render_video(Transfer(look), source, target, resume=True)
    assert made == whole[12:]  # the first scene was not rendered again
    assert len(whole) == 24
    (expected, times), (resumed, resumed_times) = decoded(tmp_path / "whole.mp4"), decoded(target)
    assert resumed_times == times
    for one, other in zip(expected, resumed, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 4


@pytest.mark.parametrize("size", [(97, 64), (96, 65)])
def test_odd_sizes_lose_a_row_or_column(
    size: tuple[int, int], video: Write, look: Look, tmp_path: Path
) -> None:
    source = video("in.mkv", size=size, codec="ffv1", form="yuv444p")
    render_video(Transfer(look), source, tmp_path / "out.mp4")
    frames, _ = decoded(tmp_path / "out.mp4")
    assert len(frames) == 24
    assert frames[0].shape == (64, 96, 3)


def test_10_bit_stays_10_bit_and_no_sound_is_no_trouble(
    video: Write, look: Look, tmp_path: Path
) -> None:
    source = video("in.mkv", codec="ffv1", form="yuv420p10le", sound=False)
    render_video(Transfer(look), source, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p10le"
        assert not container.streams.audio


def test_a_broken_frame_is_left_out(video: Write, look: Look, tmp_path: Path) -> None:
    source = video()
    with av.open(str(source)) as container:
        packets = [p for p in container.demux(video=0) if p.dts is not None]
        place, size = packets[15].pos, packets[15].size
    data = bytearray(source.read_bytes())
    data[place : place + size] = bytes(size)
    source.write_bytes(data)
    done = render_video(Transfer(look), source, tmp_path / "out.mp4")
    assert 15 <= done.frames <= 24
    assert len(decoded(tmp_path / "out.mp4")[0]) == done.frames


def test_hdr_is_refused(video: Write, look: Look, tmp_path: Path) -> None:
    source = video("in.mkv", tags={"color_trc": 16, "color_primaries": 9, "colorspace": 9})
    with pytest.raises(VideoError, match="HDR"):
        render_video(Transfer(look), source, tmp_path / "out.mp4")


def test_portrait_rotation_comes_out_upright(video: Write, look: Look, tmp_path: Path) -> None:
    """The track header's matrix, as phones write it: a quarter turn clockwise."""
    source = video()
    (before, _), data = decoded(source), bytearray(source.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    quarter = (0, 1 << 16, 0, -1 << 16, 0, 0, 64 << 16, 0, 1 << 30)
    data[place : place + 36] = struct.pack(">9i", *quarter)
    source.write_bytes(data)
    render_video(Transfer(look), source, tmp_path / "out.mp4")
    after, _ = decoded(tmp_path / "out.mp4")
    assert after[0].shape == (96, 64, 3)
    turned = np.rot90(before[0], -1)[..., 0].astype(float)
    assert np.corrcoef(turned.ravel(), after[0][..., 0].ravel())[0, 1] > 0.95


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no.mp4", "no such file"),
        ("words.mp4", "not a video"),
        ("tone.mp4", "only sound"),
        ("album.mp3", "only sound"),
        ("me.jpg", "a photo, not a video"),
        ("me.png", "a photo, not a video"),
        ("me.webp", "a photo, not a video"),
        ("me.avif", "a photo, not a video"),
        ("me.mp4", "a photo, not a video"),
    ],
)
def test_what_is_no_video_is_refused(
    name: str, why: str, look: Look, video: Write, photo: np.ndarray, tmp_path: Path
) -> None:
    if name == "words.mp4":
        (tmp_path / name).write_text("no video")
    elif name == "tone.mp4":
        _write_sound(video(), tmp_path / name)
    elif name == "album.mp3":
        _write_album(photo, tmp_path / name)
    elif name != "no.mp4":
        form = "jpeg" if name in ("me.jpg", "me.mp4") else name[3:]
        Image.fromarray(photo).save(tmp_path / name, format=form)
    path = look.save(tmp_path / "warm.look")
    words = ["video", str(tmp_path / name), "--look", str(path), "-o", str(tmp_path / "out.mp4")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert why in " ".join(result.output.split())
    assert not (tmp_path / "out.mp4").exists()


def _write_sound(video: Path, path: Path) -> None:
    with av.open(str(video)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)


def _write_album(cover: np.ndarray, path: Path) -> None:
    """An MP3 without sound whose ID3 tag holds a picture, as music has its cover."""
    data = io.BytesIO()
    Image.fromarray(cover).save(data, "JPEG")
    picture = b"\0image/jpeg\0\3\0" + data.getvalue()
    frame = b"APIC" + len(picture).to_bytes(4, "big") + b"\0\0" + picture
    size = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    silence = (b"\xff\xfb\x90\xc0" + bytes(413)) * 20
    path.write_bytes(b"ID3\3\0\0" + size + frame + silence)


def test_a_user_gets_the_video_as_their_taste_has_it(
    video: Write, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone who likes pictures warm, and someone of whom nothing is known."""
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "home"))
    taste, difference = Taste.open(), np.zeros(FEATURES)
    difference[NAMES.index("warmth")] = 1
    nothing = Pair(0, (np.zeros(9), np.zeros(9)), difference)
    for _ in range(12):
        taste.answer("ada", nothing, "a")
    (tmp_path / "users.csv").write_text("id\nnew")
    import_users(taste.database, tmp_path / "users.csv")
    source, path = video(), look.save(tmp_path / "warm.look")
    colours = {}
    for user in ("ada", "new", None):
        target = tmp_path / f"{user}.mp4"
        words = ["video", str(source), "--look", str(path), "-o", str(target), "--normalise", "0"]
        result = CliRunner().invoke(app, [*words, *(["--user", user] if user else [])])
        assert result.exit_code == 0, result.output
        colours[user] = mean_of(decoded(target)[0]).mean(0)
    red, _, blue = colours["ada"] - colours[None]
    assert red - blue > 2
    assert colours["new"] == pytest.approx(colours[None], abs=0.2)
    words = ["video", str(source), "--look", str(path), "-o", str(tmp_path / "no.mp4")]
    result = CliRunner().invoke(app, [*words, "--user", "nobody"])
    assert result.exit_code == 2 and "user" in result.output
    assert not (tmp_path / "no.mp4").exists()


def test_a_video_over_itself_and_other_formats_are_refused(
    video: Write, look: Look, tmp_path: Path
) -> None:
    source = video()
    with pytest.raises(LooksmithError, match="overwrite"):
        render_video(Transfer(look), source, source)
    with pytest.raises(VideoError, match="written as"):
        render_video(Transfer(look), source, tmp_path / "out.avi")
