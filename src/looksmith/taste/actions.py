"""What a user can do with an item or a result, and how much it says of their taste."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True)
class Action:
    """One kind of event."""

    code: int
    """How the database has it."""
    weight: float
    """How much it says: above 0 for liking, below 0 for passing over."""


ACTIONS = {
    "view": Action(1, 0.1),
    "like": Action(2, 1.0),
    "save": Action(3, 1.5),
    "share": Action(4, 1.5),
    "buy": Action(5, 2.0),
    "skip": Action(6, -0.5),
    "dislike": Action(7, -1.5),
    "dwell": Action(8, 0.5),
}
BY_CODE = {action.code: action for action in ACTIONS.values()}
HALF_LIFE = 180 * DAY
"""After so many seconds an event counts half."""
LONG_DWELL = 10.0
"""Seconds of looking that count as half of a full ``dwell``."""


def weight_of(code: int, value: float | None) -> float:
    """The signed weight of an event; the value of a ``dwell`` is seconds: ``w · v / (v + 10)``."""
    weight = BY_CODE[code].weight
    if code == ACTIONS["dwell"].code:
        seconds = max(0.0, value or 0.0)
        return weight * seconds / (seconds + LONG_DWELL)
    return weight


def recency(age: float) -> float:
    """``2 ** (−age / half-life)``, age in seconds."""
    return float(2.0 ** (-max(0.0, age) / HALF_LIFE))
