"""Texts of video."""

from __future__ import annotations

TEXTS = {
    "help.video": ("Give a look to a video.", "把风格应用到视频。"),
    "help.video_source": ("A video.", "视频文件。"),
    "help.video_fast": (
        "One 3D LUT a scene through FFmpeg: faster, without what the look does place by place.",
        "每个场景用一个三维查找表（FFmpeg）：更快，但没有局部变化。",
    ),
    "progress.video": ("Rendering {name}", "正在渲染 {name}"),
    "video.extra": (
        "Video needs the package av: install looksmith[video].",
        "视频功能需要 av：请安装 looksmith[video]。",
    ),
    "video.foreign": (
        "{path}: this is not a video, or it is damaged.",
        "{path}：这不是视频，或文件已损坏。",
    ),
    "video.photo": (
        "{path}: this is a photo, not a video; use looksmith apply.",
        "{path}：这是照片而不是视频，请使用 looksmith apply。",
    ),
    "video.no_picture": (
        "{path}: there is no picture in this file, only sound.",
        "{path}：该文件没有画面，只有声音。",
    ),
    "video.undecodable": (
        "{path}: none of its pictures can be decoded.",
        "{path}：没有任何一帧可以解码。",
    ),
    "video.hdr": (
        "{path}: this is an HDR video (PQ or HLG); looks are made for SDR. Convert it to SDR "
        "(BT.709) first.",
        "{path}：这是 HDR 视频（PQ 或 HLG），风格只适用于 SDR，请先转换为 SDR（BT.709）。",
    ),
    "video.suffix": (
        "{path}: a video is written as {known}.",
        "{path}：视频输出格式为 {known}。",
    ),
    "video.unwritable": (
        "{path}: the video can't be written: {why}.",
        "{path}：无法写入视频：{why}。",
    ),
    "video.broken": (
        "{count} damaged pieces of the video could not be decoded and are left out.",
        "视频中有 {count} 处损坏的数据无法解码，已跳过。",
    ),
    "video.done": (
        "{frames} frames in {scenes} scenes. Saved {path}",
        "共 {frames} 帧、{scenes} 个场景。已保存 {path}",
    ),
}
