"""Figures of taste with simulated users: wins, accuracy, regret (``taste/simulation.py``).

    scenes, learn, judge = scenes_to_judge(base, look, folder)
    cases = measure_users(scenes, learn, judge, count=6, seed=0, minutes=3)
    rows = summary(cases)

Users are measured one by one, the kinds in turn, until there are enough or the time is over, so a
shorter run has the same first users. *Wins*: share of photos whose personal version is worth more
to the user than the plain look. *Worth*: how much more, where the noise of choices is 1.
*Events*: likes and skips of versions beside the plain look; *near* ones keep to the bound.
*Accuracy*: of held-out pairs of versions, by the worth itself.
*Regret*: worth lost over the rounds against the best of four random versions of each photo.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from looksmith.base import Base
from looksmith.demo import film_look
from looksmith.evaluation.intervals import interval
from looksmith.grading import identity_lut
from looksmith.look import Look
from looksmith.taste import simulation
from looksmith.taste.directions import DIRECTIONS, Vector, content
from looksmith.taste.features import first_prior
from looksmith.taste.posterior import Matrix, Posterior
from looksmith.taste.questions import read_photos
from looksmith.transfer import working_size
from looksmith.travel.import_lut import look_of_lut

Numbers = NDArray[np.int64]

PAIRS = (0, 4, 8, 16, 32, 64)
EVENTS = 30
ROUNDS = 50
LOOPS = {"explore": (True, True), "no_exploration": (False, True), "no_learning": (False, False)}
"""Ways through the feedback rounds: whether they explore, and whether they learn."""
_COMPARED = 4
_TESTED = 40  # held-out pairs
_NODES = 33


@dataclass(frozen=True)
class Case:
    """The figures of one simulated user."""

    kind: str
    figures: dict[str, float]
    """``wins.WHAT``, ``worth.WHAT``, ``farther.WHAT`` (``quiz``, ``random`` quiz, ``events``,
    ``near_events``), ``wins.other``, ``accuracy.N``, ``logistic.N``."""
    lost: dict[str, Vector]
    """Worth lost in each round, by the names in ``LOOPS``."""


@dataclass(frozen=True)
class Row:
    """One figure over all users of a kind."""

    kind: str
    figure: str
    mean: float
    low: float
    high: float
    """95 % interval by bootstrap over users."""


def scenes_to_judge(
    base: Base, look: Look | None = None, folder: Path | None = None
) -> tuple[simulation.Scenes, Numbers, Numbers]:
    """Photos under a look, which of them to learn on, and which to judge on.

    Args:
        base: the base.
        look: the look; None is that of the demo, faded film.
        folder: photos, of which every second is to judge on; None is scikit-image's samples, and
            to judge on parts of their mirror images.

    Raises:
        PhotoError: there is no such folder, or a photo can't be read.
    """
    photos = read_photos(folder)
    if folder is None or len(photos) < 2:
        learn = np.arange(len(photos))
        judge = len(photos) + learn
        photos = photos + [photo[:, photo.shape[1] // 4 :][:, ::-1] for photo in photos]
    else:
        learn, judge = np.arange(0, len(photos), 2), np.arange(1, len(photos), 2)
    working = torch.cat([working_size(np.ascontiguousarray(photo)) for photo in photos])
    scenes = simulation.Scenes.of(working, content(working)[:, 0], look or demo_look(), base)
    return scenes, learn, judge


def demo_look() -> Look:
    """The demo's faded film, as its LUT has it."""
    lattice = identity_lut(_NODES) * 255  # (3, N, N, N)
    pixels = lattice.flatten(2).permute(1, 2, 0).round().byte().numpy()
    made = torch.from_numpy(film_look(pixels)).permute(2, 0, 1).float() / 255
    return look_of_lut(made.reshape(lattice.shape), "film")


def measure_users(
    scenes: simulation.Scenes,
    learn: Numbers,
    judge: Numbers,
    count: int,
    seed: int,
    minutes: float = np.inf,
    rounds: int = ROUNDS,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Case]:
    """Up to ``count`` users of each kind; at least one of each, however long that takes.

    Args:
        scenes: photos under a look.
        learn: which of them the users are learned from.
        judge: which of them the wins and the accuracy are measured on.
        count: users of each kind.
        seed: of everything random.
        minutes: no user is begun after this, once each kind has one.
        rounds: of feedback.
        progress: told the share done.
    """
    deadline = time.monotonic() + 60 * minutes
    cases: list[Case] = []
    others: dict[str, Posterior] = {}
    for number in range(count):
        for kind in simulation.KINDS:
            if number and time.monotonic() > deadline:
                return cases
            dice = np.random.default_rng([seed, number, simulation.KINDS.index(kind)])
            user = simulation.hidden_user(kind, scenes, dice)
            case, learned = _measure(user, learn, judge, rounds, dice)
            if kind in others:
                theirs = simulation.personal_pictures(scenes, others[kind], judge)
                case.figures["wins.other"] = simulation.win_rate(user, theirs, judge)
            others[kind] = learned
            cases.append(case)
            progress(len(cases) / (count * len(simulation.KINDS)))
    return cases


