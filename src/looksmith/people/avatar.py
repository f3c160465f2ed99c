"""Avatars: one portrait as a set of personas that differ in light, place and treatment.

avatars = make_avatars(read_rgb(Path("me.jpg")), look, count=8)
avatars[0].pixels, avatars[0].cutout(), avatars[0].crop(9 / 16)

The person and what is behind are made apart: the person takes the look (and, in part, the makeup
of its feed), the background is made of the feed's colours. Who it is stays: a photographic avatar
whose face the identity network places too far from the portrait is made again, with less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from looksmith.base import Base, default_base
from looksmith.errors import LooksmithError
from looksmith.look import Look
from looksmith.people.backgrounds import BACKGROUNDS
from looksmith.people.colours import oklab, palette_of, to_srgb
from looksmith.people.faces import Face, identity
from looksmith.people.filters import Floats, blurred
from looksmith.people.find import People, find_people
from looksmith.people.makeup import make_up
from looksmith.people.makeup_map import Layer
from looksmith.people.matting import clean_edges
from looksmith.people.portrait import Portrait, portrait
from looksmith.people.treatments import TREATMENTS
from looksmith.photos import crop_resized
from looksmith.rendering import WORKING_SIZE, Controls, render_pixels
from looksmith.texts import text

MOST = 64
SIDES = (256, 2048)
SAME_PERSON = 0.75
"""Least cosine between the identities of a portrait and a photographic avatar."""
_LESS = (1.0, 0.6, 0.3)  # how much of everything, until the person is the same

Restyle = Callable[[NDArray[np.uint8], float], NDArray[np.uint8]]


@dataclass(frozen=True)
class Persona:
    """One way to show a person."""

    background: str
    """One of ``BACKGROUNDS``."""
    treatment: str = "photo"
    """One of ``TREATMENTS``."""
    side_light: float = 0.0
    """Light from the picture's left (negative) or right, −1 to 1."""
    depth: float = 0.0
    """How far the rest falls off from the face, 0 to 1."""
    makeup: float = 0.0
    """Share of the makeup that is asked for."""
    seed: int = 0

    @property
    def name(self) -> str:
        """Such as ``painted-bokeh``."""
        return f"{self.treatment}-{self.background}"


_FIRST = (
    Persona("gradient", makeup=0.5),
    Persona("bokeh", side_light=-0.7, depth=0.3, makeup=1.0),
    Persona("paper", side_light=0.4),
    Persona("cutouts", makeup=0.5),
    Persona("gradient", "painted", side_light=0.5),
    Persona("cutouts", "planes"),
    Persona("paper", "lines"),
    Persona("paper", "halftone"),
)


