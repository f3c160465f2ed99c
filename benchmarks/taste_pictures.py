"""Figures of taste on a catalogue of pictures: ablations of the user vector, and new items.

    python benchmarks/taste_pictures.py ablations ../shared/data/photos [--users 60]
    python benchmarks/taste_pictures.py new-items ../shared/data/photos [--users 150]

The catalogue is photos in random versions under one look. Simulated users see some of them and
like what is worth more to them than most, with noise; the learner has these events alone.

*Ablations* are of the user vector by itself, without the named directions: wins over the plain
look by the hidden worth. *New items* are a quarter of the catalogue that nobody has seen, ranked
for each user from pictures alone; relevant is what the user would like without noise.
``cornac``'s VBPR (He and McAuley 2016) gets the same pictures' vectors and is tuned on items that
are held back from its training; without ``pip install cornac`` it is left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from looksmith.base import Base
from looksmith.evaluation.intervals import with_interval
from looksmith.networks.style_encoder import PALETTE_SIZE, REFERENCE_SIZE, Style
from looksmith.networks.user_encoder import ATTRIBUTES, Seen
from looksmith.taste import simulation
from looksmith.taste.directions import DIRECTIONS
from looksmith.taste.evidence import pack
from looksmith.taste.features import FEATURES, features, first_prior
from looksmith.taste.posterior import Posterior, sigmoid
from looksmith.taste.recommend import Histories, Recommender
from looksmith.taste.stored_recommender import picture_vectors, settings_for, with_taste
from looksmith.taste.user_training import CONTEXT, Examples, UserBranch, UserTraining, train_users
from taste import JUDGE, scenes_of

VERSIONS, SHOWN = 8, 40
CANDIDATES = 12  # versions of a photo that nearness in style space chooses among
TUNED = [(k, rate) for k in (8, 32) for rate in (0.005, 0.02)]


@dataclass(frozen=True)
class Catalogue:
    """Versions of photos, as the learner measures them."""

    scenes: simulation.Scenes
    photo: np.ndarray
    """``(I,)`` which photo each is of."""
    pictures: torch.Tensor
    """``(I, 3, S, S)``."""
    traits: np.ndarray
    """``(I, 9)``."""
    codes: torch.Tensor
    """``(I, 256)``."""

    @classmethod
    @torch.no_grad()
    def of(cls, scenes: simulation.Scenes, photos: np.ndarray, dice: np.random.Generator):
        photo = np.repeat(photos, VERSIONS)
        moved = [scenes.moved(index, simulation.random_move(dice)) for index in photo]
        pictures = F.interpolate(torch.cat(moved), (REFERENCE_SIZE,) * 2, mode="area")
        return cls(scenes, photo, pictures, scenes.scale.traits(pictures), codes_of(
            scenes.base, pictures))  # fmt: skip

    @property
    def x(self) -> np.ndarray:
        """Features ``(I, 19)`` less their mean, as items have them."""
        x = features(self.traits, self.scenes.content[self.photo], versions=False)
        return x - x.mean(0)

    @property
    def vectors(self) -> np.ndarray:
        """Unit vectors of the pictures, as the recommender has them."""
        return picture_vectors(
            [pack(t) for t in self.traits], [pack(c) for c in self.codes.numpy()]
        )

    def palettes(self) -> torch.Tensor:
        order = torch.randperm(REFERENCE_SIZE**2, generator=torch.Generator().manual_seed(0))
        colours = self.pictures.flatten(2)[..., order[:PALETTE_SIZE]]
        return (colours * 255).round().byte()


def codes_of(base: Base, pictures: torch.Tensor) -> torch.Tensor:
    return base.networks.style_encoder(pictures.unsqueeze(1)).code


@dataclass(frozen=True)
class Visitor:
    """A user and what they did in the catalogue."""

    user: simulation.HiddenUser
    worth: np.ndarray
    """``(I,)`` less the median: liked above 0."""
    items: np.ndarray
    liked: np.ndarray

    def posterior(self, catalogue: Catalogue) -> Posterior:
        sign = np.where(self.liked, 1.0, -0.5)
        x = catalogue.x[self.items] * np.sign(sign)[:, None]
        return first_prior().fitted(x, np.abs(sign))


def visitors(
    catalogue: Catalogue, kind: str, count: int, seed: int, shown: np.ndarray
) -> list[Visitor]:
    """Users of a kind who saw some of the items ``shown``."""
    scenes, found = small(catalogue), []
    for number in range(count):
        dice = np.random.default_rng([seed, number, simulation.KINDS.index(kind), 1])
        user = simulation.hidden_user(kind, catalogue.scenes, dice)
        eyes = replace(user, scenes=scenes)
        worth = np.array(
            [eyes.worth(p[None], i) for p, i in zip(catalogue.pictures, catalogue.photo,
                                                    strict=True)]
        )  # fmt: skip
        worth = worth - np.median(worth)
        items = dice.permutation(shown)[:SHOWN]
        found.append(Visitor(user, worth, items, dice.random(len(items)) < sigmoid(worth[items])))
    return found


def small(catalogue: Catalogue) -> simulation.Scenes:
    """The scenes at the catalogue's size, for a hidden look to be compared at."""
    size = (REFERENCE_SIZE,) * 2
    photos = F.interpolate(catalogue.scenes.photos, size, mode="area")
    return replace(catalogue.scenes, photos=photos)


