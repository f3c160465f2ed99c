"""Taste in the studio: choices that people are shown, what they tell, and what follows from it.

A *choice* is a few versions of one photo: a pair of the quiz, or variants of a look. The browser
draws them; which one is taken is evidence (``looksmith.taste``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from sqlalchemy import select, update
from torch import Tensor

from looksmith.look import Look
from looksmith.rendering import Controls, Rendering, Stage, render
from looksmith.store.bulk import known_names, number_names
from looksmith.store.tables import users
from looksmith.studio.database import Database
from looksmith.studio.settings import Settings
from looksmith.studio.tables import accounts
from looksmith.taste.api import Taste
from looksmith.taste.directions import STAGE, Vector, content, taste_lut
from looksmith.taste.features import FEATURES, features
from looksmith.taste.personal import Personal, with_move
from looksmith.taste.profiles import COLD, Profile
from looksmith.taste.quiz import choose_pair
from looksmith.taste.results import REACTIONS, add_evidence
from looksmith.texts import text

Option = dict[str, list[float]]
"""``move`` ``(9,)`` along the named directions, ``difference`` ``(19,)`` of features to what it is
compared with: the other of a pair, or the plain look; of a version of a look also ``vector``, the
user's, ``(32,)`` or empty for the default."""


@dataclass(frozen=True)
class People:
    """The users of a studio."""

    url: str

    @classmethod
    def of(cls, settings: Settings) -> People:
        """Over a database beside the studio's own, or in the same PostgreSQL."""
        return cls(settings.database or f"sqlite:///{settings.folder / 'taste.db'}")

    @cached_property
    def taste(self) -> Taste:
        """What is known of them."""
        return Taste.open(self.url)

    def known(self, user: str) -> bool:
        """Whether anything is kept of a user."""
        with self.taste.database.reading() as connection:
            return bool(known_names(connection, users, [user]))

    def names(self, workspace: str) -> list[str]:
        """The users of a workspace, of whom anything is kept."""
        names = select(users.c.name).where(users.c.name.like(f"{workspace}/%"))
        with self.taste.database.reading() as connection:
            return list(connection.execute(names.order_by(users.c.name)).scalars())

    def gather(self, workspace: str) -> None:
        """Mark the users of a workspace, so that a campaign can ask for them by ``where``."""
        mine = users.c.name.like(f"{workspace}/%")
        with self.taste.database.writing() as connection:
            marked = update(users).where(mine).values(attributes={"workspace": workspace})
            connection.execute(marked)

    def pair(self, user: str, workings: Sequence[Tensor], seed: int) -> tuple[int, list[Option]]:
        """The pair that tells most: the index of its photo, and its two versions.

        ``workings`` are photos ``(1, 3, 128, 128)``.
        """
        contents = np.concatenate([content(working) for working in workings])
        posterior = self.taste.profile(user).posterior
        generator = np.random.default_rng(seed)
        pair = choose_pair(posterior, self.taste.scale, contents, generator)
        half = pair.difference / 2
        options = [
            {"move": move.tolist(), "difference": (sign * half).tolist()}
            for move, sign in zip(pair.moves, (1, -1), strict=True)
        ]
        return pair.photo, options

    def variants(
        self, user: str, look: Look, working: Tensor, count: int, seed: int
    ) -> list[Option]:
        """Versions of a look, as ``Taste.variants`` has them."""
        return [
            {
                "move": made.move.tolist(),
                "difference": _or_nothing(made.difference).tolist(),
                "vector": [] if made.vector is None else made.vector.flatten().tolist(),
            }
            for made in self.taste.versions(look, user, working, count, seed=seed)
        ]

    def _personal(
        self, user: str, look: Look, working: Tensor, controls: Controls | None = None
    ) -> Personal | None:
        """As the profile has it; None for a user of whom nothing is known."""
        profile = self.taste.profile(user)
        if profile.evidence == 0:
            return None
        made = self.taste.personaliser(look)
        return made(profile.posterior, working, controls, self.taste.vector(user))

    def rendering(
        self, user: str, look: Look, working: Tensor, controls: Controls | None = None
    ) -> Rendering:
        """A look for a user, whose changes come on top of the controls; the plain look for one of
        whom nothing is known."""
        made = self._personal(user, look, working, controls)
        if made is None:
            return look.predict(self.taste.base, working, controls)
        base = self.taste.base_of_users
        return look.predict(base, working, made.controls, made.vector).followed_by(*made.stages)

    def option_rendering(self, option: Option, look: Look | None, working: Tensor) -> Rendering:
        """One version of a choice."""
        move = np.array(option["move"])
        if look is None:
            return Rendering((Stage(STAGE, lut=taste_lut(move)),))
        made = with_move(move)
        vector = torch.tensor(option["vector"]).view(1, -1) if option["vector"] else None
        predicted = look.predict(self.taste.base_of_users, working, made.controls, vector)
        return predicted.followed_by(*made.stages)

    def chosen(self, user: str, options: list[Option], index: int, kind: str) -> Profile:
        """One of the versions was preferred to each of the others."""
        differences = [np.array(option["difference"]) for option in options]
        others = [difference for i, difference in enumerate(differences) if i != index]
        evidence = [differences[index] - other for other in others]
        return self._add(user, evidence, 2 / (1 + len(others)), kind)

    def reacted(self, user: str, look: Look, working: Tensor, reaction: str) -> Profile:
        """A result was liked or disliked: compared with the plain look, or, where it was the plain
        look, with the photo as it is."""
        made = self._personal(user, look, working)
        if made is None or made.difference is None or not np.any(made.difference):
            difference = self.change(look, working)
        else:
            difference = made.difference
        weight = REACTIONS[reaction]
        return self._add(user, [np.sign(weight) * difference], abs(weight), reaction)

    def change(self, look: Look, working: Tensor) -> Vector:
        """Features ``(19,)`` of a photo with a look less those without."""
        seen = render(working, look.predict(self.taste.base, working)).clamp(0, 1)
        scale = self.taste.scale
        traits = np.asarray(scale.traits(seen)) - np.asarray(scale.traits(working))
        return np.asarray(features(traits, content(working), versions=False)[0])

    def ranked(self, user: str, looks: Sequence[Look], working: Tensor) -> list[float]:
        """How probably a user prefers each look on a photo to the photo as it is."""
        if not looks:
            return []
        changes = np.stack([self.change(look, working) for look in looks])
        return [float(p) for p in self.taste.profile(user).posterior.probability(changes)]

    def _add(self, user: str, evidence: list[Vector], weight: float, kind: str) -> Profile:
        with self.taste.database.writing() as connection:
            number = number_names(connection, users, [user])[user]
            return add_evidence(connection, number, evidence, weight, kind)


