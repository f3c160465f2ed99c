"""What a ``.look`` file may hold: looks come from strangers, so all of it is checked at load.

``checked(header, tensors)`` is the one gate; ``check_name`` says what a look may be called.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from looksmith.errors import LookError
from looksmith.networks.model import CODE_SIZE
from looksmith.texts import printable, text

FORMAT = "looksmith.look"
FORMAT_VERSION = 1
MOST_PARTS = 64
MOST_BYTES = 64_000_000  # of a whole file
_MOST_ABOUT = 300_000  # characters of JSON
_LONGEST_STATEMENT = 4000
_LONGEST_NAME = 200  # bytes, so that ``.NAME.learn.json`` is a file name
_MOST_KEYS = 64
CORRECTION_SIZE = 64
P, N, M, H, W = "P", "N", "M", "H", "W"  # sizes that may vary, the same wherever they stand


@dataclass(frozen=True)
class _Form:
    """What one tensor must be."""

    shape: tuple[int | str, ...]
    least: float
    most: float
    dtype: torch.dtype = torch.float32
    required: bool = True


# Trained values lie far inside: codes within ±10, maps and corrections within ±5.
TENSORS: dict[str, _Form] = {
    "code": _Form((P, CODE_SIZE), -1e3, 1e3),
    "transport": _Form((P, 3, 4), -1e2, 1e2),
    "correction": _Form((P, CORRECTION_SIZE), -1e3, 1e3),
    "weights": _Form((P,), 0, 1),
    "lut": _Form((3, M, M, M), -1, 2, required=False),
    "mood": _Form((P, 3, N, N, N), -1, 2, required=False),
    "tone": _Form((P, 3, 16), -2, 2, required=False),
    "sheet": _Form((H, W, 3), 0, 255, torch.uint8, required=False),
}
_SIZES = {P: (1, MOST_PARTS), N: (2, 65), M: (2, 65), H: (1, 2048), W: (1, 2048)}
REQUIRED = tuple(name for name, form in TENSORS.items() if form.required)
OPTIONAL = tuple(name for name, form in TENSORS.items() if not form.required)


def is_name(name: str) -> bool:
    """Whether a look may be called so: it can be a file's name and a line on a terminal."""
    sound = name == printable(name) and name.strip() and not any(c in name for c in "/\\")
    return bool(sound) and name not in (".", "..") and len(name.encode()) <= _LONGEST_NAME


def check_name(name: str) -> None:
    """Refuse what a look can't be called.

    Raises:
        LookError: empty, too long, with a path separator or control characters.
    """
    if not is_name(name):
        raise LookError(text("look.name", name=name))


def check_consent(statement: str | None) -> None:
    """Refuse a statement of consent that a look can't hold.

    Raises:
        LookError: it is too long.
    """
    if statement is not None and (length := len(statement)) > _LONGEST_STATEMENT:
        raise LookError(text("look.consent", length=length, most=_LONGEST_STATEMENT))


def _named(name: str) -> str:
    if not is_name(name):
        raise ValueError("not a look's name")
    return name


Name = Annotated[str, AfterValidator(_named)]
Statement = Annotated[str, Field(max_length=_LONGEST_STATEMENT)]
Short = Annotated[str, Field(max_length=200)]
Count = Annotated[int, Field(ge=0)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class Part(_Strict):
    """One look of a blend."""

    name: Name
    weight: Annotated[float, Field(ge=0, le=1)]
    digest: Short | None = None
    consent: Statement | None = None


class Makeup(_Strict):
    """The makeup of a feed; ``people.makeup_map`` reads the map."""

    map: Annotated[str, Field(max_length=200_000)]
    skin: Annotated[list[Finite], Field(min_length=3, max_length=3)]
    finish: Finite
    faces: Count


class Given(_Strict):
    """How far tone or mood are beyond chance, and how much of them is given."""

    evidence: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    amount: Annotated[float, Field(ge=0, le=1)] = 0


class About(_Strict):
    """What a look says of itself; more keys may come with newer versions."""

    photos: Count = 0
    digest: Short | None = None
    adapted: bool = False
    metrics: Annotated[dict[Short, Finite | int | bool | Short | None], Field(max_length=64)] = {}
    change: Finite = 0
    tone: Given | None = None
    mood: Given | None = None
    variety: Finite | None = None
    consent: Statement | None = None
    created: Short = ""
    imported: Short | None = None
    parts: Annotated[list[Part], Field(max_length=MOST_PARTS)] = []
    photos_of_parts: Annotated[list[Count], Field(max_length=MOST_PARTS)] = []
    skin: Annotated[dict[Short, Annotated[Finite, Field(ge=0)]], Field(max_length=64)] = {}
    makeup: Makeup | None = None


class Header(_Strict):
    """The readable header."""

    base: Annotated[str, Field(max_length=64)]
    name: Name
    about: About


def checked(header: Mapping[str, str], tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """The parts of a look, every one as it must be.

    Args:
        header: the metadata of the safetensors file.
        tensors: all its tensors.

    Returns:
        ``name``, ``base``, ``about`` (a plain dictionary) and the tensors by their names.

    Raises:
        ValueError: something is not as it must be; the message says what, in a few words.
    """
    about = _about(header.get("about", ""))
    try:
        Header.model_validate(
            {"base": header.get("base"), "name": header.get("name"), "about": about}
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(key) for key in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{where}: {said}") from error
    _check_tensors(tensors)
    learned = len(tensors["weights"]) - ("lut" in tensors)
    if len(about.get("photos_of_parts", [])) not in (0, learned):
        raise ValueError("about.photos_of_parts: not as many as parts")
    if not header["base"] and not ("lut" in tensors and len(tensors["weights"]) == 1):
        raise ValueError("base: missing")
    return {"name": header["name"], "base": header["base"], "about": about, **tensors}


def _about(words: str) -> Any:
    if len(words) > _MOST_ABOUT:
        raise ValueError("about: too long")
    try:
        return json.loads(words, parse_constant=_not_a_number)
    except RecursionError as error:
        raise ValueError("about: nested too deeply") from error


def _not_a_number(word: str) -> float:
    raise ValueError(f"about: {word}")


def _check_tensors(tensors: Mapping[str, Tensor]) -> None:
    if missing := [name for name in REQUIRED if name not in tensors]:
        raise ValueError(f"{missing[0]}: missing")
    sizes: dict[str, int] = {}
    for name, tensor in tensors.items():
        if name not in TENSORS:
            raise ValueError(f"{name}: unknown tensor")
        _check_form(name, tensor, TENSORS[name], sizes)
    total = float(tensors["weights"].sum())
    if not total <= 1 + 1e-4:
        raise ValueError(f"weights: they sum to {total:.3g}, more than 1")


def _check_form(name: str, tensor: Tensor, form: _Form, sizes: dict[str, int]) -> None:
    if tensor.dtype != form.dtype:
        raise ValueError(f"{name}: {tensor.dtype} instead of {form.dtype}")
    shape = tuple(tensor.shape)
    if len(shape) != len(form.shape):
        raise ValueError(f"{name}: shape {shape}")
    for size, wanted in zip(shape, form.shape, strict=True):
        if isinstance(wanted, int):
            sound = size == wanted
        else:
            least, most = _SIZES[wanted]
            sound = size == sizes.setdefault(wanted, size) and least <= size <= most
        if not sound:
            raise ValueError(f"{name}: shape {shape}")
    low, high = float(tensor.min()), float(tensor.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{name}: not finite")
    if low < form.least or high > form.most:
        raise ValueError(f"{name}: out of range")
