"""Every text a user sees, in English and Chinese.

``text(key, **values)`` gives the sentence in the user's language: ``LOOKSMITH_LANG`` (``en`` or
``zh``) or else the locale. Each file of this folder holds the texts of one area as ``TEXTS``:
``{"area.key": (English, Chinese)}``.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

Texts = dict[str, tuple[str, str]]


@cache
def all_texts() -> Texts:
    """The texts of all areas.

    Raises:
        ValueError: two areas hold the same key.
    """
    merged: Texts = {}
    for area in iter_modules(__path__):
        texts: Texts = import_module(f"{__name__}.{area.name}").TEXTS
        if twice := merged.keys() & texts.keys():
            raise ValueError(f"texts/{area.name}.py repeats {sorted(twice)}")
        merged |= texts
    return merged


def language() -> str:
    """``zh`` or ``en``."""
    for variable in ("LOOKSMITH_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def text(key: str, **values: object) -> str:
    """The text for ``key`` in the user's language, its values filled in."""
    english, chinese = all_texts()[key]
    return (chinese if language() == "zh" else english).format(**values)


def english(key: str, **values: object) -> str:
    """The English text, for pictures: the font that comes with Pillow has Latin letters only."""
    return all_texts()[key][0].format(**values)