def shown_users(database: Database, people: People, workspace: str) -> dict[str, str]:
    """What people call each user of a workspace, by the name that taste has."""
    mine = select(accounts.c.id, accounts.c.name).where(accounts.c.workspace_id == workspace)
    with database.reading() as connection:
        names = {row.id: row.name for row in connection.execute(mine)}
    names["local"] = text("studio.me")
    shown = {}
    for name in people.names(workspace):
        _, kind, own = name.split("/", 2)
        shown[name] = names.get(own, own) if kind == "account" else own
    return shown


def described(profile: Profile) -> dict[str, Any]:
    """A profile as the API gives it."""
    return {
        "state": profile.state,
        "evidence": round(profile.evidence, 2),
        "certainty": round(0.0 if profile.state == COLD else profile.certainty, 3),
        "likes": [
            {"name": name, "mean": round(mean, 3), "deviation": round(deviation, 3)}
            for name, (mean, deviation) in profile.likes().items()
        ],
    }


def _or_nothing(difference: Vector | None) -> Vector:
    return np.zeros(FEATURES) if difference is None else difference


def working_of(data: bytes, side: int) -> Tensor:
    """A photo as predictions see it, of the bytes a worker kept: ``(1, 3, side, side)``."""
    pixels = np.frombuffer(data, np.uint8).reshape(side, side, 3)
    return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1).unsqueeze(0)
