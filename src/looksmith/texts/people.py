"""People: faces, skin, makeup, avatars."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "people.extra": (
        'Finding people needs onnxruntime; install it with pip install "looksmith[people]".',
        '识别人物需要 onnxruntime，请运行 pip install "looksmith[people]" 安装。',
    ),
}
