"""Texts of photo files and feeds."""

from __future__ import annotations

TEXTS = {
    "photo.missing": ("{path}: there is no such file.", "{path}：没有这个文件。"),
    "photo.not_image": (
        "{path}: this is not a photo that can be read ({why}).",
        "{path}：无法读取这张照片（{why}）。",
    ),
    "photo.broken": (
        "{path}: the file is damaged or incomplete ({why}); get it again from its source.",
        "{path}：文件已损坏或不完整（{why}），请重新获取。",
    ),
    "photo.unreadable": ("{path}: can't be read ({why}).", "{path}：无法读取（{why}）。"),
    "photo.unknown_format": ("unknown format", "未知格式"),
    "photo.damaged": ("the data in its middle make no sense", "中间的数据已损坏"),
    "photo.cut": ("the end is missing", "文件末尾缺失"),
    "photo.memory": (
        "{path}: there is not enough memory for this photo.",
        "{path}：内存不足，无法处理这张照片。",
    ),
    "photo.raw": (
        "{path}: this is a camera's raw file; develop it first and give the result.",
        "{path}：这是相机原始文件，请先冲印成照片再使用。",
    ),
    "photo.samples": (
        "{path}: this TIFF is no photo that can be read ({what}); save it as RGB.",
        "{path}：无法把这个 TIFF 当作照片读取（{what}），请另存为 RGB。",
    ),
    "photo.float_range": (
        "{path}: its floating-point values lie outside [0, 1]; bring them into that range.",
        "{path}：浮点数值超出 [0, 1]，请先调整到该范围。",
    ),
    "photo.too_large": (
        "{path}: {megapixels} megapixels are over the limit of {limit}; "
        "raise it with --max-megapixels.",
        "{path}：{megapixels} 百万像素，超过上限 {limit}，可用 --max-megapixels 调高。",
    ),
    "photo.animated": (
        "{path}: this is an animation; save the frame you want as a picture.",
        "{path}：这是动画，请把需要的一帧另存为图片。",
    ),
    "photo.format": (
        "{path}: photos are not written as {suffix}; use one of {known}.",
        "{path}：不能保存为 {suffix}，请使用 {known}。",
    ),
    "photo.no_format": (
        "{path}: its name ends in none of {known}, which says the format; add one, or make it a "
        "folder first.",
        "{path}：文件名缺少表示格式的扩展名，请加上 {known} 之一；"
        "如要存入文件夹，请先新建该文件夹。",
    ),
    "photo.given": ("the photo given", "所给照片"),
    "photo.kind": (
        "A photo is a path, bytes, an open binary file, a PIL image or an array, not {what}.",
        "照片应为路径、字节、以二进制打开的文件、PIL 图像或数组，而不是 {what}。",
    ),
    "photo.array": (
        "A photo array must be (height, width, 3) of uint8, uint16 or float in [0, 1], not {what}.",
        "照片数组应为 (高, 宽, 3)，类型为 uint8、uint16 或 [0, 1] 的浮点数，而不是 {what}。",
    ),
    "photo.unwritable": (
        "{path}: can't be written ({why}).",
        "{path}：无法写入（{why}）。",
    ),
    "feed.missing": ("{path}: there is no such folder.", "{path}：没有这个文件夹。"),
    "feed.no_source": (
        "{path}: there is no such folder or photo.",
        "{path}：没有这个文件夹或这张照片。",
    ),
    "feed.closed": (
        "{path}: you may not read this folder; ask its owner for permission.",
        "{path}：没有读取该文件夹的权限，请联系其所有者。",
    ),
    "feed.empty": (
        "{path}: no photo here could be read; give a folder with at least one photo.",
        "{path}：没有可读取的照片，请提供至少有一张照片的文件夹。",
    ),
    "feed.none": (
        "None of the {count} photos can be read, beginning with {why}",
        "{count} 张照片都无法读取，第一张是 {why}",
    ),
    "feed.nothing": (
        "No photo was given; give at least one.",
        "没有给出照片，请至少提供一张。",
    ),
    "feed.blank": (
        "There is nothing but a single colour to be seen, which says nothing of a look; "
        "give photos that show something.",
        "所给照片都只有单一颜色，无法体现风格，请提供有内容的照片。",
    ),
    "feed.few": (
        "Few photos ({count}): a look is surer from 8 or more.",
        "只有 {count} 张照片：8 张以上的风格更可靠。",
    ),
    "feed.differing": (
        "Only {count} of {all} photos show something of their own: copies and photos of a single "
        "colour say nothing of a look.",
        "{all} 张照片中只有 {count} 张各有内容：重复的照片和纯色照片无法体现风格。",
    ),
    "feed.skipped": ("Left out: {why}", "已跳过：{why}"),
    "folder.unwritable": (
        "{path}: this folder can't be made or written to ({why}).",
        "{path}：无法创建或写入该文件夹（{why}）。",
    ),
    "label.generated": (
        "Image changed by generative AI (Looksmith, look {look!r})",
        "本图像由生成式人工智能处理（Looksmith，风格 {look!r}）",
    ),
}
