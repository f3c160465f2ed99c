"""Texts of the watched folder."""

from __future__ import annotations

TEXTS = {
    "help.watch": (
        "Watch a folder and give a look to every photo that comes into it.",
        "监视文件夹，为每张新照片应用风格。",
    ),
    "help.watch_source": ("The folder to watch.", "要监视的文件夹。"),
    "help.watch_target": ("The folder for results.", "结果文件夹。"),
    "help.watch_interval": ("Seconds between two looks into the folder.", "两次检查的间隔（秒）。"),
    "help.watch_patience": (
        "Seconds that a file which can't be read may still be on its way.",
        "无法读取的文件最多再等待多少秒。",
    ),
    "watch.nested": (
        "{target}: the folder for results must not lie in the watched folder {source}, nor the "
        "other way round.",
        "{target}：结果文件夹与被监视的文件夹 {source} 不能互相包含。",
    ),
    "watch.begun": (
        "Watching {source}; results go to {target}. Stop with Ctrl-C.",
        "正在监视 {source}，结果写入 {target}。按 Ctrl-C 停止。",
    ),
    "watch.ended": (
        "Stopped: {count} photos written, {failed} refused.",
        "已停止：写入 {count} 张，拒绝 {failed} 张。",
    ),
}
