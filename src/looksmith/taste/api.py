"""Taste from Python: one object for users, their profiles, and what is made for them.

taste = looksmith.Taste.open()                       # or a database's URL
image = taste.apply(look, "me.jpg", user="u42")
shown = taste.variants(look, Path("me.jpg"), "u42", Path("out"), count=6)
taste.feedback("u42", shown[0].identity, "like")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from sqlalchemy import Connection, select
from torch import Tensor

from looksmith.base import Base, default_base
from looksmith.errors import TasteError
from looksmith.look import Look
from looksmith.photos import MAX_MEGAPIXELS, Photo, check_writable, read_photo, write_photo
from looksmith.pixels import Array
from looksmith.provenance import content_id, xmp_label
from looksmith.rendering import WORKING_SIZE, Controls
from looksmith.store import Database
from looksmith.store.bulk import known_names, number_names
from looksmith.store.tables import users
from looksmith.taste import stored_recommender as stored
from looksmith.taste.directions import CONTENTS, Scale, Vector, content
from looksmith.taste.exploring import versions_to_show
from looksmith.taste.features import features, wished_move
from looksmith.taste.fit import fit, weights_path
from looksmith.taste.forgetting import forget
from looksmith.taste.interactions import Figures
from looksmith.taste.personal import PLAIN, Personal, Personaliser, look_traits
from looksmith.taste.profiles import Profile, most_likely_to_prefer, population, profile_of
from looksmith.taste.quiz import Pair
from looksmith.taste.results import (
    add_evidence,
    look_number,
    new_id,
    note_result,
    put_answers,
    react,
    undo,
)
from looksmith.taste.seen import seen_of
from looksmith.taste.user_training import UserBranch, UserTraining
from looksmith.texts import text
from looksmith.transfer import Transfer, working_size

_KEPT = 8
Finish = Callable[[Array, Array], Array]
"""What is done to a photo's pixels and their rendering at the end."""


@dataclass(frozen=True)
class Result:
    """One generated file."""

    identity: str
    path: Path
    made: Personal