# Ablations of the user vector -----------------------------------------------------------------


def seen_of(catalogue: Catalogue, people: Sequence[Visitor]) -> tuple[Seen, torch.Tensor]:
    """What the user encoder takes, and which picture each is."""
    size = min(SHOWN, CONTEXT)
    pictures = torch.from_numpy(np.stack([one.items[:size] for one in people]))
    signs = np.stack([np.where(one.liked[:size], 1.0, -0.5) for one in people])
    known = []
    for one in people:
        posterior = one.posterior(catalogue)
        deviations = np.sqrt(np.diag(posterior.covariance))
        known.append(np.concatenate((posterior.mean[:DIRECTIONS], deviations[:DIRECTIONS])))
    seen = Seen(
        catalogue.codes[pictures],
        torch.from_numpy(signs).float(),
        torch.from_numpy(np.stack(known)).float(),
        torch.zeros(len(people), ATTRIBUTES),
    )
    return seen, pictures


def ablations(folder: Path, count: int, minutes: float, seed: int) -> Iterator[str]:
    """Wins of the user vector by itself, and of what is left when a part is taken away."""
    scenes, dice = scenes_of(folder), np.random.default_rng(seed)
    learn = np.setdiff1d(np.arange(len(scenes.photos)), JUDGE)
    catalogue = Catalogue.of(scenes, learn, dice)
    everything = np.arange(len(catalogue.photo))
    look = scenes.look
    style = Style(look.code, look.transport)
    yield "| kind | user vector | no condition loss | nearest in style space | another user's |"
    yield "| --- | --- | --- | --- | --- |"
    for kind in simulation.KINDS:
        people = visitors(catalogue, kind, count, seed, everything)
        seen, pictures = seen_of(catalogue, people)
        examples = Examples(seen, pictures, catalogue.palettes(), style)
        trained, without = (
            train_users(scenes.base, examples, UserTraining(gamma=gamma), minutes, seed)
            for gamma in (UserTraining().gamma, 0.0)
        )
        measured = people[: min(count, 12)]  # their events are in, their worth is not
        vectors = [trained.vector(one_of(seen, index)) for index in range(len(people))]
        columns = (
            [wins(one, trained, vectors[i]) for i, one in enumerate(measured)],
            [wins(one, without, without.vector(one_of(seen, i))) for i, one in enumerate(measured)],
            [nearest_wins(one, catalogue, dice) for one in measured],
            [wins(one, trained, vectors[i + 1]) for i, one in enumerate(measured[:-1])],
        )
        yield f"| {kind} | " + " | ".join(with_interval(column) for column in columns) + " |"


