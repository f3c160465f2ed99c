"""What a look says of the people in its feed: their skin and the makeup they wear."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from looksmith.errors import PhotoError
from looksmith.people.find import find_people
from looksmith.people.makeup_map import median_layer, worn
from looksmith.people.sight import readable
from looksmith.people.skin import median_skin
from looksmith.photos import MAX_MEGAPIXELS, fitted, read_rgb

MOST_PHOTOS = 48
_LONGEST = 1600


def about_people(paths: Sequence[Path], max_megapixels: float = MAX_MEGAPIXELS) -> dict[str, Any]:
    """``skin`` (as ``median_skin``) and ``makeup`` (as ``Layer.to_numbers``) for a look's header.

    Photos that can't be read are left out, of many photos every n-th is read. Without
    onnxruntime, or without faces, the result is empty.
    """
    if find_spec("onnxruntime") is None:
        return {}
    step = -(-len(paths) // MOST_PHOTOS) or 1
    found, layers = [], []
    for path in paths[::step]:
        try:
            pixels = read_rgb(path, max_megapixels)
        except PhotoError:
            continue
        people = find_people(fitted(pixels, _LONGEST) if max(pixels.shape) > _LONGEST else pixels)
        if people.faces:
            found.append(people)
            layers += [
                worn(people.pixels, f) for f in people.faces[:1] if readable(people.pixels, f)
            ]
    about: dict[str, Any] = {}
    skin = median_skin(found)
    if skin["faces"]:
        about["skin"] = skin
    if layers:
        about["makeup"] = median_layer(layers).to_numbers()
    return about
