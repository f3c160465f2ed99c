"""People: faces, skin, makeup, avatars."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "people.extra": (
        'Finding people needs onnxruntime; install it with pip install "looksmith[people]".',
        '识别人物需要 onnxruntime，请运行 pip install "looksmith[people]" 安装。',
    ),
    "people.none": (
        "No face found in the photo; take one in which a face can be seen.",
        "照片中没有找到人脸，请换一张能看清人脸的照片。",
    ),
    "people.too_small": (
        "The faces in the photo are too small; one must be at least {least} pixels wide.",
        "照片中的人脸太小，至少要有 {least} 像素宽。",
    ),
    "people.unsafe": (
        "{path} was refused: it is probably a sexual picture. An operator who answers for it can "
        "set LOOKSMITH_UNSAFE=allow.",
        "已拒绝处理 {path}：它很可能含有色情内容。"
        "若由运营者自行负责，可设置 LOOKSMITH_UNSAFE=allow。",
    ),
    "help.makeup": (
        "Put the makeup of a face, a feed or a look on the faces of a photo.",
        "把某张脸、某个图集或某个风格的妆容化到照片中的人脸上。",
    ),
    "help.makeup_photo": ("The photo to be made up.", "要上妆的照片。"),
    "help.makeup_from": (
        "Where the makeup comes from: a photo, a folder of photos, or a .look file.",
        "妆容来源：一张照片、一个照片文件夹或一个 .look 文件。",
    ),
    "help.makeup_look": (
        "A .look file whose makeup is taken.",
        "从这个 .look 文件中取妆容。",
    ),
    "help.makeup_part": (
        "Strength of this part, 0 (bare) to 1.5.",
        "这一部位的强度：0（素颜）到 1.5。",
    ),
    "makeup.label": ("makeup", "妆容"),
    "makeup.one_source": (
        "Say where the makeup comes from: either --from or --look.",
        "请用 --from 或 --look 之一指定妆容来源。",
    ),
    "makeup.none_in_look": (
        "The look {name} holds no makeup: its feed had no faces that were large enough. "
        "Use --from with a photo instead.",
        "风格“{name}”不含妆容：学习时的照片里没有足够大的人脸。请改用 --from 指定一张照片。",
    ),
    "makeup.no_reference": (
        "{path} has no face from which makeup can be read; it must be at least {least} pixels "
        "wide, look towards the camera and have its mouth free.",
        "无法从 {path} 读取妆容：人脸至少要有 {least} 像素宽，大致朝向镜头，嘴部没有遮挡。",
    ),
    "makeup.no_references": (
        "None of the photos has a face from which makeup can be read; one must be at least "
        "{least} pixels wide, look towards the camera and have its mouth free.",
        "这些照片里没有能读取妆容的人脸：人脸至少要有 {least} 像素宽，大致朝向镜头，嘴部没有遮挡。",
    ),
    "makeup.unknown_part": (
        "There is no part {part} of makeup; the parts are {parts}.",
        "没有名为 {part} 的妆容部位，可用的有：{parts}。",
    ),
    "makeup.damaged": (
        "The makeup in the look file is damaged; learn the look again.",
        "风格文件中的妆容数据已损坏，请重新学习该风格。",
    ),
    "skin.range": (
        "Skin goes from 0 to {most}, lightening from 0 to 1.",
        "肤质强度须在 0 到 {most} 之间，提亮须在 0 到 1 之间。",
    ),
    "skin.damaged": (
        "The skin amounts in the look file are damaged; learn the look again.",
        "风格文件中的肤质数据已损坏，请重新学习该风格。",
    ),
    "help.skin": (
        "How far skin goes to that of the look's feed (even, glowing, matte), 0 to 1.5; eyes, "
        "lips and hair stay sharp and the skin keeps its tone.",
        "肤质向该风格图集靠拢的程度（匀净、光泽、哑光），0 到 1.5；"
        "眼睛、嘴唇和头发保持清晰，肤色深浅不变。",
    ),
    "help.lighten": (
        "Lighten skin, 0 to 1. Never done unless asked for.",
        "提亮肤色，0 到 1。默认绝不提亮。",
    ),
    "help.protect": (
        "Keep a region as it is: person, face, product or clothes. Can be repeated.",
        "保持某个区域不变：person（人物）、face（脸）、product（商品）或 clothes（衣服），"
        "可多次使用。",
    ),
    "help.only": (
        "Give the look to this region alone: person, face, product or clothes. Can be repeated.",
        "只对某个区域套用风格：person（人物）、face（脸）、product（商品）或 clothes（衣服），"
        "可多次使用。",
    ),
    "protect.unknown": (
        "There is no region {what}; the regions are {regions}.",
        "没有名为 {what} 的区域，可用的有：{regions}。",
    ),
    "card.skin": ("Skin", "肤质"),
    "card.skin_of": (
        "faces: {faces:.0f}, texture {texture}, marks {marks}, evenness {blotches}, "
        "highlights {highlights}",
        "来自 {faces:.0f} 张脸：纹理 {texture}，瑕疵 {marks}，均匀度 {blotches}，高光 {highlights}",
    ),
    "card.makeup": ("Makeup", "妆容"),
    "card.lips": ("lips", "唇"),
    "card.cheeks": ("cheeks", "颊"),
    "card.eyes": ("eyes", "眼影"),
    "card.liner": ("liner", "眼线"),
    "card.brows": ("brows", "眉"),
    "help.avatar": (
        "Make a set of avatars of a person with a look: photos, painted and drawn.",
        "按某个风格为一个人制作一组头像：照片、绘画与插画。",
    ),
    "help.avatar_photo": (
        "A portrait; of several people, the largest face is taken.",
        "一张人像；有多人时取最大的脸。",
    ),
    "help.avatar_look": ("The .look file to use.", "所用的 .look 文件。"),
    "help.avatar_count": ("How many avatars, 1 to 64.", "头像数量，1 到 64。"),
    "help.avatar_size": (
        "Side of the squares in pixels, 256 to 2048.",
        "方图边长，256 到 2048 像素。",
    ),
    "help.avatar_makeup": (
        "How much of the look's makeup at most, 0 (none) to 1.",
        "最多用上该风格妆容的多少：0（不上妆）到 1。",
    ),
    "progress.avatar": ("Making avatars", "正在制作头像"),
    "avatar.saved": ("{count} avatars saved in {path}.", "已在 {path} 保存 {count} 个头像。"),
    "avatar.range": (
        "Avatars are 1 to {most}, their sides {least} to {side} pixels, makeup 0 to 1.",
        "头像数量须在 1 到 {most} 之间，边长须在 {least} 到 {side} 像素之间，"
        "妆容须在 0 到 1 之间。",
    ),
    "help.avatar_user": (
        "Make the look as this user likes it, and put what they like best first.",
        "按该用户的偏好呈现风格，并把其最可能喜欢的排在前面。",
    ),
    "help.avatar_animate": (
        "Also write a short loop that blinks, turns and breathes, as WebP and MP4.",
        "另外生成一段循环动图（眨眼、微微转头、呼吸），保存为 WebP 和 MP4。",
    ),
    "progress.animate": ("Animating", "正在生成动图"),
    "animate.extra": (
        'MP4 needs PyAV; install it with pip install "looksmith[video]". The WebP is written.',
        'MP4 需要 PyAV，请运行 pip install "looksmith[video]" 安装。WebP 已写好。',
    ),
}
