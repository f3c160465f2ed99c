"""Texts of export and import."""

from __future__ import annotations

TEXTS = {
    "help.export": (
        "Export a look to the formats of other programs.",
        "把风格导出为其他软件的格式。",
    ),
    "help.import": ("Make a look of any 3D LUT.", "由任意三维查找表（3D LUT）生成风格。"),
    "help.cube": ("The .cube file to write.", "要写入的 .cube 文件。"),
    "help.cube_size": ("Nodes a side of the .cube file's LUT.", ".cube 查找表每边的节点数。"),
    "help.hald": ("The HaldCLUT picture to write.", "要写入的 HaldCLUT 图片。"),
    "help.xmp": (
        "The Lightroom or Camera Raw preset (.xmp) to write: an approximation.",
        "要写入的 Lightroom / Camera Raw 预设（.xmp），为近似结果。",
    ),
    "onnx.missing": (
        "Writing ONNX needs the package onnx; install it with pip install 'looksmith[onnx]'.",
        "导出 ONNX 需要 onnx 软件包，请运行 pip install 'looksmith[onnx]' 安装。",
    ),
    "help.onnx": (
        "The ONNX network to write: the whole look, for photos of any size.",
        "要写入的 ONNX 网络：完整风格，适用于任意尺寸的照片。",
    ),
    "help.export_user": (
        "Export the look as this user likes it (with --onnx only).",
        "按该用户的偏好导出风格（仅限 --onnx）。",
    ),
    "export.user": (
        "--user works with --onnx alone; export to the other formats in a command of its own.",
        "--user 只能与 --onnx 单独使用，其他格式请另行导出。",
    ),
    "export.preset": (
        "On the colours of ordinary photos the preset is ΔE2000 {difference:.1f} from the look on "
        "average, as far as its tools are known; what the look does place by place stays behind.",
        "在普通照片的颜色上，预设与风格平均相差 ΔE2000 {difference:.1f}（按已知的工具算法估计）；"
        "风格的局部变化不包含在内。",
    ),
    "help.lut": ("A .cube file or a HaldCLUT picture.", ".cube 文件或 HaldCLUT 图片。"),
    "export.nothing": (
        "Say what to export to, for example --cube FILE.cube.",
        "请指定导出格式，例如 --cube FILE.cube。",
    ),
    "export.suffix": (
        "{path}: the name of this file must end in {known}.",
        "{path}：文件扩展名应为 {known}。",
    ),
    "travel.missing": ("{path}: there is no such file.", "{path}：没有这个文件。"),
    "travel.format": (
        "{path}: looks are imported from .cube files and from HaldCLUT pictures.",
        "{path}：只能从 .cube 文件或 HaldCLUT 图片导入风格。",
    ),
    "cube.foreign": (
        "{path}: this is not a LUT in .cube format, or it can't be used: {why}.",
        "{path}：这不是 .cube 格式的查找表，或无法使用：{why}。",
    ),
    "cube.both": (
        "a 1D and a 3D LUT in one file are not supported",
        "不支持同一文件里既有一维又有三维查找表",
    ),
    "cube.size": (
        "neither LUT_3D_SIZE nor LUT_1D_SIZE is there",
        "缺少 LUT_3D_SIZE 或 LUT_1D_SIZE",
    ),
    "cube.count": (
        "its size asks for {wanted} rows of numbers, there are {found}",
        "按其尺寸应有 {wanted} 行数值，实际有 {found} 行",
    ),
    "cube.large": ("it is too large", "文件过大"),
    "cube.binary": ("it is not text", "不是文本文件"),
    "cube.line": ("line {number} can't be understood", "第 {number} 行无法解析"),
    "cube.finite": ("it holds numbers that are not finite", "含有非有限数值"),
    "cube.values": (
        "its values run from {low:g} to {high:g} instead of from 0 to 1; "
        "LUTs for logarithmic or 10-bit pictures are not for photos",
        "数值范围为 {low:g} 到 {high:g}，而不是 0 到 1；对数或 10 位画面的查找表不适用于照片",
    ),
    "cube.domain": (
        "its DOMAIN_MIN and DOMAIN_MAX leave nothing of the range 0 to 1",
        "DOMAIN_MIN 与 DOMAIN_MAX 不覆盖 0 到 1 的范围",
    ),
    "hald.size": (
        "{path}: a HaldCLUT is a square of 8, 27, 64, 125, 216, 343, 512 … 4096 pixels a side, "
        "not {width} × {height}.",
        "{path}：HaldCLUT 应为正方形，边长为 8、27、64、125、216、343、512 … 4096 像素，"
        "而不是 {width} × {height}。",
    ),
    "hald.suffix": (
        "{path}: a HaldCLUT is written at 16 bit, as .png or .tif.",
        "{path}：HaldCLUT 以 16 位写入，请用 .png 或 .tif。",
    ),
}
