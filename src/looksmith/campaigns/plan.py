"""The plan of a campaign: a YAML file, checked whole before any work.

name: spring
catalogue: products.csv        # a folder, CSV or Parquet; local, s3://, https://
looks: {film: looks/film.look}
audiences:
  - everyone
  - {name: berlin, where: {city: Berlin}}
  - {name: best, each: user}
settings: {strength: 0.8}
protect: product
experiment: {control: 0.2}
"""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from looksmith.errors import LooksmithError
from looksmith.rendering import Controls
from looksmith.texts import text

EVERYONE = "everyone"
MOST_BYTES = 1_000_000
Value = str | int | float | bool
Region = Literal["person", "face", "product", "clothes"]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^/\\\x00-\x1f]+$")]
_Path = tuple[str | int, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Settings(_Strict):
    """How much of each stage, as ``looksmith apply`` has it."""

    strength: Annotated[float, Field(ge=0, le=1.5)] = 1.0
    mood: Annotated[float, Field(ge=0, le=1.5)] = 1.0
    normalise: Annotated[float, Field(ge=0, le=1)] = 1.0

    @property
    def controls(self) -> Controls:
        return Controls(self.strength, self.mood, self.normalise)


class Audience(_Strict):
    """Who sees the pictures: everyone, a segment, single users, or each user by themselves."""

    name: Name
    where: Annotated[dict[str, Value | list[Value]], Field(min_length=1)] | None = None
    """Attributes that a segment's users have."""
    users: Annotated[list[str], Field(min_length=1)] | None = None
    """Users, each with pictures of their own in every look."""
    each: Literal["user"] | None = None
    """Every user of the store (or of ``where``), in the look that suits them best."""

    @model_validator(mode="after")
    def _one_kind(self) -> Audience:
        plain = self.name == EVERYONE
        kinds = (self.users is not None) + (self.each is not None or self.where is not None)
        if kinds > 1 or (kinds == 0) != plain:
            raise ValueError(text("plan.audience"))
        return self


class Experiment(_Strict):
    """An A/B test: a share of the users sees the products' own photos."""

    control: Annotated[float, Field(gt=0, lt=1)]
    seed: Annotated[int, Field(ge=0)] = 0


def _audience(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _named(value: object) -> object:
    """A list of look files names them by their stems."""
    if isinstance(value, list) and all(isinstance(path, str) for path in value):
        return {Path(path).stem: path for path in value}
    return value


class Plan(_Strict):
    """What is to be rendered for whom."""

    name: Name
    catalogue: str
    looks: Annotated[dict[Name, str], BeforeValidator(_named), Field(min_length=1)]
    audiences: Annotated[
        list[Annotated[Audience, BeforeValidator(_audience)]], Field(min_length=1)
    ] = [Audience(name=EVERYONE)]
    settings: Settings = Settings()
    protect: Annotated[list[Region], BeforeValidator(_listed)] = []
    experiment: Experiment | None = None
    format: Literal["jpg", "png", "webp"] = "jpg"
    max_megapixels: Annotated[float, Field(gt=0, le=1000)] = 200.0

    @field_validator("audiences")
    @classmethod
    def _names_differ(cls, audiences: list[Audience]) -> list[Audience]:
        names = [audience.name for audience in audiences]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(text("plan.twice", name=sorted(twice)[0]))
        return audiences

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def load_plan(path: Path) -> Plan:
    """Read a plan; paths in it are relative to its folder.

    Raises:
        LooksmithError: missing, no YAML, or with something wrong: which line, and what was meant.
    """
    if not path.is_file():
        raise LooksmithError(text("travel.missing", path=path))
    if path.stat().st_size > MOST_BYTES:
        raise _refusal(path, 1, text("cube.large"))
    try:
        words = path.read_text(encoding="utf-8-sig")
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(words)):
            raise _refusal(path, 1, text("plan.alias"))
        node = yaml.compose(words, Loader=yaml.SafeLoader)
        given = yaml.safe_load(words)
    except UnicodeDecodeError as error:
        raise _refusal(path, 1, text("cube.binary")) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = str(getattr(error, "problem", None) or error).split("\n")[0]
        raise _refusal(path, mark.line + 1 if mark else 1, why) from error
    lines = _lines(node, path)
    if not isinstance(given, dict):
        raise _refusal(path, 1, text("plan.mapping"))
    try:
        plan = Plan.model_validate(given)
    except ValidationError as error:
        raise _first_error(error, lines, path) from error
    return plan.model_copy(
        update={
            "catalogue": _resolved(plan.catalogue, path),
            "looks": {name: _resolved(look, path) for name, look in plan.looks.items()},
        }
    )


def _resolved(place: str, plan: Path) -> str:
    return place if "://" in place else str((plan.parent / place).resolve())


def _lines(node: yaml.Node | None, path: Path, at: _Path = ()) -> dict[_Path, int]:
    """The line of every key and item; a key that stands twice is refused."""
    found: dict[_Path, int] = {at: node.start_mark.line + 1} if node else {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, str(key.value))
            line = key.start_mark.line + 1
            if here in found:
                raise _refusal(path, line, text("plan.twice", name=key.value))
            found |= _lines(value, path, here) | {here: line}
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found |= _lines(value, path, (*at, index))
    return found


def _first_error(error: ValidationError, lines: dict[_Path, int], path: Path) -> LooksmithError:
    # A key that is not known explains another that is missing.
    first = min(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    where: _Path = first["loc"]
    known = where
    while known not in lines and known:
        known = known[:-1]
    line, key = lines.get(known, 1), ".".join(map(str, where))
    if first["type"] != "extra_forbidden":
        return _refusal(path, line, f"{key}: {first['msg'].removeprefix('Value error, ')}")
    owners: dict[str, type[_Strict]] = {
        "settings": Settings,
        "audiences": Audience,
        "experiment": Experiment,
    }
    owner: type[_Strict] = owners.get(str(where[0]), Plan) if len(where) > 1 else Plan
    meant = difflib.get_close_matches(str(where[-1]), owner.model_fields, 1, 0.5)
    if meant:
        return _refusal(path, line, text("plan.meant", word=where[-1], meant=meant[0]))
    known_keys = ", ".join(owner.model_fields)
    return _refusal(path, line, text("plan.unknown", word=where[-1], known=known_keys))


def _refusal(path: Path, line: int, why: str) -> LooksmithError:
    return LooksmithError(text("plan.line", path=path, line=line, why=why))