@dataclass(frozen=True)
class Avatar:
    """One finished persona."""

    persona: Persona
    person: Floats
    """``(S, S, 3)`` sRGB in [0, 1], the person alone."""
    alpha: Floats
    """``(S, S)`` share of the person."""
    palette: Floats
    head: tuple[float, float, float]
    """x, y and radius of the head."""
    face: Face
    """In pixels of the square."""
    likeness: float
    """Cosine between the identities of the portrait and this picture; −1 where no face is seen."""

    @property
    def side(self) -> int:
        """S."""
        return self.person.shape[0]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """``(S, S, 3)`` uint8 sRGB, before its background."""
        return self._composed(self.side, self.side, 0)

    def cutout(self) -> NDArray[np.uint8]:
        """``(S, S, 4)`` uint8 sRGB with alpha."""
        return eight_bits(np.dstack([self.person, self.alpha]))

    def crop(self, aspect: float) -> NDArray[np.uint8]:
        """``(H, W, 3)`` for platforms that want pictures of width over height ``aspect``.

        The background goes on where the person ends: above a head, beside shoulders (to one
        side only where the portrait's frame cuts the other). Where it can't, the square is cut.
        """
        side = self.side
        cut = {
            "top": bool(self.alpha[:2].max() > 0.5),
            "left": bool(self.alpha[:, :2].max() > 0.5),
            "right": bool(self.alpha[:, -2:].max() > 0.5),
        }
        if aspect < 1 and not cut["top"]:
            return self._composed(side, round(side / aspect), 0)
        if aspect > 1 and not (cut["left"] and cut["right"]):
            width = round(side * aspect)
            share = 0.0 if cut["left"] else 1.0 if cut["right"] else 0.5
            return self._composed(width, side, round(share * (width - side)))
        width, height = min(side, round(side * aspect)), min(side, round(side / aspect))
        left = int(np.clip(self.head[0] - width / 2, 0, side - width))
        top = int(np.clip(self.head[1] - 0.5 * height, 0, side - height))
        return self.pixels[top : top + height, left : left + width]

    def background(self, width: int, height: int, left: int = 0) -> Floats:
        """``(height, width, 3)`` what is behind, in [0, 1]; more height goes on top, ``left``
        pixels of more width go to the left."""
        rng = np.random.default_rng(self.persona.seed)
        x, y, radius = self.head
        head = x + left, y + height - self.side, radius
        return BACKGROUNDS[self.persona.background](self.palette, (width, height), head, rng)

    def over(self, background: Floats, person: Floats, alpha: Floats) -> Floats:
        """A person ``(S, S, 3)`` before a background ``(S, S, 3)``."""
        if self.persona.treatment == "photo":
            # Light from behind wraps around edges, as it does through hair.
            wrap = (blurred(1 - alpha, self.side / 90) * alpha)[..., None]
            person = person + 0.30 * wrap * (blurred(background, self.side / 60) - person)
        return background + alpha[..., None] * (person - background)

    def _composed(self, width: int, height: int, left: int) -> NDArray[np.uint8]:
        result = self.background(width, height, left)
        square = np.s_[-self.side :, left : left + self.side]
        result[square] = self.over(result[square], self.person, self.alpha)
        return eight_bits(result)


def make_avatars(
    pixels: NDArray[Any],
    look: Look,
    count: int = 8,
    side: int = 1024,
    *,
    makeup: float = 0.5,
    seed: int = 0,
    restyle: Restyle | None = None,
    prefer: Callable[[NDArray[np.uint8]], float] | None = None,
    base: Base | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Avatar]:
    """A set of avatars of the largest face in a photo.

    Args:
        pixels: ``(H, W, 3)`` sRGB.
        look: what the person, and the background's colours, are given.
        count: how many, 1 to 64.
        side: of the square, 256 to 2048 pixels.
        makeup: how much of the look's makeup at most, 0 to 1; looks without makeup give none.
        seed: the same seed gives the same set.
        restyle: gives a picture the look as a user likes it, in the strength given from 0 to 1;
            None gives the look as it is.
        prefer: scores a finished picture for a user; the best come first.
        base: the base that the look was learned with; the default one where None.
        progress: is told the share done.

    Raises:
        LooksmithError: no face, one too small, or a number out of range.
    """
    if not (1 <= count <= MOST and SIDES[0] <= side <= SIDES[1] and 0 <= makeup <= 1):
        raise LooksmithError(text("avatar.range", most=MOST, least=SIDES[0], side=SIDES[1]))
    people = find_people(pixels)
    maker = _Maker(people, look, side, makeup, restyle or _plain(look, base or default_base()))
    avatars = []
    for done, persona in enumerate(personas(count, seed), 1):
        avatars.append(maker.make(persona))
        progress(done / count)
    if prefer is not None:
        avatars.sort(key=lambda avatar: -prefer(avatar.pixels))
    return avatars


