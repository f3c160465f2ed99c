"""Texts of what several commands say."""

from __future__ import annotations

TEXTS = {
    "help.app": (
        "Learn the look of a photo feed and give it to any photo.",
        "学习一组照片的风格，并应用到任意照片。",
    ),
    "help.resume": ("Go on where it was interrupted.", "从中断处继续。"),
    "help.seed": ("Seed of everything random.", "随机种子。"),
    "help.max_megapixels": ("Refuse photos larger than this.", "拒绝超过该百万像素数的照片。"),
    "help.out": ("Where the result goes.", "结果保存位置。"),
    "help.results_out": ("Folder for the results.", "结果文件夹。"),
    "help.version": ("Print the version and exit.", "显示版本号并退出。"),
    "usage": ("{why} See {command} --help.", "命令有误：{why} 用法见 {command} --help。"),
    "interrupted": ("Interrupted.", "已中断。"),
    "system.path": ("{path}: {why}.", "{path}：{why}。"),
    "system.failed": ("The system refused: {why}.", "系统拒绝了操作：{why}。"),
    "name.long": (
        "{path}: this file name is too long; give a shorter one with -o.",
        "{path}：文件名过长，请用 -o 指定较短的名称。",
    ),
    "memory": (
        "There is not enough memory for this; close other programs or use smaller pictures.",
        "内存不足；请关闭其他程序，或使用更小的图片。",
    ),
    "done.saved": ("Saved {path}", "已保存 {path}"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
}
