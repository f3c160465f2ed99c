"""Texts of the demo."""

from __future__ import annotations

TEXTS = {
    "demo.feed": ("The feed", "照片集"),
    "demo.before": ("Before", "之前"),
    "demo.after": ("After (Looksmith)", "之后（Looksmith）"),
    "demo.truth": ("Truth", "真值"),
    "demo.method": ("Method", "方法"),
    "demo.difference": ("ΔE2000 to the truth", "与真值的 ΔE2000"),
    "demo.consent": (
        "Sample photographs of scikit-image",
        "scikit-image 的示例照片",
    ),
}
