"""Texts of benchmarks."""

from __future__ import annotations

TEXTS = {
    "benchmark.missing": (
        "This benchmark needs packages that are not installed ({why}): "
        "pip install 'looksmith[benchmarks]'.",
        "该基准需要尚未安装的包（{why}）：pip install 'looksmith[benchmarks]'。",
    ),
    "help.benchmark": ("Measure against peers.", "与其他方法对比评测。"),
    "help.look_recovery": (
        "How well are known looks recovered from a few photos?",
        "评测用少量照片还原已知风格的准确度。",
    ),
    "help.cubes": ("Folder with .cube looks of known truth.", "已知真值的 .cube 风格文件夹。"),
    "help.references": ("Numbers of reference photos.", "参考照片数量。"),
    "help.validation": ("Measure the validation third instead.", "改用留作验证的三分之一来评测。"),
    "help.adapted": (
        "Adapt every n-th look, too (0: none); slow.",
        "每 n 个风格做一次自适应（0：不做），较慢。",
    ),
    "help.subject": (
        "Folder of photos of one subject: all references are drawn from it.",
        "只含同一题材照片的文件夹：所有参考照片都从中抽取。",
    ),
    "help.peers": ("Measure other methods, too.", "同时评测其他方法。"),
    "help.seeds": (
        "How often to measure, each time with other references and contents.",
        "重复测量的次数，每次使用不同的参考照片和内容照片。",
    ),
    "help.every": ("Take every n-th look only.", "每 n 个风格取一个。"),
    "progress.benchmark": ("Measuring look recovery", "正在测量风格还原"),
}