def one_of(seen: Seen, index: int) -> Seen:
    return Seen(*(getattr(seen, name)[index : index + 1] for name in Seen.__annotations__))


def wins(one: Visitor, branch: UserBranch, vector: torch.Tensor) -> float:
    """Share of photos on which the vector, without named directions, beats the plain look."""
    scenes = replace(one.user.scenes, base=branch.base)
    pictures = simulation.personal_pictures(
        scenes, Posterior.sure(np.zeros(FEATURES)), JUDGE, vector
    )
    return simulation.win_rate(one.user, pictures, JUDGE)


@torch.no_grad()
def nearest_wins(one: Visitor, catalogue: Catalogue, dice: np.random.Generator) -> float:
    """No user encoder: of a few random versions the one whose style code is nearest to what the
    user liked, as against what they passed over."""
    scenes, gaps = catalogue.scenes, []
    codes = F.normalize(catalogue.codes - catalogue.codes.mean(0), dim=1)
    wanted = codes[one.items[one.liked]].mean(0) - codes[one.items[~one.liked]].mean(0)
    for index in JUDGE:
        made = torch.cat(
            [scenes.moved(index, simulation.random_move(dice)) for _ in range(CANDIDATES)]
        )
        tiles = F.interpolate(made, (REFERENCE_SIZE,) * 2, mode="area")
        near = F.normalize(codes_of(scenes.base, tiles) - catalogue.codes.mean(0), dim=1) @ wanted
        best = int(near.argmax())
        plain = scenes.plain[index : index + 1]
        gaps.append(one.user.worth(made[best : best + 1], index) - one.user.worth(plain, index))
    return float(np.mean(np.array(gaps) > 0))


# New items ------------------------------------------------------------------------------------


