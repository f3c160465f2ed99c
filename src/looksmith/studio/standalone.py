"""One look as one page: photo, camera and sliders, from ``file://``, without a network.

    write_html(look, base, Path("film.html"))

The page holds the look as it does to any photo (``any_photo``): what it does to one photo in
particular takes the networks, which stay with Looksmith.
"""

from __future__ import annotations

import base64
import html
import json
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from looksmith.base import Base
from looksmith.files import whole_file
from looksmith.look import Look
from looksmith.look_lut import any_photo
from looksmith.provenance import xmp_label
from looksmith.rendering import MOOD, Rendering
from looksmith.studio.renderings import packed
from looksmith.texts import all_texts

_MODULES = ("rendering", "painter", "compare", "sliders", "label", "live", "standalone")
_WORDS = (
    *("drop_photos", "standalone_hint", "choose_photos", "camera_start", "camera_refused"),
    *("before", "after", "save", "compare", "strength", "mood", "unreadable_here"),
    "too_large_here",
)
_IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=class|const|function|async)", re.MULTILINE)


def write_html(look: Look, base: Base, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:
        LooksmithError: the file can't be written.
        LookError: the look was learned with another base.
    """
    written = page(look, base)
    with whole_file(path) as part:
        part.write_text(written, encoding="utf-8")


def page(look: Look, base: Base) -> str:
    """The page as HTML."""
    rendering = any_photo(look, base)
    here = files("looksmith.studio")
    read = lambda name: (here / name).read_text(encoding="utf-8")  # noqa: E731
    modules = [read(f"static/{name}.js") for name in _MODULES]
    script = "\n".join(_EXPORT.sub("", _IMPORT.sub("", module)) for module in modules)
    return Template(read("pages/standalone.html")).substitute(
        name=html.escape(look.name),
        style=read("static/studio.css"),
        sliders="".join(map(_slider, _controls(rendering))),
        data=_data(look, rendering),
        script=script,
    )


def _controls(rendering: Rendering) -> list[str]:
    names = {stage.name for stage in rendering.active}
    return ["strength", *(["mood"] if MOOD in names else [])]


def _slider(name: str) -> str:
    return (
        f'<label id="slider-{name}"><span data-t="{name}"></span><output></output>'
        f'<input type="range" name="{name}" min="0" max="1.5" step="0.01" value="1"></label>'
    )


def _data(look: Look, rendering: Rendering) -> str:
    """What the script needs, as JSON that can stand in a page."""
    texts = {key: all_texts()[f"page.{key}"] for key in _WORDS}
    given = {
        "name": look.name,
        "rendering": base64.b64encode(packed(rendering, xmp_label(look.name))).decode(),
        "words": {
            "en": {key: pair[0] for key, pair in texts.items()},
            "zh": {key: pair[1] for key, pair in texts.items()},
        },
    }
    return json.dumps(given, ensure_ascii=False).replace("<", "\\u003c")
