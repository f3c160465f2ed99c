"""What an A/B test came to: rates by variant, lift over the control, and what the store learns.

lifts = compare(responses(Path("results.csv"), assignments))
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from looksmith.campaigns.audiences import CONTROL
from looksmith.errors import LooksmithError
from looksmith.taste.actions import ACTIONS
from looksmith.texts import text

Z = 1.959964  # of a 95 % interval
CONVERSIONS = {"like", "save", "share", "buy"}
COLUMNS = ("user", "product", "action")


@dataclass(frozen=True)
class Response:
    """One line of the results: what a user did with a product's picture."""

    user: str
    product: str
    action: str
    time: str
    """Seconds since 1970, or as ISO 8601."""


@dataclass(frozen=True)
class Variant:
    """One arm of the test."""

    name: str
    users: int
    converted: int

    @property
    def rate(self) -> float:
        return self.converted / self.users if self.users else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the rate: Wilson, "Probable inference, the law of succession, and
        statistical inference" (1927)."""
        if not self.users:
            return 0.0, 1.0
        n, p = self.users, self.rate
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Lift:
    """A variant against the control."""

    variant: Variant
    lift: float
    """Relative: 0.1 is 10 % more."""
    interval: tuple[float, float]


def lift(variant: Variant, control: Variant) -> Lift:
    """Ratio of rates less 1, with its 95 % interval on the logarithm: Katz et al., "Obtaining
    confidence intervals for the risk ratio in cohort studies" (1978); half a user is added to
    every count so that none is 0 (Walter, 1975)."""
    a, n = variant.converted + 0.5, variant.users + 0.5
    c, m = control.converted + 0.5, control.users + 0.5
    ratio = math.log((a / n) / (c / m))
    deviation = math.sqrt(max(0.0, 1 / a - 1 / n + 1 / c - 1 / m))
    low, high = (math.exp(ratio + sign * Z * deviation) - 1 for sign in (-1, 1))
    return Lift(variant, math.exp(ratio) - 1, (low, high))


def read_assignments(path: Path) -> dict[str, str]:
    """The variant of each user.

    Raises:
        LooksmithError: the campaign had no experiment.
    """
    if not path.is_file():
        raise LooksmithError(text("campaign.no_experiment", path=path))
    with path.open(encoding="utf-8", newline="") as file:
        return {row["user"]: row["variant"] for row in csv.DictReader(file)}


def read_responses(path: Path) -> list[Response]:
    """The results: a CSV file with the columns user, product, action and, if known, time.

    Raises:
        LooksmithError: missing, without these columns, or with an unknown action: in which line.
    """
    if not path.is_file():
        raise LooksmithError(text("travel.missing", path=path))
    written = str(int(path.stat().st_mtime))  # the same file twice gives the same events
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise LooksmithError(text("results.columns", path=path, columns=", ".join(COLUMNS)))
            found = []
            for row in rows:
                if row["action"] not in ACTIONS:
                    raise LooksmithError(
                        text(
                            "results.action",
                            path=path,
                            line=rows.line_num,
                            action=row["action"],
                            known=", ".join(ACTIONS),
                        )
                    )
                time = row.get("time") or written
                found.append(Response(row["user"], row["product"], row["action"], time))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LooksmithError(text("results.columns", path=path, columns=", ".join(COLUMNS))) from (
            error
        )
    return found


def compare(responses: Sequence[Response], assignments: Mapping[str, str]) -> list[Variant]:
    """The variants, control first: of the users assigned, how many liked, saved, shared or bought.

    All assigned users count (intention to treat), whether or not they did anything.
    """
    converted = {r.user for r in responses if r.action in CONVERSIONS}
    names = sorted(set(assignments.values()), key=lambda name: (name != CONTROL, name))
    arms = {name: [u for u, v in assignments.items() if v == name] for name in names}
    return [
        Variant(name, len(users), sum(user in converted for user in users))
        for name, users in arms.items()
    ]