def new_items(folder: Path, count: int, seed: int) -> Iterator[str]:
    """NDCG@10 of items that nobody has seen, by method."""
    scenes, dice = scenes_of(folder), np.random.default_rng(seed)
    catalogue = Catalogue.of(scenes, np.arange(len(scenes.photos)), dice)
    fresh = np.sort(dice.permutation(len(catalogue.photo))[: len(catalogue.photo) // 4])
    old = np.setdiff1d(np.arange(len(catalogue.photo)), fresh)
    people = [
        one for kind in simulation.KINDS for one in visitors(catalogue, kind, count, seed, old)
    ]
    yield "| method | NDCG@10 (95 % interval over users) |"
    yield "| --- | --- |"
    for name, method in METHODS.items():
        scores = method(catalogue, people, old, fresh, seed)
        if scores is None:
            yield f"| {name} | cornac is not installed: pip install cornac |"
            continue
        gains = [ndcg(s, one.worth[fresh] > 0) for s, one in zip(scores, people, strict=True)]
        yield f"| {name} | {with_interval(gains)} |"


def ndcg(scores: np.ndarray, relevant: np.ndarray, count: int = 10) -> float:
    """NDCG@10 with binary relevance."""
    order = np.argsort(-scores, kind="stable")[:count]
    down = 1 / np.log2(np.arange(2, count + 2))
    ideal = down[: max(1, min(count, relevant.sum()))].sum()
    return float((relevant[order] * down[: len(order)]).sum() / ideal)


Method = Callable[[Catalogue, Sequence[Visitor], np.ndarray, np.ndarray, int], "np.ndarray | None"]


def popularity(catalogue, people, old, fresh, seed):  # type: ignore[no-untyped-def]
    """Nothing is known of new items: a random order, the same for all."""
    return np.tile(np.random.default_rng(seed).random(len(fresh)), (len(people), 1))


def similar_popularity(catalogue, people, old, fresh, seed):  # type: ignore[no-untyped-def]
    """How many liked the items whose pictures are nearest."""
    count = np.bincount(
        np.concatenate([one.items[one.liked] for one in people]), minlength=len(catalogue.photo)
    )
    near = catalogue.vectors[fresh] @ catalogue.vectors[old].T
    best = np.argsort(-near, 1)[:, :20]
    return np.tile(count[old][best].mean(1), (len(people), 1))


def ours(catalogue, people, old, fresh, seed):  # type: ignore[no-untyped-def]
    """As ``taste recommend`` does it."""
    histories = [one.items[one.liked] for one in people]
    starts = np.concatenate(([0], np.cumsum([len(h) for h in histories])))
    given = Histories(starts, np.concatenate(histories), len(catalogue.photo))
    fitted = Recommender.fit(given, settings_for(given), seed)
    known = np.isin(np.arange(len(catalogue.photo)), old)
    scores = np.concatenate([block for _, block in fitted.scores(given)])
    return np.stack(
        [
            with_taste(row, known, catalogue.vectors, catalogue.x, one.posterior(catalogue))[fresh]
            for row, one in zip(scores, people, strict=True)
        ]
    )


def vbpr(catalogue, people, old, fresh, seed):  # type: ignore[no-untyped-def]
    """Tuned on a fifth of the old items, held back; then trained on all."""
    try:
        from cornac.data import Dataset, ImageModality
        from cornac.models import VBPR
    except ImportError:
        return None

    def fitted(items: np.ndarray, k: int, rate: float):  # type: ignore[no-untyped-def]
        place = {int(item): row for row, item in enumerate(items)}
        pairs = [
            (user, place[int(item)], 1.0)
            for user, one in enumerate(people)
            for item in one.items[one.liked]
            if int(item) in place
        ]
        data = Dataset.from_uir(pairs, seed=seed)
        known = np.array(data.item_ids)
        pictures = ImageModality(features=catalogue.vectors[items][known], ids=list(known))
        pictures.build(id_map=data.iid_map)
        data.add_modalities(item_image=pictures)
        model = VBPR(k=k, k2=k, n_epochs=60, learning_rate=rate, verbose=False, seed=seed)
        with redirect_stdout(StringIO()):  # it prints that it has finished
            model.fit(data)
        return model, data

    def scored(model, data, items: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
        seen = catalogue.vectors[items]
        users = np.zeros((len(people), model.theta_user.shape[1]))
        for user, row in data.uid_map.items():
            users[user] = model.theta_user[row]
        return users @ (seen @ model.emb_matrix).T + (seen @ model.beta_prime).ravel()

    held = np.random.default_rng(seed).permutation(old)[: len(old) // 5]
    rest = np.setdiff1d(old, held)
    tried = []
    for options in TUNED:
        scores = scored(*fitted(rest, *options), held)
        gains = []
        for row, one in zip(scores, people, strict=True):
            liked = np.isin(held, one.items[one.liked])
            gains.append(ndcg(row, liked))
        tried.append(np.mean(gains))
    return scored(*fitted(old, *TUNED[int(np.argmax(tried))]), fresh)


METHODS: dict[str, Method] = {
    "popularity": popularity,
    "popularity of similar pictures": similar_popularity,
    "cornac VBPR": vbpr,
    "Looksmith": ours,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("ablations")
    two = commands.add_parser("new-items")
    for command, users in ((one, 60), (two, 50)):
        command.add_argument("folder", type=Path)
        command.add_argument("--users", type=int, default=users, help="users of each kind")
        command.add_argument("--seed", type=int, default=0)
    one.add_argument("--minutes", type=float, default=2.0, help="of training, each time")
    given = parser.parse_args()
    if given.command == "ablations":
        lines = ablations(given.folder, given.users, given.minutes, given.seed)
    else:
        lines = new_items(given.folder, given.users, given.seed)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
