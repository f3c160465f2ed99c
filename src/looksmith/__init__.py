"""Looksmith: learn the look of a photo feed and give it to any photo.

look = looksmith.learn("feed/", name="warmfilm")
look.save("warmfilm.look")
image = looksmith.apply(look, "me.jpg", strength=0.7)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from looksmith.errors import LookError, LooksmithError, PhotoError, StoreError, TasteError

if TYPE_CHECKING:
    from looksmith.look import Look, blend
    from looksmith.matching import match
    from looksmith.taste.api import Taste
    from looksmith.training.learn import learn
    from looksmith.transfer import apply

__version__ = "0.1.0"
__all__ = [
    "Look",
    "LookError",
    "LooksmithError",
    "PhotoError",
    "StoreError",
    "Taste",
    "TasteError",
    "apply",
    "blend",
    "learn",
    "match",
]

_HOMES = {
    "apply": "transfer",
    "Look": "look",
    "blend": "look",
    "learn": "training.learn",
    "match": "matching",
    "Taste": "taste.api",
}


def __getattr__(name: str) -> Any:
    """Import torch only when something needs it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'looksmith' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"looksmith.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
