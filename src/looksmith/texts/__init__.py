"""Every text a user sees, in English and Chinese.

``text(key, **values)`` gives the sentence in the user's language: ``LOOKSMITH_LANG`` (``en`` or
``zh``) or else the locale. Each file of this folder holds the texts of one area as ``TEXTS``:
``{"area.key": (English, Chinese)}``.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

Texts = dict[str, tuple[str, str]]
_LONGEST = 500  # characters of a value in a sentence
_spoken: ContextVar[str | None] = ContextVar("language", default=None)
_HIDDEN = ("Cc", "Cs", "Zl", "Zp")
_BIDIRECTIONAL = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


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


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Texts are in this language, ``zh`` or ``en``, for this thread or task: a server talks to
    people of both at once."""
    token = _spoken.set(chosen)
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """``zh`` or ``en``."""
    if (chosen := _spoken.get()) is not None:
        return chosen
    for variable in ("LOOKSMITH_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def text(key: str, **values: object) -> str:
    """The text for ``key`` in the user's language, its values filled in and made printable."""
    english, chinese = all_texts()[key]
    shown = {name: _shown(value) for name, value in values.items()}
    return (chinese if language() == "zh" else english).format(**shown)


def printable(words: str) -> str:
    """Words of strangers (file names, names of looks) for a terminal.

    Control characters, which move the cursor or change colours, marks that turn the direction of
    writing, and bytes of file names that are no UTF-8 are written as escapes: ``\\x1b``.
    """
    return "".join(repr(c)[1:-1] if _is_hidden(c) else c for c in words)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or character in _BIDIRECTIONAL


def _shown(value: object) -> object:
    """Numbers stay numbers, for their formats; all else is printable text of bearable length."""
    if isinstance(value, (int, float)):
        return value
    words = printable(str(value))
    half = _LONGEST // 2
    return words if len(words) <= _LONGEST else f"{words[:half]}…{words[-half:]}"


def english(key: str, **values: object) -> str:
    """The English text, for pictures: the font that comes with Pillow has Latin letters only."""
    return all_texts()[key][0].format(**values)
