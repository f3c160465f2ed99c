"""The kinds of jobs: ``KINDS[kind](work)`` does one and returns its output."""

from __future__ import annotations

from collections.abc import Callable

from looksmith.studio.set_work import avatars, campaign
from looksmith.studio.work import Output, Work, apply, learn, prepare

KINDS: dict[str, Callable[[Work], Output]] = {
    "prepare": prepare,
    "apply": apply,
    "learn": learn,
    "avatars": avatars,
    "campaign": campaign,
}
