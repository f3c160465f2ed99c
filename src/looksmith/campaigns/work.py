"""One picture of a campaign: the function that every worker runs, on one machine or many.

Results are content-addressed: their name is a digest of the photo's bytes, the look and all
settings. What exists is never rendered again. A picture is written in ``UNFINISHED`` and moved to
``OBJECTS`` when it is whole, so that a process killed at any point leaves nothing there that is
not a result.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import torch

from looksmith.base import Base, default_base
from looksmith.campaigns.catalogue import StoreUnreachable, read_image
from looksmith.errors import LooksmithError
from looksmith.files import why as system_says
from looksmith.look import Look
from looksmith.photos import Photo, read_photo_bytes, write_photo
from looksmith.provenance import content_id, xmp_label
from looksmith.rendering import Controls
from looksmith.texts import text
from looksmith.transfer import Transfer, working_size

if TYPE_CHECKING:
    from looksmith.taste.personal import Personaliser

VERSION = 3  # goes into the digests; a change of what is rendered raises it
OBJECTS = "objects"
UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Task:
    """What is to be rendered: one product in one look for one group."""

    product: str
    image: str
    stamp: str
    look: str
    look_file: str
    look_digest: str
    audience: str
    user: str | None
    strength: float
    mood: float
    normalise: float
    taste: tuple[float, ...] | None
    """Numbers of a posterior; None for the plain look."""
    vector: tuple[float, ...] | None
    """User vector; None for the default user's."""
    branch: str | None
    """Digest of the weights that make something of the vector, which the campaign's folder has."""
    protect: tuple[str, ...]
    format: str
    max_megapixels: float

    @property
    def id(self) -> str:
        """Tells the task from all others, across runs."""
        return hashlib.sha256(json.dumps([VERSION, asdict(self)]).encode()).hexdigest()

    def digest(self, photo: bytes, base: Base) -> str:
        """What the result depends on: no names of products or people."""
        settings = [self.strength, self.mood, self.normalise]
        person = [self.taste, self.vector, self.branch]
        how = [VERSION, base.identity, self.look_digest, settings, person]
        how += [self.protect, self.format]
        return hashlib.sha256(json.dumps(how).encode() + hashlib.sha256(photo).digest()).hexdigest()


@dataclass(frozen=True)
class Done:
    """What became of a task: one row of the manifest."""

    task: str
    product: str
    look: str
    audience: str
    user: str | None
    settings: str
    file: str | None
    """Relative to the campaign's folder; None if it failed."""
    label: str | None
    """The number under which the picture's label has it."""
    seconds: float
    why: str | None = None
    """Why it failed."""
    store_failed: bool = False
    """Whether it was the store that did not answer."""

    @classmethod
    def lost(cls, task: Task, why: str) -> Done:
        """Of a task whose worker died each time."""
        return cls(
            task=task.id,
            product=task.product,
            look=task.look,
            audience=task.audience,
            user=task.user,
            settings="{}",
            file=None,
            label=None,
            seconds=0.0,
            why=why,
        )


@contextmanager
def unfinished(folder: Path) -> Iterator[None]:
    """The folder for pictures at work, without what a killed run left there."""
    place = folder / UNFINISHED
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def one_thread() -> Iterator[None]:
    """As in a worker: pictures are too small for more to pay."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def start_worker() -> None:
    """Called once in every worker process, which ends when the process that started it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """However the parent ends, the system closes its end of the sentinel's pipe."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def perform(task: Task, folder: str) -> Done:
    """Render one picture into the campaign's folder; what can't be used is said, never raised."""
    begun = time.perf_counter()
    made: tuple[str | None, str | None, dict[str, float]] = (None, None, {})
    why, store = None, False
    try:
        made = _perform(task, Path(folder))
    except LooksmithError as error:
        why, store = str(error), isinstance(error, StoreUnreachable)
    except OSError as error:  # of the campaign's own folder
        why = text("folder.unwritable", path=folder, why=system_says(error))
    file, label, settings = made
    return Done(
        task=task.id,
        product=task.product,
        look=task.look,
        audience=task.audience,
        user=task.user,
        settings=json.dumps(settings),
        file=file,
        label=label,
        seconds=round(time.perf_counter() - begun, 4),
        why=why,
        store_failed=store,
    )


def _perform(task: Task, folder: Path) -> tuple[str, str, dict[str, float]]:
    base, data = default_base(), read_image(task.image)
    digest = task.digest(data, base)
    relative = Path(OBJECTS) / digest[:2] / f"{digest}.{task.format}"
    target, facts = folder / relative, folder / relative.with_suffix(".json")
    if not (target.exists() and facts.exists()):
        _render(task, data, base, folder, target, facts)
    known = json.loads(facts.read_text(encoding="utf-8"))
    return relative.as_posix(), known["label"], known["settings"]


def _render(task: Task, data: bytes, base: Base, folder: Path, target: Path, facts: Path) -> None:
    photo = read_photo_bytes(data, task.image, task.max_megapixels)
    transfer, settings = _transfer(task, photo, base, folder)
    rendered = transfer.photo(photo)
    label = content_id(rendered.pixels)
    packet = xmp_label(transfer.look.name, produce_id=label, settings=settings)
    said = settings | {
        "strength": task.strength,
        "mood": task.mood,
        "normalise": task.normalise,
    }
    with TemporaryDirectory(dir=folder / UNFINISHED) as place:
        picture, words = Path(place) / target.name, Path(place) / facts.name
        write_photo(rendered, picture, packet)
        words.write_text(json.dumps({"label": label, "settings": said}), encoding="utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        words.replace(facts)
        picture.replace(target)  # last: where the picture is, its facts are


def _transfer(
    task: Task, photo: Photo, base: Base, folder: Path
) -> tuple[Transfer, dict[str, float]]:
    look = _look(task.look_file, task.look_digest)
    controls = Controls(task.strength, task.mood, task.normalise)
    finish = None
    if task.protect:
        from looksmith.people.finish import Finish

        finish = Finish.of(look, protect=task.protect)
    if task.taste is None:
        return Transfer(look, controls, finish=finish, base=base), {}
    personal = _personaliser(
        task.look_file,
        task.look_digest,
        branch_path(folder, task.branch) if task.branch else None,
    )
    from looksmith.taste.posterior import Posterior

    vector = None if task.vector is None else torch.tensor([task.vector])
    working = working_size(photo.pixels)
    made = personal(Posterior.of_numbers(np.array(task.taste)), working, controls, vector)
    transfer = Transfer(
        look, made.controls, user=made.vector, more=made.stages, finish=finish, base=personal.base
    )
    return transfer, made.settings


def branch_path(folder: Path, digest: str) -> Path:
    """Where a campaign keeps the user branch that its pictures are made with."""
    return folder / f"users-{digest[:16]}.safetensors"


@lru_cache(16)
def _look(path: str, digest: str) -> Look:
    """The look of a file whose contents have that digest."""
    return Look.load(path)


@lru_cache(16)
def _personaliser(path: str, digest: str, branch: Path | None) -> Personaliser:
    """What a look may be changed to, with the user branch of that file."""
    from looksmith.taste.directions import Scale
    from looksmith.taste.personal import Personaliser
    from looksmith.taste.user_training import UserBranch

    base = default_base()
    trained = None if branch is None else UserBranch.load(branch, base)
    if branch is not None and trained is None:
        raise LooksmithError(text("photo.missing", path=branch))
    return Personaliser(
        _look(path, digest), Scale.of(base), base if trained is None else trained.base
    )
