"""Texts of matching one picture."""

from __future__ import annotations

TEXTS = {
    "help.match": ("Give photos the look of one picture.", "让照片拥有某一张图片的风格。"),
    "help.match_photos": ("The photos.", "要处理的照片。"),
    "help.match_to": ("The picture whose look they get.", "作为参考的图片。"),
    "help.match_out": (
        "The new file; for several photos a folder.",
        "输出文件；多张照片时为文件夹。",
    ),
    "progress.match": ("Matching {name}", "正在匹配 {name}"),
    "match.no_picture": (
        "{path}: there is no such picture; give the picture to match after --to.",
        "{path}：找不到这张图片，请在 --to 后面给出参考图片。",
    ),
    "match.folder": (
        "{path}: this is a folder; give its photos, for example {path}/*.jpg.",
        "{path}：这是一个文件夹，请给出其中的照片，例如 {path}/*.jpg。",
    ),
    "match.same_name": (
        "Two photos have the same name; rename one, since both go to one folder.",
        "有两张照片同名，它们会写入同一个文件夹，请先重命名其中一张。",
    ),
    "match.one": (
        "One picture can't tell its edit from its subject and its light; "
        "four or more of a feed can: looksmith learn.",
        "单张图片无法区分修图、题材和光线；用同一风格的四张以上照片运行 looksmith learn 会更准确。",
    ),
    "card.mood": ("Mood", "氛围"),
    "card.grade": ("Grade", "调色"),
    "grade.subtle": ("subtle (ΔE {change})", "轻微（ΔE {change}）"),
    "grade.clear": ("clear (ΔE {change})", "明显（ΔE {change}）"),
    "grade.bold": ("bold (ΔE {change})", "强烈（ΔE {change}）"),
    "card.variety": ("Consistency", "一致性"),
    "variety.alike": (
        "photos alike in light ({variety} of what plain photos differ)",
        "照片明暗一致（差异为普通照片的 {variety} 倍）",
    ),
    "variety.usual": (
        "photos differ in light as plain ones do ({variety})",
        "照片明暗差异与普通照片相当（{variety} 倍）",
    ),
    "variety.varied": (
        "photos differ more in light than plain ones ({variety} times): several looks?",
        "照片明暗差异大于普通照片（{variety} 倍）：可能混有多种风格",
    ),
    "card.tone": ("Light and dark", "明暗"),
    "tone.usual": (
        "as in other photos with this grade, within chance ({amount} of the difference is given)",
        "与同样调色的其他照片相当，差异在偶然范围内（给予其中的 {amount}）",
    ),
    "tone.darker": (
        "darker than other photos with this grade ({amount} given): {evidence} times chance",
        "比同样调色的其他照片更暗（给予 {amount}）：为偶然差异的 {evidence} 倍",
    ),
    "tone.lighter": (
        "lighter than other photos with this grade ({amount} given): {evidence} times chance",
        "比同样调色的其他照片更亮（给予 {amount}）：为偶然差异的 {evidence} 倍",
    ),
    "tone.other": (
        "of another contrast than other photos with this grade ({amount} given): "
        "{evidence} times chance",
        "与同样调色的其他照片对比不同（给予 {amount}）：为偶然差异的 {evidence} 倍",
    ),
    "mood.none": (
        "none beyond the grade: these photos differ no more than chance",
        "除调色外没有额外氛围：与偶然差异无异",
    ),
    "mood.few": (
        "none: fewer than four photos can't tell their mood from their subjects",
        "无：不足四张照片，无法区分氛围与题材",
    ),
    "mood.held": (
        "left out, since skin or tones would suffer: {evidence} times what chance makes",
        "未给予，以免影响肤色或影调：为偶然差异的 {evidence} 倍",
    ),
    "mood.part": (
        "in part ({amount}): {evidence} times what chance makes",
        "部分给予（{amount}）：为偶然差异的 {evidence} 倍",
    ),
    "mood.full": (
        "strong ({amount}): {evidence} times what chance makes",
        "强烈（{amount}）：为偶然差异的 {evidence} 倍",
    ),
}
