"""Texts of looks: learn, apply, show, blend."""

from __future__ import annotations

TEXTS = {
    "look.missing": ("{path}: there is no such look.", "{path}：没有这个风格文件。"),
    "look.foreign": (
        "{path}: this is not a look file, or it is damaged ({why}).",
        "{path}：这不是风格文件，或文件已损坏（{why}）。",
    ),
    "look.too_large": ("too large", "文件过大"),
    "look.cut": ("it is incomplete or of another kind", "内容不完整或不是此类文件"),
    "look.no_header": ("it has no Looksmith header", "没有 Looksmith 文件头"),
    "look.newer": (
        "{path}: this look is of format {version}, newer than this Looksmith reads; "
        "update Looksmith.",
        "{path}：该风格的格式 {version} 比当前 Looksmith 新，请升级。",
    ),
    "look.other_base": (
        "The look {name!r} was learned on base {theirs}, this Looksmith has base {ours}; "
        "learn it again from its feed.",
        "风格 {name!r} 基于基础模型 {theirs}，当前为 {ours}，请用原照片集重新学习。",
    ),
    "control.range": (
        "{name} must lie between 0 and {most}, not {value}.",
        "{name} 必须在 0 到 {most} 之间，而不是 {value}。",
    ),
    "blend.weights": (
        "Give one weight of 0 or more a look, not all 0: {looks} looks, {weights} weights.",
        "每个风格需要一个不小于 0 的权重且不能全为 0：{looks} 个风格，{weights} 个权重。",
    ),
    "look.suffix": (
        "{path}: a look's file is called NAME.look; give such a name.",
        "{path}：风格文件的扩展名应为 .look，请改用这样的文件名。",
    ),
    "look.folder": (
        "{path}: -o takes the folder for the look; --name says what the file is called.",
        "{path}：-o 指定风格文件所在的文件夹，文件名由 --name 决定。",
    ),
    "look.name": (
        "{name!r} can't be a look's name: give one without / and \\, of at most 200 bytes.",
        "{name!r} 不能作为风格名称：请使用不含 / 和 \\ 且不超过 200 字节（约 66 个汉字）的名称。",
    ),
    "look.consent": (
        "The statement of consent has {length} characters; a look holds at most {most}.",
        "授权声明有 {length} 个字符，风格文件最多可保存 {most} 个。",
    ),
    "user.size": (
        "A user vector has the shape (1, {size}), not {shape}.",
        "用户向量的形状应为 (1, {size})，而不是 {shape}。",
    ),
    "blend.parts": (
        "This blend would have {parts} parts; the most is {most}.",
        "混合后的风格有 {parts} 个组成部分，最多 {most} 个。",
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
    "apply.same_file": (
        "{path}: the result would overwrite the photo itself; give another path with -o.",
        "{path}：结果会覆盖原照片，请用 -o 指定其他路径。",
    ),
    "apply.needs_folder": (
        "{path}: several photos need a folder to go to; give one with -o.",
        "{path}：多张照片需要输出文件夹，请用 -o 指定。",
    ),
    "apply.refused": ("Refused: {why}", "已拒绝：{why}"),
    "help.learn": (
        "Learn the look of a folder of photos, or of one photo.",
        "学习一个照片文件夹或单张照片的风格。",
    ),
    "help.apply": ("Give a look to a photo or a folder of photos.", "把风格应用到照片或文件夹。"),
    "help.show": ("Show the card of a look.", "显示风格卡片。"),
    "help.blend": ("Mix looks by weights.", "按权重混合多个风格。"),
    "help.feed": (
        "Folder with the influencer's photos, or one photo.",
        "博主照片所在的文件夹，或单张照片。",
    ),
    "help.name": ("Name of the look.", "风格名称。"),
    "help.folder_out": ("Folder for the look file.", "保存风格文件的文件夹。"),
    "help.adapt": (
        "Adapt adversarially on the feed, too; kept where held-back photos agree. Takes minutes.",
        "再在照片集上做对抗式自适应（需几分钟），仅在留出照片证明有效时保留。",
    ),
    "help.certain": (
        "These photos are known to have one look: give its light and palette in full, also where "
        "chance could explain them.",
        "确知这些照片风格一致：即使可能只是偶然，也完整给予其明暗与色彩。",
    ),
    "help.minutes": ("Most minutes that adaptation may take.", "自适应最多用时（分钟）。"),
    "help.sheet": (
        "Put a small picture of up to 12 of the photos into the look, for its card.",
        "在风格文件中放入最多 12 张照片的缩略拼图，供卡片显示。",
    ),
    "help.consent": (
        "Statement of consent of the person whose photos these are.",
        "照片中博主的授权声明。",
    ),
    "help.look": ("A .look file.", ".look 风格文件。"),
    "help.looks": ("Two or more .look files.", "两个或更多 .look 文件。"),
    "help.source": ("A photo or a folder of photos.", "一张照片或一个文件夹。"),
    "help.strength": (
        "How much of the grade: 0 (none) to 1.5.",
        "调色强度：0（无）到 1.5。",
    ),
    "help.mood": ("How much of the feed's mood: 0 (none) to 1.5.", "氛围强度：0（无）到 1.5。"),
    "help.normalise": (
        "How far the photo is made right before: 0 (not at all) to 1.",
        "先把照片校正到什么程度：0（不校正）到 1。",
    ),
    "help.keep_location": ("Keep the GPS location.", "保留 GPS 位置。"),
    "help.skip_done": ("Leave out photos whose result is there.", "跳过已有结果的照片。"),
    "help.weights": ("One weight a look.", "每个风格一个权重。"),
    "card.part": ("Part", "组成"),
    "done.applied": (
        "{count} photos written, {failed} refused",
        "已写入 {count} 张，拒绝 {failed} 张",
    ),
    "progress.learn": ("Learning {name}", "正在学习 {name}"),
    "progress.apply": ("Applying {name}", "正在应用 {name}"),
    "card.name": ("Look", "风格"),
    "card.photos": ("Photos", "照片数"),
    "card.digest": ("Digest", "摘要"),
    "card.base": ("Base", "基础模型"),
    "card.adapted": ("Adapted", "自适应"),
    "card.consent": ("Consent", "授权声明"),
    "card.consent_none": ("not stated", "未声明"),
    "card.metrics": ("Metrics", "指标"),
    "card.curve": ("Tone curve", "色调曲线"),
}
