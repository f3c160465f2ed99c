"""A studio from Python, over HTTP; what the page can do, a program can.

with Client("http://127.0.0.1:8321", key="ls_…") as studio:
    look = studio.learn("warm film", ["feed/1.jpg", "feed/2.jpg"], consent="They are mine.")
    studio.apply(look.id, ["me.jpg"], "out/", strength=0.8)
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from pydantic import BaseModel

from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.studio import schemas
from looksmith.texts import text

try:
    import httpx2
except ImportError as missing:
    raise LooksmithError(text("studio.extra", why=missing)) from missing

_ENDED = ("done", "failed", "cancelled")
_WAIT = 20.0  # seconds that one question may wait for a job
_RETRIES = 6
Model = TypeVar("Model", bound=BaseModel)


class StudioError(LooksmithError):
    """The studio refused, or can't be reached."""


class Client:
    """A connection to a studio. Requests that change something carry an idempotency key and are
    repeated while the studio starts again."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8321",
        key: str | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx2.Client(base_url=url, headers=headers, timeout=60.0, transport=transport)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    # Photos and looks --------------------------------------------------------------------------

    def upload(self, photo: str | Path, prepare: bool = True) -> schemas.Photo:
        """Bring a photo; with ``prepare`` it gets a preview."""
        path = Path(photo)
        files, form = {"photo": (path.name, path.read_bytes())}, {"prepare": str(prepare).lower()}
        return self._get(schemas.Photo, "POST", "/v1/photos", files=files, data=form)

    def looks(self) -> Iterator[schemas.Look]:
        """All looks, newest first."""
        return self._pages(schemas.Look, "/v1/looks")

    def photos(self) -> Iterator[schemas.Photo]:
        """All photos, newest first."""
        return self._pages(schemas.Photo, "/v1/photos")

    def learn(
        self,
        name: str,
        photos: Sequence[str | Path],
        consent: str,
        adapt: bool = False,
        progress: Callable[[float], None] = lambda _: None,
    ) -> schemas.Look:
        """Learn a look from photos; they are deleted there afterwards.

        Raises:
            StudioError: no photo could be read, or the studio refused.
        """
        names = [self.upload(photo, prepare=False).id for photo in photos]
        given = {"kind": "learn", "name": name, "photos": names, "consent": consent}
        job = self.wait(self.start(given | {"adapt": adapt}).id, progress)
        return self._get(schemas.Look, "GET", f"/v1/looks/{job.output['look']}")

    def apply(
        self,
        look: str,
        photos: Sequence[str | Path],
        folder: str | Path,
        strength: float = 1.0,
        mood: float = 1.0,
        normalise: float = 1.0,
        skin: float = 0.0,
        keep_location: bool = False,
        progress: Callable[[float], None] = lambda _: None,
    ) -> list[Path]:
        """Give a look to photos and save the results in a folder; returns their paths.

        Raises:
            StudioError: no photo could be read, or the studio refused.
        """
        names = [self.upload(photo, prepare=False).id for photo in photos]
        controls = {"strength": strength, "mood": mood, "normalise": normalise, "skin": skin}
        given = {"kind": "apply", "look": look, "photos": names, "controls": controls}
        job = self.wait(self.start(given | {"keep_location": keep_location}).id, progress)
        results = self._ask("GET", f"/v1/jobs/{job.id}/results").json()
        Path(folder).mkdir(parents=True, exist_ok=True)
        return [self._save(schemas.Result(**one), Path(folder)) for one in results]

    def _save(self, result: schemas.Result, folder: Path) -> Path:
        path = folder / Path(result.name).name
        with whole_file(path) as part:
            part.write_bytes(self._ask("GET", f"/v1/results/{result.id}/file").content)
        return path

    # Jobs --------------------------------------------------------------------------------------

    def start(self, given: dict[str, Any]) -> schemas.Job:
        """Start a job: ``{"kind": "learn" | "apply" | "prepare", …}``."""
        return self._get(schemas.Job, "POST", "/v1/jobs", json=given)

    def wait(self, job: str, progress: Callable[[float], None] = lambda _: None) -> schemas.Job:
        """Wait for a job to be done.

        Raises:
            StudioError: it failed or was cancelled.
        """
        while True:
            found = self._get(schemas.Job, "GET", f"/v1/jobs/{job}", params={"wait": _WAIT})
            progress(found.share)
            if found.state == "done":
                return found
            if found.state in _ENDED:
                raise StudioError(found.problem or text("studio.cancelled"))

    def cancel(self, job: str) -> schemas.Job:
        """Ask a job to stop."""
        return self._get(schemas.Job, "POST", f"/v1/jobs/{job}/cancel")

    # HTTP --------------------------------------------------------------------------------------

    def _get(self, model: type[Model], method: str, path: str, **given: Any) -> Model:
        return model.model_validate(self._ask(method, path, **given).json())

    def _pages(self, model: type[Model], path: str) -> Iterator[Model]:
        after: str | None = None
        while True:
            params = {"limit": 200} | ({"after": after} if after else {})
            page = self._ask("GET", path, params=params).json()
            yield from (model.model_validate(one) for one in page["items"])
            after = page["next"]
            if after is None:
                return

    def _ask(self, method: str, path: str, **given: Any) -> httpx2.Response:
        headers = {} if method == "GET" else {"Idempotency-Key": secrets.token_hex(16)}
        for attempt in range(_RETRIES):
            try:
                answer = self._http.request(method, path, headers=headers, **given)
            except httpx2.TransportError as error:
                if attempt == _RETRIES - 1:
                    url = self._http.base_url
                    raise StudioError(text("studio.unreachable", url=url, why=error)) from error
            else:
                if answer.status_code != 429 or attempt == _RETRIES - 1:
                    return _checked(answer)
            time.sleep(0.25 * 2**attempt)
        raise AssertionError("unreachable")


def _checked(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    try:
        sentence = str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        sentence = f"{answer.status_code} {answer.reason_phrase}"
    raise StudioError(sentence)