def _measure(
    user: simulation.HiddenUser,
    learn: Numbers,
    judge: Numbers,
    rounds: int,
    dice: np.random.Generator,
) -> tuple[Case, Posterior]:
    """All figures of one user, and what was learned of the user in ``EVENTS``."""
    asked = simulation.answer_quiz(user, learn, 8, dice)
    random = simulation.answer_quiz(user, learn, 8, dice, informed=False)
    seen = simulation.draw_rounds(user, learn, EVENTS, dice, compared=0)
    reacted, _ = simulation.react_to_results(user, seen, dice)
    near, _ = simulation.react_to_results(user, seen, dice, bounded=True)
    learned = {"quiz": asked, "random": random, "events": reacted, "near_events": near}
    figures = {}
    for name, posterior in learned.items():
        pictures = simulation.personal_pictures(user.scenes, posterior, judge)
        figures[f"wins.{name}"] = simulation.win_rate(user, pictures, judge)
        figures[f"worth.{name}"] = float(simulation.gained(user, pictures, judge).mean())
        figures[f"farther.{name}"] = simulation.times_farther(user.scenes, pictures, judge)
    figures |= _accuracy(user, learn, judge, dice)
    drawn = simulation.draw_rounds(user, learn, rounds, dice, _COMPARED)
    lost = {
        name: simulation.react_to_results(user, drawn, dice, explore, learn)[1]
        for name, (explore, learn) in LOOPS.items()
    }
    return Case(user.kind, figures, lost), reacted


def _accuracy(
    user: simulation.HiddenUser, learn: Numbers, judge: Numbers, dice: np.random.Generator
) -> dict[str, float]:
    """Held-out pairs after so many, by the posterior and by logistic regression on the traits."""
    train, traits = simulation.held_out_pairs(user, learn, max(PAIRS), dice, noisy=True)
    test, test_traits = simulation.held_out_pairs(user, judge, _TESTED, dice)
    logistic = Posterior(np.zeros(DIRECTIONS), np.eye(DIRECTIONS))  # its mean is ridge-penalised
    figures = {}
    for count in PAIRS:
        ones = np.ones(count)
        figures[f"accuracy.{count}"] = _right(test, first_prior().fitted(train[:count], ones))
        if count:
            fitted = logistic.fitted(traits[:count], 2 * ones)
            figures[f"logistic.{count}"] = _right(test_traits, fitted)
    return figures


def _right(x: Matrix, posterior: Posterior) -> float:
    """Share of pairs whose first is said to be worth more; no opinion is half right."""
    said = x @ posterior.mean
    return float(np.mean((said > 0) + 0.5 * (said == 0)))


def summary(cases: Sequence[Case]) -> list[Row]:
    """Mean and interval of each figure by kind; ``regret.NAME`` is the sum over the rounds, and
    ``regret.share`` that with learning over that without, of all users together."""
    rows = []
    for kind in simulation.KINDS:
        some = [case for case in cases if case.kind == kind]
        figures = {
            name: [case.figures[name] for case in some if name in case.figures]
            for name in dict.fromkeys(name for case in some for name in case.figures)
        }
        figures |= {
            f"regret.{name}": [float(case.lost[name].sum()) for case in some] for name in LOOPS
        }
        rows += [Row(kind, n, float(np.mean(v)), *interval(v)) for n, v in figures.items() if v]
        rows += [_share(kind, some, name) for name in ("explore", "no_exploration")]
    return rows


def _share(kind: str, cases: Sequence[Case], name: str) -> Row:
    """Regret as a share of that without learning, with a bootstrap interval over users."""
    lost = np.array([(c.lost[name].sum(), c.lost["no_learning"].sum()) for c in cases])
    picks = np.random.default_rng(0).integers(0, len(lost), (2000, len(lost)))
    drawn = lost[picks].sum(1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1].clip(1e-9), (0.025, 0.975))
    mean = lost[:, 0].sum() / max(lost[:, 1].sum(), 1e-9)
    return Row(kind, f"share.{name}", float(mean), float(low), float(high))