def _plain(look: Look, base: Base) -> Restyle:
    """The look as it is."""

    def restyle(pixels: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
        small = crop_resized(pixels, None, (WORKING_SIZE, WORKING_SIZE))
        working = torch.from_numpy(small.astype(np.float32) / 255).permute(2, 0, 1)[None]
        rendering = look.predict(base, working, Controls(strength, strength))
        return np.asarray(render_pixels(pixels, rendering), np.uint8)

    return restyle


def personas(count: int, seed: int = 0) -> Iterator[Persona]:
    """``count`` personas that differ; the first eight are always of the same kinds."""
    rng = np.random.default_rng(seed)
    kinds = [(t, b) for t in TREATMENTS for b in BACKGROUNDS]
    for index in range(count):
        number = int(rng.integers(2**31))
        if index < len(_FIRST):
            yield replace(_FIRST[index], seed=number)
            continue
        treatment, background = kinds[int(rng.integers(len(kinds)))]
        yield Persona(
            background,
            treatment,
            float(rng.uniform(-0.8, 0.8)),
            float(rng.uniform(0, 0.4)),
            float(rng.uniform(0, 1)),
            number,
        )


class _Maker:
    """What all avatars of one portrait share."""

    def __init__(
        self, people: People, look: Look, side: int, makeup: float, restyle: Restyle
    ) -> None:
        self.portrait: Portrait = portrait(people, side)
        self.makeup, self.restyle = makeup, restyle
        self._rendered: dict[tuple[float, float], NDArray[np.uint8]] = {}
        self.layer = None
        if makeup > 0 and "makeup" in look.about:
            self.layer = Layer.from_numbers(look.about["makeup"])
        self.own = identity(self.portrait.pixels, self.portrait.face)
        sheet = look.sheet.numpy() if look.sheet is not None else self.rendered(0.0, 1.0)
        self.palette = palette_of(sheet)
        left, top, right, bottom = self.portrait.face.box
        radius = 0.62 * max(bottom - top, right - left)
        self.head = (left + right) / 2, top + 0.42 * (bottom - top), radius

    def make(self, persona: Persona) -> Avatar:
        for much in _LESS:
            avatar = self._made(persona, much)
            if persona.treatment != "photo" or avatar.likeness >= SAME_PERSON:
                break
        return avatar

    def _made(self, persona: Persona, much: float) -> Avatar:
        pixels = self.rendered(persona.makeup * self.makeup, much)
        colours = self._lit(oklab(pixels), persona, much)
        rng = np.random.default_rng(persona.seed)
        treated = TREATMENTS[persona.treatment](colours, self.portrait.alpha, self.palette, rng)
        person = clean_edges(to_srgb(treated), self.portrait.alpha)
        face = self.portrait.face
        avatar = Avatar(persona, person, self.portrait.alpha, self.palette, self.head, face, -1.0)
        # The face stays where it was, so it need not be found again.
        seen = identity(avatar.pixels, face)
        return replace(avatar, likeness=float(self.own @ seen))

    def rendered(self, makeup: float, strength: float) -> NDArray[np.uint8]:
        """The portrait with makeup and look."""
        if (makeup, strength) not in self._rendered:
            self._rendered[makeup, strength] = self._render(makeup, strength)
        return self._rendered[makeup, strength]

    def _render(self, makeup: float, strength: float) -> NDArray[np.uint8]:
        pixels = self.portrait.pixels
        if self.layer is not None and makeup > 0:
            parts = dict.fromkeys(("lips", "cheeks", "eyes", "liner"), makeup) | {"brows": 0.0}
            local = People(pixels, (self.portrait.face,))
            pixels = make_up(pixels, local, self.layer, parts)
        return np.asarray(self.restyle(pixels, strength), np.uint8)

    def _lit(self, colours: Floats, persona: Persona, much: float) -> Floats:
        """Light from one side, and less of it away from the face."""
        side = self.portrait.side
        x, y = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
        across = np.tanh((x - self.head[0]) / self.head[2])
        away = np.hypot(x - self.head[0], y - self.head[1]) / self.head[2]
        gain = 1 + 0.16 * much * persona.side_light * across
        gain -= 0.30 * much * persona.depth * (1 - np.exp(-((away / 1.8) ** 2)))
        return np.asarray(colours * gain[..., None], np.float32)


def eight_bits(values: Floats) -> NDArray[np.uint8]:
    """Floats in [0, 1] as uint8."""
    return (values * 255 + 0.5).clip(0, 255).astype(np.uint8)
