"""Watch a folder: photos are rendered as they come.

    watcher = Watcher(source, target, one)      # one(source_file, target_file) renders
    for event in watcher.events(stop): ...

The folder is polled, which every file system and network share supports. A file counts as written
once its size and time stayed the same over two looks and it can be read; one that can't be read
gets more time, since copies over networks pause. What fails goes to a folder with a sentence. What
is done is known by its result, so that a restart goes on where it ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from looksmith.errors import LooksmithError
from looksmith.feeds import photo_paths
from looksmith.files import whole_file
from looksmith.texts import text

INTERVAL = 1.0  # seconds from look to look
PATIENCE = 10.0  # seconds that an unreadable file may still be on its way
FAILED = "failed"  # the folder, in the target, for photos that can't be used

Render = Callable[[Path, Path], None]
_Stamp = tuple[int, int]  # size in bytes, time of change in nanoseconds


@dataclass(frozen=True)
class Outcome:
    """What became of one photo."""

    source: Path
    target: Path
    why: str | None = None
    """Why it failed; None if it did not."""


class Watcher:
    """Renders what comes into a folder into another, under the same relative paths."""

    def __init__(
        self,
        source: Path,
        target: Path,
        render: Render,
        interval: float = INTERVAL,
        patience: float = PATIENCE,
    ) -> None:
        """
        Args:
            source: the folder to watch, with its subfolders.
            target: the folder for results.
            render: renders one file to another; raises LooksmithError for what can't be used.
            interval: seconds between looks.
            patience: seconds that an unreadable file is waited for.

        Raises:
            LooksmithError: the folder is missing, or one folder lies in the other.
        """
        if not source.is_dir():
            raise LooksmithError(text("feed.missing", path=source))
        inside, outside = target.resolve(), source.resolve()
        if inside == outside or outside in inside.parents or inside in outside.parents:
            raise LooksmithError(text("watch.nested", source=source, target=target))
        self.source, self.target, self.render = source, target, render
        self.interval, self.patience = interval, patience
        self._seen: dict[Path, _Stamp] = {}
        self._refused: dict[Path, tuple[_Stamp, float]] = {}

    def events(self, stop: Event) -> Iterator[Outcome]:
        """One outcome for each photo, until ``stop`` is set."""
        while not stop.is_set():
            for outcome in self.look():
                yield outcome
                if stop.is_set():
                    return
            stop.wait(self.interval)

    def look(self) -> Iterator[Outcome]:
        """Look once; render what is complete and has no result yet."""
        there = {path: stamp for path in photo_paths(self.source) if (stamp := _stamp(path))}
        still = [path for path, stamp in there.items() if self._seen.get(path) == stamp]
        self._seen = there
        for path in still:
            if not self._done(path, there[path]) and (outcome := self._try(path, there[path])):
                yield outcome

    def _done(self, path: Path, stamp: _Stamp) -> bool:
        for made in (self._result(path), self._sentence(path)):
            known = _stamp(made)
            if known and known[1] >= stamp[1]:
                return True
        return False

    def _try(self, path: Path, stamp: _Stamp) -> Outcome | None:
        result = self._result(path)
        try:
            result.parent.mkdir(parents=True, exist_ok=True)
            self.render(path, result)
        except LooksmithError as error:
            return self._fail(path, stamp, str(error))
        self._refused.pop(path, None)
        self._sentence(path).unlink(missing_ok=True)
        return Outcome(path, result)

    def _fail(self, path: Path, stamp: _Stamp, why: str) -> Outcome | None:
        """Wait a little for a file that may still grow; then say what is wrong with it."""
        now = time.monotonic()
        known, since = self._refused.get(path, (None, now))
        if known != stamp:
            since = now
        self._refused[path] = (stamp, since)
        if now - since < self.patience:
            return None
        sentence = self._sentence(path)
        sentence.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(sentence) as part:
            part.write_text(why + "\n", encoding="utf-8")
        del self._refused[path]
        return Outcome(path, sentence, why)

    def _result(self, path: Path) -> Path:
        return self.target / path.relative_to(self.source)

    def _sentence(self, path: Path) -> Path:
        relative = path.relative_to(self.source)
        return self.target / FAILED / relative.with_name(relative.name + ".txt")


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:  # gone since the folder was read
        return None
    return found.st_size, found.st_mtime_ns
