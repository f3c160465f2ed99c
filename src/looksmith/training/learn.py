"""Learn a look from a feed: zero-shot at once; if asked to, adapted where held-back photos agree.

look = learn("feed/", name="warmfilm")
look.save("warmfilm.look")
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor

from looksmith.base import Base, default_base
from looksmith.color import delta_e_2000
from looksmith.errors import LooksmithError, PhotoError
from looksmith.feeds import Feed, photo_paths, read_feed
from looksmith.files import whole_file
from looksmith.grading import apply_lut, composed_luts, identity_lut
from looksmith.look import Look
from looksmith.look_schema import check_consent, check_name
from looksmith.mood import find_mood
from looksmith.networks.style_encoder import Style
from looksmith.palette import find_palette
from looksmith.people.about import about_people
from looksmith.photos import MAX_MEGAPIXELS
from looksmith.plain import Usual
from looksmith.skin_hue import skin_held
from looksmith.texts import text
from looksmith.tone import find_tone, tone_lut
from looksmith.training import adapt as adaptation
from looksmith.training.adapt import Evidence, encode_feed, gather_evidence
from looksmith.training.settings import AdaptSettings
from looksmith.white_point import white_held

LEAST_PHOTOS = 4
_ENOUGH_SHARE = 0.8  # of the minutes may go to folds; the rest is for the final run
# Feeds of ungraded photos, which differ by chance, seem to have a look of a mean ΔE2000 of 2 (nine
# in ten less than 5). Looks as weak as that are therefore applied in part: half at this change.
_CHANCE = 3.0
# So much of what photos of one subject seem to share is the subject's: of the grades that the base
# reads from faces before a wall, four fifths are nearest to the truth.
_DOUBT = 0.2
_MOST_ADAPTED = 96  # photos beyond add time, not knowledge


@dataclass(frozen=True)
class _Light:
    """How tone and mood are given, as ``learn`` was told."""

    seed: int
    in_full: bool
    certain: bool


def learn(
    photos: str | Path | Sequence[str | Path] | Feed,
    name: str,
    adapt: bool = False,
    *,
    minutes: float = 2.0,
    seed: int = 0,
    consent: str | None = None,
    sheet: bool = True,
    mood_in_full: bool = False,
    certain: bool = False,
    settings: AdaptSettings | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    base: Base | None = None,
    state: Path | None = None,
    progress: Callable[[float], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Look:
    """Learn the look of a feed.

    Args:
        photos: a folder, photo paths, or a feed that is read already.
        name: the look's name.
        adapt: adapt adversarially on the feed, and keep that if held-back photos agree; since tone
            and palette came, it brings little (docs/benchmarks.md).
        minutes: the most time adaptation may take.
        seed: the same seed gives the same look on the same machine.
        consent: statement of the person whose photos these are.
        sheet: put a small picture of up to 12 of the photos into the look, for its card.
        mood_in_full: give the feed's mood even where it is no more than chance makes, as ``match``
            does with one picture.
        certain: these photos are known to have one look: their light and palette are given in
            full, however few they are and however well chance could explain them.
        settings: of the adaptation.
        max_megapixels: photos beyond are left out.
        base: what to start from; the default base where None.
        state: file that keeps finished work, so that an interrupted call goes on.
        progress: is told the share done, from 0 to 1.
        tell: is told, in sentences, what was left out and what adaptation did.

    Raises:
        LooksmithError: the name can't be a look's, the consent is too long, or minutes are not
            positive.
        PhotoError: the folder is missing, has no readable photo, or none that shows more than a
            single colour.
    """
    check_name(name)
    check_consent(consent)
    if not 0 < minutes < math.inf:
        raise LooksmithError(text("learn.minutes", minutes=minutes))
    feed = photos if isinstance(photos, Feed) else _read(photos, max_megapixels, tell)
    if len(feed) < LEAST_PHOTOS:
        tell(text("feed.few", count=len(feed)))
    base = base or default_base()
    telling = feed.telling()
    if not (differing := len(telling)):
        raise PhotoError(text("feed.blank"))
    if differing < len(feed):
        tell(text("feed.differing", count=differing, all=len(feed)))
    style = encode_feed(base.networks, telling)
    metrics: dict[str, object] = {}
    if adapt and len(telling) >= LEAST_PHOTOS:
        deadline = time.monotonic() + 60 * minutes
        settings = settings or AdaptSettings()
        style, metrics = _adapted(
            base, telling, style, settings, seed, deadline, state, progress, tell
        )
    how = _Light(seed, mood_in_full, certain)
    look = _look(base, name, feed, telling, style, metrics, consent, sheet, how)
    if not isinstance(photos, Feed):
        look = replace(look, about=look.about | about_people(photo_paths(photos), max_megapixels))
    progress(1.0)
    return look


def _read(
    paths: str | Path | Sequence[str | Path], max_megapixels: float, tell: Callable[[str], None]
) -> Feed:
    feed = read_feed(paths, max_megapixels)
    for sentence in feed.skipped:
        tell(text("feed.skipped", why=sentence))
    return feed


def _adapted(
    base: Base,
    feed: Feed,
    zero_shot: Style,
    settings: AdaptSettings,
    seed: int,
    deadline: float,
    state: Path | None,
    progress: Callable[[float], None],
    tell: Callable[[str], None],
) -> tuple[Style, dict[str, object]]:
    read = feed
    if len(feed) > _MOST_ADAPTED:
        generator = torch.Generator().manual_seed(seed)
        read = feed.at(torch.randperm(len(feed), generator=generator)[:_MOST_ADAPTED])
    key = {
        "digest": feed.digest,
        "base": base.identity,
        "seed": seed,
        "settings": settings.model_dump(),
    }
    evidence = Evidence(_read_state(state, key))
    now = time.monotonic()
    try:
        gather_evidence(
            base,
            read,
            settings,
            seed,
            evidence,
            progress,
            now + _ENOUGH_SHARE * (deadline - now),
        )
    finally:  # an interrupt keeps the folds that are done
        _write_state(state, key, evidence)
    checks, before, after = evidence.best()
    metrics: dict[str, object] = {
        "held_back_before": round(before, 4),
        "held_back_after": round(after, 4),
        "steps": checks * settings.check_every,
    }
    if checks == 0:
        tell(text("learn.not_kept"))
        style = zero_shot
    else:
        tell(text("learn.kept", before=before, after=after))
        style = adaptation.adapt(base, read, settings, seed, checks)
    if state is not None:
        state.unlink(missing_ok=True)
    return style, metrics


def _read_state(state: Path | None, key: dict[str, object]) -> list[list[float]]:
    """The folds done by an interrupted run of the same feed, base, seed and settings."""
    if state is None or not state.is_file():
        return []
    try:
        kept = json.loads(state.read_text())
    except ValueError:
        return []
    return list(kept["curves"]) if kept.get("key") == key else []


def _write_state(state: Path | None, key: dict[str, object], evidence: Evidence) -> None:
    if state is None:
        return
    with whole_file(state) as part:
        part.write_text(json.dumps({"key": key, "curves": evidence.curves}))


def _look(
    base: Base,
    name: str,
    feed: Feed,
    telling: Feed,
    style: Style,
    metrics: dict[str, object],
    consent: str | None,
    sheet: bool,
    how: _Light,
) -> Look:
    correction, adapted = style.correction, style.correction is not None
    if correction is None:
        correction = torch.zeros(1, len(base.networks.generator.tone.lut_basis))
    style = replace(style, correction=correction)
    change = _change_of_ordinary(base, style)
    usual = base.usual(telling.subjects)
    weight = change**4 / (change**4 + _CHANCE**4) * _trust(usual, len(telling))
    grade = _grade_lut(base, style, weight, len(telling))
    said, tone, mood = _light(usual, grade, telling.references, weight, how)
    return Look(
        name=name,
        code=style.code,
        transport=style.transport,
        correction=correction,
        weights=torch.tensor([weight]),
        about={
            "photos": len(feed),
            **({"photos_of_parts": [len(telling)]} if len(telling) < len(feed) else {}),
            "digest": feed.digest,
            "adapted": adapted,
            "metrics": metrics,
            "change": round(change, 2),
            **said,
            "consent": consent,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        base=base.identity,
        tone=tone,
        mood=mood,
        sheet=feed.sheet() if sheet else None,
    )


def _light(
    usual: Usual, grade: Tensor, photos: Tensor, weight: float, how: _Light
) -> tuple[dict[str, object], Tensor | None, Tensor | None]:
    """What is to be said of a look's tone and mood, and both as far as they are given: ``(1, 3,
    16)`` and ``(1, 3, 17, 17, 17)``."""
    tone = find_tone(usual, grade, photos, weight, how.in_full, how.certain)
    toned = composed_luts(grade.clamp(0, 1), tone_lut(tone.table.unsqueeze(0)))
    palette = find_palette(usual, toned, photos, how.in_full, how.certain)
    leaning = composed_luts(toned, palette.lut)
    rest = find_mood(usual, leaning, photos, how.seed, in_full=how.in_full)
    evidence, amount = max(palette.evidence, rest.evidence), max(palette.amount, rest.amount)
    mood = composed_luts(palette.lut, rest.lut)
    if palette.grey:
        mood = composed_luts(mood, palette.lut)
    about: dict[str, object] = {
        name: {"evidence": round(how_sure, 2), "amount": round(given, 2)}
        for name, how_sure, given in (
            ("tone", tone.evidence, tone.amount),
            ("mood", evidence, amount),
        )
    }
    if tone.variety is not None:
        about["variety"] = round(tone.variety, 2)
    given_tone = tone.table.unsqueeze(0) if tone.amount > 0 else None
    return about, given_tone, mood if amount > 0 else None


def _trust(usual: Usual, count: int) -> float:
    """How far a grade is trusted that so many photos show, the less the more they show the same."""
    return 1 - _DOUBT * (1 - usual.independent(count) / count)


@torch.no_grad()
def _change_of_ordinary(base: Base, style: Style) -> float:
    """Mean ΔE2000 that a look makes of ordinary photos' colours."""
    ordinary = base.ordinary_palettes.unsqueeze(2)  # (N, 3, 1, P)
    generator = base.networks.generator
    lut = generator.tone.global_look(style, generator.user(1))
    changed = apply_lut(ordinary, lut.expand(len(ordinary), -1, -1, -1, -1)).clamp(0, 1)
    return float(delta_e_2000(changed, ordinary).mean())


@torch.no_grad()
def _grade_lut(base: Base, style: Style, weight: float, photos: int) -> Tensor:
    """The grade as far as it is given, ``(1, 3, 17, 17, 17)``."""
    generator = base.networks.generator
    lut = skin_held(white_held(generator.tone.global_look(style, generator.user(1))), photos)
    nothing = identity_lut(lut.shape[-1]).unsqueeze(0)
    return nothing + weight * (lut - nothing)
