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
        "{path}: {megapixels} megapixels are over the limit of {limit}; raise it with --max-megapixels.",
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
        "{path}: this look is of format {version}, newer than this Looksmith reads; update Looksmith.",
        "{path}：该风格的格式 {version} 比当前 Looksmith 新，请升级。",
    ),
    "look.other_base": (
        "{path}: this look was learned on base {theirs}, this Looksmith has base {ours}; learn it again.",
        "{path}：该风格基于基础模型 {theirs}，当前为 {ours}，请重新学习。",
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
    "done.saved": ("Saved {path}", "已保存 {path}"),
    "done.applied": ("{count} photos written, {failed} refused", "已写入 {count} 张，拒绝 {failed} 张"),
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
