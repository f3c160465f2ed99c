"""Every text a user sees, in English and Chinese.

``text(key, **values)`` gives the sentence in the user's language: ``LOOKSMITH_LANG`` (``en`` or
``zh``) or else the locale.
"""

from __future__ import annotations

import os

_TEXTS: dict[str, tuple[str, str]] = {
    "photo.missing": ("{path}: there is no such file.", "{path}：没有这个文件。"),
    "photo.not_image": (
        "{path}: this is not a photo that can be read ({why}).",
        "{path}：无法读取这张照片（{why}）。",
    ),
    "photo.broken": (
        "{path}: the file is damaged or incomplete ({why}); get it again from its source.",
        "{path}：文件已损坏或不完整（{why}），请重新获取。",
    ),
    "photo.too_large": (
        "{path}: {megapixels} megapixels are over the limit of {limit}; "
        "raise it with --max-megapixels.",
        "{path}：{megapixels} 百万像素超过上限 {limit}，可用 --max-megapixels 调高。",
    ),
    "photo.animated": (
        "{path}: this is an animation; save the frame you want as a picture.",
        "{path}：这是动画，请把需要的一帧另存为图片。",
    ),
    "photo.format": (
        "{path}: photos are not written as {suffix}; use one of {known}.",
        "{path}：不能保存为 {suffix}，请使用 {known}。",
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
    "feed.empty": (
        "{path}: no photo here could be read; give a folder with at least one photo.",
        "{path}：没有可读取的照片，请提供至少有一张照片的文件夹。",
    ),
    "feed.few": (
        "Only {count} photos: a look is surer from 8 or more.",
        "只有 {count} 张照片：8 张以上的风格更可靠。",
    ),
    "feed.skipped": ("Left out: {why}", "已跳过：{why}"),
    "look.missing": ("{path}: there is no such look.", "{path}：没有这个风格文件。"),
    "look.foreign": (
        "{path}: this is not a look file, or it is damaged ({why}).",
        "{path}：这不是风格文件，或文件已损坏（{why}）。",
    ),
    "look.newer": (
        "{path}: this look is of format {version}, newer than this Looksmith reads; "
        "update Looksmith.",
        "{path}：该风格的格式 {version} 比当前 Looksmith 新，请升级。",
    ),
    "look.other_base": (
        "{path}: this look was learned on base {theirs}, this Looksmith has base {ours}; "
        "learn it again.",
        "{path}：该风格基于基础模型 {theirs}，当前为 {ours}，请重新学习。",
    ),
    "base.missing": (
        "{path}: LOOKSMITH_BASE names this file, but it does not exist.",
        "{path}：LOOKSMITH_BASE 指定的文件不存在。",
    ),
    "strength.range": (
        "Strength must lie between 0 and 1, not {strength}.",
        "强度必须在 0 到 1 之间，而不是 {strength}。",
    ),
    "blend.weights": (
        "Give one weight of 0 or more a look, not all 0: {looks} looks, {weights} weights.",
        "每个风格需要一个不小于 0 的权重且不能全为 0：{looks} 个风格，{weights} 个权重。",
    ),
    "look.name": (
        "A look's name must not be empty and holds no path separator: {name!r}.",
        "风格名称不能为空，也不能包含路径分隔符：{name!r}。",
    ),
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
    "train.no_photos": (
        "No photo was found in {path}; give a folder with at least {least}.",
        "在 {path} 中没有找到照片，请提供至少 {least} 张照片的文件夹。",
    ),
    "learn.kept": (
        "Adaptation helped on held-back photos: distance to the feed {before:.3f} → {after:.3f}.",
        "自适应在保留照片上有效：与照片集的距离 {before:.3f} → {after:.3f}。",
    ),
    "learn.not_kept": (
        "Adaptation did not help on held-back photos; the zero-shot look is kept.",
        "自适应在保留照片上没有改善，保留零样本风格。",
    ),
    "learn.interrupted": (
        "Interrupted; go on with the same command and --resume.",
        "已中断；用同样的命令加 --resume 继续。",
    ),
    "learn.minutes": (
        "Minutes must be more than 0, not {minutes}.",
        "分钟数必须大于 0，而不是 {minutes}。",
    ),
    "cube.foreign": (
        "{path}: this is not a 3D LUT in .cube format, or it is incomplete.",
        "{path}：这不是 .cube 格式的三维查找表，或文件不完整。",
    ),
    "apply.same_file": (
        "{path}: the result would overwrite the photo itself; give another path with -o.",
        "{path}：结果会覆盖原照片，请用 -o 指定其他路径。",
    ),
    "apply.needs_folder": (
        "{path}: several photos need a folder to go to; give one with -o.",
        "{path}：多张照片需要输出文件夹，请用 -o 指定。",
    ),
    "apply.refused": ("Refused: {why}", "已拒绝：{why}"),
    "folder.unwritable": (
        "{path}: this folder can't be made or written to ({why}).",
        "{path}：无法创建或写入该文件夹（{why}）。",
    ),
    "benchmark.missing": (
        "This benchmark needs packages that are not installed ({why}): "
        "pip install 'looksmith[benchmarks]'.",
        "该基准需要尚未安装的包（{why}）：pip install 'looksmith[benchmarks]'。",
    ),
    "help.app": (
        "Learn the look of a photo feed and give it to any photo.",
        "学习一组照片的风格，并应用到任意照片。",
    ),
    "help.learn": ("Learn the look of a folder of photos.", "学习一个照片文件夹的风格。"),
    "help.apply": ("Give a look to a photo or a folder of photos.", "把风格应用到照片或文件夹。"),
    "help.show": ("Show the card of a look.", "显示风格卡片。"),
    "help.blend": ("Mix looks by weights.", "按权重混合多个风格。"),
    "help.export": ("Export a look as a 3D LUT.", "把风格导出为三维查找表。"),
    "help.paint": (
        "Paint a photo in the style of pictures, by optimisation (minutes).",
        "以优化方式把照片画成参考图的画风（需数分钟）。",
    ),
    "help.photo": ("The photo.", "照片。"),
    "help.style": (
        "Picture whose style is taken; may be given again.",
        "取其画风的图片，可多次给出。",
    ),
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
        "Perceptual features: vgg16 (shipped), vgg16-imagenet or vgg19 (downloaded once).",
        "感知特征：vgg16（内置）、vgg16-imagenet 或 vgg19（下载一次）。",
    ),
    "help.network_weights": ("Own weights of that network.", "该网络的自备权重文件。"),
    "help.preview": (
        "File that shows the picture as it is, every 20 seconds.",
        "每 20 秒更新一次的预览文件。",
    ),
    "loss.content": ("content", "内容"),
    "loss.style": ("style", "风格"),
    "loss.variation": ("variation", "平滑"),
    "progress.paint": ("Painting {name}", "正在绘制 {name}"),
    "help.train": ("Train the base networks from nothing.", "从零训练基础网络。"),
    "help.benchmark": ("Measure against peers.", "与其他方法对比测量。"),
    "help.look_recovery": (
        "How well are known looks recovered from a few photos?",
        "从少量照片能多好地还原已知风格？",
    ),
    "help.feed": ("Folder with the influencer's photos.", "博主照片所在的文件夹。"),
    "help.name": ("Name of the look.", "风格名称。"),
    "help.folder_out": ("Folder for the look file.", "风格文件的输出文件夹。"),
    "help.adapt": (
        "Adapt adversarially on the feed; without it, the zero-shot look in seconds.",
        "在照片集上做对抗式自适应；关闭则几秒得到零样本风格。",
    ),
    "help.minutes": ("Most minutes that adaptation may take.", "自适应最多用时（分钟）。"),
    "help.resume": ("Go on where it was interrupted.", "从中断处继续。"),
    "help.consent": (
        "Statement of consent of the person whose photos these are.",
        "照片所有者的授权声明。",
    ),
    "help.seed": ("Seed of everything random.", "随机种子。"),
    "help.max_megapixels": ("Refuse photos larger than this.", "拒绝超过该百万像素数的照片。"),
    "help.look": ("A .look file.", ".look 风格文件。"),
    "help.looks": ("Two or more .look files.", "两个或更多 .look 文件。"),
    "help.source": ("A photo or a folder of photos.", "一张照片或一个文件夹。"),
    "help.out": ("Where the result goes.", "结果保存位置。"),
    "help.strength": ("From 0 (unchanged) to 1.", "从 0（不变）到 1。"),
    "help.keep_location": ("Keep the GPS location.", "保留 GPS 位置。"),
    "help.skip_done": ("Leave out photos whose result is there.", "跳过已有结果的照片。"),
    "help.weights": ("One weight a look.", "每个风格一个权重。"),
    "help.cube": ("The .cube file to write.", "要写入的 .cube 文件。"),
    "help.photos": (
        "Folder, file or pattern of photos; may be given several times.",
        "照片文件夹、文件或通配模式；可重复。",
    ),
    "help.exclude": ("Leave out file names of this pattern.", "排除符合该模式的文件名。"),
    "help.run": ("Folder for checkpoints and weights.", "检查点和权重的文件夹。"),
    "help.steps": ("Adversarial steps.", "对抗训练步数。"),
    "help.rounds": ("Rounds of learning to read looks.", "学习读取风格的轮数。"),
    "help.devices": ("Processes or GPUs.", "进程或 GPU 数。"),
    "help.cubes": ("Folder with .cube looks of known truth.", "已知真值的 .cube 风格文件夹。"),
    "help.references": ("Numbers of reference photos.", "参考照片数量。"),
    "help.validation": ("Measure the validation third instead.", "改为测量用于验证的三分之一。"),
    "help.adapted": (
        "Adapt every n-th look, too (0: none); slow.",
        "每 n 个风格做一次自适应（0：不做），较慢。",
    ),
    "demo.feed": ("The feed", "照片集"),
    "demo.before": ("Before", "之前"),
    "demo.after": ("After (Looksmith)", "之后（Looksmith）"),
    "demo.truth": ("Truth", "真值"),
    "demo.method": ("Method", "方法"),
    "demo.difference": ("ΔE2000 to the truth", "与真值的 ΔE2000"),
    "demo.consent": (
        "Sample photographs of scikit-image and scikit-learn",
        "scikit-image 与 scikit-learn 的示例照片",
    ),
    "help.every": ("Take every n-th look only.", "每 n 个风格取一个。"),
    "card.part": ("Part", "组成"),
    "train.done": ("Weights: {path}", "权重：{path}"),
    "done.saved": ("Saved {path}", "已保存 {path}"),
    "done.applied": (
        "{count} photos written, {failed} refused",
        "已写入 {count} 张，拒绝 {failed} 张",
    ),
    "progress.learn": ("Learning {name}", "正在学习 {name}"),
    "progress.apply": ("Applying {name}", "正在应用 {name}"),
    "progress.train": ("Training the base", "正在训练基础模型"),
    "progress.benchmark": ("Measuring look recovery", "正在测量风格还原"),
    "card.name": ("Look", "风格"),
    "card.photos": ("Photos", "照片数"),
    "card.digest": ("Digest", "摘要"),
    "card.base": ("Base", "基础模型"),
    "card.adapted": ("Adapted", "自适应"),
    "card.consent": ("Consent", "授权声明"),
    "card.consent_none": ("not stated", "未声明"),
    "card.metrics": ("Metrics", "指标"),
    "card.curve": ("Tone curve", "色调曲线"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "label.generated": (
        "Image changed by generative AI (Looksmith, look {look!r})",
        "本图像由生成式人工智能处理（Looksmith，风格 {look!r}）",
    ),
}


def language() -> str:
    """``zh`` or ``en``."""
    for variable in ("LOOKSMITH_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def text(key: str, **values: object) -> str:
    """The text for ``key`` in the user's language, its values filled in."""
    english, chinese = _TEXTS[key]
    return (chinese if language() == "zh" else english).format(**values)


def english(key: str, **values: object) -> str:
    """The English text, for pictures: the font that comes with Pillow has Latin letters only."""
    return _TEXTS[key][0].format(**values)
