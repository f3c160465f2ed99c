"""Texts of paint and perceptual networks."""

from __future__ import annotations

TEXTS = {
    "download.failed": (
        "{url} could not be downloaded ({why}); check the connection, or put the file at {path}.",
        "无法下载 {url}（{why}）；请检查网络，或将文件放到 {path}。",
    ),
    "download.digest": (
        "{url}: what came is not the expected file (its SHA-256 differs); try again later.",
        "{url}：下载的内容与预期不符（SHA-256 不同），请稍后再试。",
    ),
    "perceptual.network": (
        "There are no perceptual features called {name}; known are {known}.",
        "没有名为 {name} 的感知特征，可选：{known}。",
    ),
    "perceptual.layer": (
        "{network} has no layer {name}; it has {known}.",
        "{network} 没有 {name} 层，可选：{known}。",
    ),
    "perceptual.missing": ("{path}: there is no such weights file.", "{path}：没有这个权重文件。"),
    "perceptual.weights": (
        "{path}: these are not weights of that network ({why}).",
        "{path}：这不是该网络的权重（{why}）。",
    ),
    "paint.one": ("Give one photo to paint, not {count}.", "请给出一张照片，而不是 {count} 张。"),
    "paint.setting": ("--{name}: {why}.", "--{name}：{why}。"),
    "paint.weights": (
        "Give one weight for each style, none negative and not all 0: "
        "there are {styles} styles and {weights} weights.",
        "每个风格图需要一个权重，不能为负，也不能全为 0："
        "现有 {styles} 个风格图、{weights} 个权重。",
    ),
    "paint.narrow": (
        "At size {size} the photo is {width} × {height} pixels, and these layers need {least} on "
        "the shorter side; raise --size or crop the photo.",
        "在尺寸 {size} 下照片为 {width} × {height} 像素，而这些层要求短边至少 {least}；"
        "请调高 --size 或裁剪照片。",
    ),
    "paint.mask": (
        "The mask ({mask} at this size) has other proportions than the photo ({photo}); "
        "make it from the same picture.",
        "蒙版（此尺寸下 {mask}）与照片（{photo}）比例不同，请用同一张图制作。",
    ),
    "paint.not_finite": (
        "The {name} loss is not finite at step {step}; lower its weight ({weight}).",
        "第 {step} 步的 {name} 损失不是有限值，请调低其权重（{weight}）。",
    ),
    "help.paint": (
        "Paint a photo in the style of pictures, by optimisation (minutes).",
        "以优化方式把照片画成参考图的画风（需数分钟）。",
    ),
    "help.photo": ("The photo.", "照片。"),
    "help.style": (
        "Picture whose style is taken; may be given again.",
        "取其画风的图片，可多次给出。",
    ),
    "help.style_weights": ("One weight a picture of --style.", "每张 --style 参考图一个权重。"),
    "help.size": ("Longer side of the result in pixels.", "结果长边的像素数。"),
    "help.paint_steps": ("Steps over all scales.", "各尺度的总步数。"),
    "help.mask": (
        "Picture that is white where the style goes.",
        "蒙版：白色处应用画风。",
    ),
    "help.invert_mask": ("The style goes where the mask is black.", "改为在蒙版黑色处应用画风。"),
    "help.keep_colours": (
        "Take the brush strokes only; keep the photo's colours.",
        "只取笔触，保留照片的颜色。",
    ),
    "help.optimizer": ("lbfgs or adam.", "lbfgs 或 adam。"),
    "help.content_weight": ("Weight of the content loss.", "内容损失的权重。"),
    "help.style_weight": ("Weight of the style loss.", "风格损失的权重。"),
    "help.style_scale": (
        "Size of the style pictures relative to the result: larger strokes above 1.",
        "参考图相对结果的大小：大于 1 则笔触更大。",
    ),
    "help.network": (
        "Perceptual features: vgg16-hed (shipped), vgg16-imagenet or vgg19 (downloaded once).",
        "感知特征：vgg16-hed（内置）、vgg16-imagenet 或 vgg19（下载一次）。",
    ),
    "help.network_weights": ("Own weights of that network.", "该网络的自备权重文件。"),
    "help.preview": (
        "File that shows the picture as it is, every 20 seconds.",
        "每 20 秒更新一次的预览文件。",
    ),
    "progress.paint": ("Painting {name}", "正在绘制 {name}"),
}