class Taste:
    """Users and what is made for them, over one database."""

    def __init__(self, database: Database, base: Base | None = None) -> None:
        self.database = database
        self._base = base
        self._personalisers: list[Personaliser] = []

    @classmethod
    def open(cls, url: str | None = None, base: Base | None = None) -> Taste:
        """Open the database of a URL, or that in ``home()``.

        Raises:
            StoreError: the database can't be used.
        """
        return cls(Database.open(url), base)

    @cached_property
    def base(self) -> Base:
        """The base in use; loaded when first needed."""
        return self._base or default_base()

    @cached_property
    def scale(self) -> Scale:
        """Units of traits of the base."""
        return Scale.of(self.base)

    @cached_property
    def branch(self) -> UserBranch | None:
        """The user encoder and its part of the generator, where ``fit`` trained them."""
        return UserBranch.load(weights_path(self.database), self.base)

    @property
    def base_of_users(self) -> Base:
        """The base with the user branch in it; the default user's results are those of the base."""
        return self.base if self.branch is None else self.branch.base

    def fit(
        self,
        minutes: float = 4.0,
        settings: UserTraining | None = None,
        seed: int = 0,
        progress: Callable[[float], None] = lambda _: None,
    ) -> dict[str, int]:
        """Learn from the events at hand: pictures, population, recommender, user branch. Returns
        counts of what took part."""
        self.__dict__.pop("branch", None)
        return fit(self.database, self.base, minutes, settings, seed, progress)

    # Profiles ----------------------------------------------------------------------------------

    def profile(self, user: str) -> Profile:
        """What is known of a user; of a new one, what is known of people in general."""
        with self.database.reading() as connection:
            number = known_names(connection, users, [user]).get(user)
            if number is None:
                return Profile(population(connection), 0.0)
            return profile_of(connection, number)

    def require(self, user: str) -> None:
        """Raises:
        TasteError: the user is not known."""
        with self.database.reading() as connection:
            _number(connection, user)

    def answer(self, user: str, pair: Pair, said: str) -> Profile:
        """Take in a quiz answer, ``a`` or ``b``; a user who was not known is added."""
        difference = pair.difference if said == "a" else -pair.difference
        with self.database.writing() as connection:
            number = number_names(connection, users, [user])[user]
            return add_evidence(connection, number, [difference], 1.0, "quiz")

    def answer_once(self, user: str, answers: Mapping[str, Vector | None]) -> int:
        """Take in quiz answers, each by the id of its question as the difference ``(19,)`` that
        was preferred, None for no preference. The answer to a question that was answered before
        takes the place of the older one. A user who was not known is added.

        Returns how many answers are new or other than before.
        """
        with self.database.writing() as connection:
            number = number_names(connection, users, [user])[user]
            return put_answers(connection, number, answers)

    def feedback(self, user: str, result: str, reaction: str) -> Profile:
        """Take in a reaction to a result: ``like``, ``dislike``, ``skip`` or ``choose``.

        Raises:
            TasteError: the user, the result or the reaction is not known.
        """
        with self.database.writing() as connection:
            return react(connection, _number(connection, user), result, reaction)

    def undo(self, user: str) -> str:
        """Take the last reaction or answer back; returns its kind.

        Raises:
            TasteError: the user is not known or there is nothing to undo.
        """
        with self.database.writing() as connection:
            return undo(connection, _number(connection, user))

    def forget(self, user: str) -> None:
        """Remove everything of a user: rows, files, and the bytes they stood in.

        Raises:
            TasteError: the user is not known.
        """
        with self.database.reading() as connection:
            number = _number(connection, user)
        forget(self.database, number, user)

    def usual_change(self, user: str) -> dict[str, float]:
        """What the user's taste asks of a look on a photo of mixed content, before the bound of
        that look: amounts in [-1, 1] by direction."""
        profile = self.profile(user)
        if profile.evidence == 0:
            return {}
        move = wished_move(profile.posterior, np.zeros(CONTENTS), self.scale.jacobian)
        return Personal(move).settings

    def vector(self, user: str) -> Tensor | None:
        """User vector ``(1, 32)``, worked out from the events; None where no branch was trained or
        the user reacted to no picture: the default."""
        if self.branch is None:
            return None
        with self.database.reading() as connection:
            number = known_names(connection, users, [user]).get(user)
            seen = None if number is None else seen_of(connection, number)
        return None if seen is None else self.branch.vector(seen)

    # Recommendation ----------------------------------------------------------------------------

    def recommend_items(self, user: str, count: int = 10) -> list[tuple[str, float]]:
        """Items for a user, best first, with scores.

        Raises:
            TasteError: the user is not known.
        """
        posterior = self.profile(user).posterior
        with self.database.reading() as connection:
            number = _number(connection, user)
            return stored.recommend_items(
                connection, self.database.folder, number, posterior, count
            )

    def recommend_looks(self, user: str, count: int = 10) -> list[tuple[str, float]]:
        """The looks that are known (they were applied for someone), by how likely the user prefers
        them to a photo without.

        Raises:
            TasteError: the user is not known.
        """
        with self.database.reading() as connection:
            posterior = profile_of(connection, _number(connection, user)).posterior
            return stored.recommend_looks(connection, posterior, count)

    def evaluate(
        self, seed: int = 0, progress: Callable[[float], None] = lambda _: None
    ) -> dict[str, Figures]:
        """How well items are recommended to the users at hand: the last item that each liked is
        left out and looked for, by the recommender and by popularity.

        Raises:
            TasteError: too few users liked two items.
        """
        with self.database.reading() as connection:
            histories = stored.all_histories(connection)[1]
        return stored.evaluated(histories, seed, progress)

    def audience(self, look: Look, count: int = 100) -> list[tuple[str, float]]:
        """Users who would like a look, best first: those with a profile, by how likely they
        prefer it to a photo without."""
        x = features(look_traits(look, self.scale, self.base)[None], np.zeros((1, CONTENTS)))
        with self.database.reading() as connection:
            return most_likely_to_prefer(connection, x[0], count)

    def personaliser(self, look: Look) -> Personaliser:
        """What makes a look personal. Those of the newest looks are kept, since it takes a second
        to know how near a feed is."""
        for kept in self._personalisers:
            if kept.look is look and kept.base is self.base_of_users:
                return kept
        made = Personaliser(look, self.scale, self.base_of_users)
        self._personalisers = [made, *self._personalisers[: _KEPT - 1]]
        return made

    # Generation --------------------------------------------------------------------------------

    def transfer(
        self,
        look: Look,
        user: str,
        photo: Photo | None,
        controls: Controls | None = None,
    ) -> tuple[Transfer, Personal]:
        """How a photo gets a look for a user; a user of whom nothing is known gets the plain look.

        Args:
            look: the look.
            user: the user's name.
            photo: the photo, since taste may depend on what it shows; None for a photo of mixed
                content, where one rendering has to serve all.
            controls: how much of each stage; the user's changes come on top.
        """
        profile = self.profile(user)
        if profile.evidence == 0:
            return Transfer(look, controls, base=self.base), PLAIN
        working = torch.full((1, 3, WORKING_SIZE, WORKING_SIZE), 0.5)
        seen: Vector | None = np.zeros(CONTENTS)
        if photo is not None:
            working, seen = working_size(photo.pixels), None
        base, vector = self.base_of_users, self.vector(user)
        made = self.personaliser(look)(profile.posterior, working, controls, vector, seen)
        transfer = Transfer(look, made.controls, user=made.vector, more=made.stages, base=base)
        return transfer, made

    def apply_file(
        self,
        look: Look,
        source: Path,
        target: Path,
        user: str,
        controls: Controls | None = None,
        max_megapixels: float = MAX_MEGAPIXELS,
        keep_location: bool = False,
        finish: Finish | None = None,
    ) -> Result:
        """Give a look to a file for a user; the result has an id for feedback.

        Raises:
            PhotoError: the photo can't be read or written.
            TasteError: the user is not known.
        """
        check_writable(target)
        self.require(user)
        photo = read_photo(source, max_megapixels, keep_location)
        transfer, made = self.transfer(look, user, photo, controls)
        transfer.finish = finish
        return self._write(transfer, made, photo, target, user, new_id(), new_id())

    def variants(
        self,
        look: Look,
        source: Path,
        user: str,
        folder: Path,
        count: int = 6,
        explore: bool = True,
        seed: int | None = None,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> list[Result]:
        """Versions to choose from, in ``folder`` as ID.jpg, the first as the profile has it.

        With ``explore`` the others are those from which most is learned (``exploring``);
        without, the same version in lesser amounts.

        Raises:
            PhotoError: the photo can't be read or written.
        """
        photo = read_photo(source, max_megapixels)
        with self.database.writing() as connection:
            number_names(connection, users, [user])
        batch, base, results = new_id(), self.base_of_users, []
        for made in self.versions(look, user, working_size(photo.pixels), count, explore, seed):
            transfer = Transfer(look, made.controls, user=made.vector, more=made.stages, base=base)
            identity = new_id()
            target = folder / f"{identity}.jpg"
            results.append(self._write(transfer, made, photo, target, user, identity, batch))
        return results

    def versions(
        self,
        look: Look,
        user: str,
        working: Tensor,
        count: int,
        explore: bool = True,
        seed: int | None = None,
    ) -> list[Personal]:
        """What ``variants`` are made of, for a photo ``(1, 3, 128, 128)``; ``base_of_users``
        renders them."""
        profile, vector, seen = self.profile(user), self.vector(user), content(working)[0]
        personal, taste = self.personaliser(look), profile.posterior
        wished = personal(taste, working, vector=vector, seen=seen)
        if explore:
            dice, jacobian = np.random.default_rng(seed), self.scale.jacobian
            moves = versions_to_show(taste, profile.evidence, seen, jacobian, dice, count - 1)
        else:
            moves = [wished.move * (1 - index / count) for index in range(1, count)]
        return [wished, *(personal.moved(move, working, seen, vector=vector) for move in moves)]

    def _write(
        self,
        transfer: Transfer,
        made: Personal,
        photo: Photo,
        target: Path,
        user: str,
        identity: str,
        batch: str,
    ) -> Result:
        rendered = transfer.photo(photo)
        produced = content_id(rendered.pixels)
        label = xmp_label(transfer.look.name, produce_id=produced, settings=made.settings)
        write_photo(rendered, target, label)
        with self.database.writing() as connection:
            note_result(
                connection,
                user=_number(connection, user),
                look=look_number(
                    connection, transfer.look, look_traits(transfer.look, self.scale, self.base)
                ),
                made=made,
                path=target,
                identity=identity,
                batch=batch,
            )
        return Result(identity, target, made)


def _number(connection: Connection, user: str) -> int:
    found = connection.execute(select(users.c.id).where(users.c.name == user)).scalar()
    if found is None:
        raise TasteError(text("taste.no_user"))
    return int(found)
