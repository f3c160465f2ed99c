"""Many people's use of the studio in little time, and what files it leaves; prints a table.

python benchmarks/studio_use.py --sessions 200   # about as many as an hour brings

People upload, restyle, learn, make campaigns and avatars, mix, tell their taste, change their minds
(cancel, delete, withdraw, forget) and leave; workers are killed meanwhile. Then every file that no
row knows of is counted, and every row whose file is missing; again after a sweep; and what is left
when all is deleted.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from PIL import Image
from skimage import data

from looksmith.client import Client
from looksmith.studio.database import Database
from looksmith.studio.files import AREAS, Files
from looksmith.studio.sweeping import sweep
from studio import kill, memory, studio

NAMES = ("astronaut", "coffee", "chelsea", "rocket")
SIDE = 500


def encoded(name: str, tint: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> bytes:
    """A photo of scikit-image's as JPEG."""
    pixels = (getattr(data, name)() * np.array(tint)).astype(np.uint8)
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE))
    made = io.BytesIO()
    image.save(made, "JPEG")
    return made.getvalue()


class Person:
    """Someone at the studio, who does one thing after the other."""

    def __init__(self, url: str, look: str, seed: int, answers: Counter[str]) -> None:
        self.http = httpx2.Client(base_url=url, timeout=120)
        self.look, self.chance, self.answers = look, random.Random(seed), answers
        self.photos = [encoded(name) for name in NAMES]
        self.feed = [encoded(name, (1.0, 0.85, 0.6)) for name in NAMES]

    def ask(self, method: str, path: str, **given: Any) -> Any:
        """A request; what others deleted meanwhile may be gone."""
        answer = self.http.request(method, path, **given)
        self.answers[f"{answer.status_code}"] += 1
        return answer.json() if "json" in answer.headers.get("content-type", "") else {}

    def upload(self, content: bytes, prepare: bool = True) -> str:
        """The identifier of a new photo."""
        form = {"prepare": str(prepare)}
        sent = {"photo": ("me.jpg", content)}
        return str(self.ask("POST", "/v1/photos", files=sent, data=form).get("id", "0" * 36))

    def job(self, stop: float, **given: Any) -> dict[str, Any]:
        """Start a job; with that chance it is cancelled, early or late; else wait for its end."""
        job = self.ask("POST", "/v1/jobs", json=given)
        if "id" not in job:
            return {}
        if self.chance.random() < stop:
            time.sleep(self.chance.choice((0.0, 0.05, 0.5)))
            self.ask("POST", f"/v1/jobs/{job['id']}/cancel")
        return dict(self.ask("GET", f"/v1/jobs/{job['id']}?wait=60"))

    def some(self) -> list[str]:
        """New photos, one of them cut off now and then."""
        chosen = self.chance.sample(self.photos, self.chance.randrange(1, 4))
        if self.chance.random() < 0.2:
            chosen[0] = chosen[0][: self.chance.randrange(100, 5_000)]
        return [self.upload(one) for one in chosen]

    def restyle(self) -> None:
        photos = self.some()
        controls = {"strength": self.chance.uniform(0, 1.5), "mood": self.chance.uniform(0, 1.5)}
        if self.chance.random() < 0.2:
            threading.Timer(0.1, self.ask, ("DELETE", f"/v1/photos/{photos[0]}")).start()
        given = {"look": self.look, "photos": photos, "controls": controls}
        job = self.job(0.25, kind="apply", **given)
        for result in job.get("output", {}).get("results", []):
            self.ask("GET", f"/v1/results/{result}/file")
            if self.chance.random() < 0.5:
                self.ask("DELETE", f"/v1/results/{result}")
        if self.chance.random() < 0.5:
            self.ask("DELETE", f"/v1/photos/{photos[-1]}")

    def learn(self) -> None:
        photos = [self.upload(one, prepare=False) for one in self.feed]
        adapt = self.chance.random() < 0.3
        consent = {"consent": "Mine.", "adapt": adapt, "minutes": 0.03}
        job = self.job(0.3, kind="learn", name="feed", photos=photos, **consent)
        look = job.get("output", {}).get("look")
        if look is None:
            return
        given = {"name": "mix", "looks": [self.look, look], "weights": [1, 1]}
        self.ask("POST", "/v1/looks/blend", json=given)
        self.job(0.0, kind="apply", look=look, photos=self.some())
        if self.chance.random() < 0.7:
            self.ask("DELETE", f"/v1/looks/{look}")

    def campaign(self) -> None:
        photos = [*self.some(), *self.some()]
        job = self.job(0.5, kind="campaign", name="c", looks=[self.look], photos=photos)
        if job and self.chance.random() < 0.5:
            self.ask("DELETE", f"/v1/jobs/{job['id']}")

    def avatars(self) -> None:
        photo = self.upload(self.photos[0])
        self.job(0.7, kind="avatars", look=self.look, photo=photo, count=1, size=256)

    def tell(self) -> None:
        photo = self.upload(self.photos[1])
        for reaction in ("like", "dislike"):
            given = {"look": self.look, "photo": photo, "reaction": reaction}
            self.ask("POST", "/v1/feedback", json=given)
        self.ask("POST", "/v1/recommendations", json={"photo": photo})
        self.ask("DELETE", "/v1/users/me")

    def visit(self) -> None:
        """One thing."""
        things = (self.restyle, self.learn, self.campaign, self.avatars, self.tell)
        self.chance.choices(things, (10, 3, 3, 1, 3))[0]()


def clean_up(person: Person) -> None:
    """Delete everything, as a careful owner would."""
    for kind in ("jobs", "results", "photos", "looks"):
        while items := person.ask("GET", f"/v1/{kind}?limit=200")["items"]:
            for one in items:
                person.ask("DELETE", f"/v1/{kind}/{one['id']}")


def on_disk(folder: Path) -> set[tuple[str, str]]:
    """Area and identifier of every file."""
    found = (path for area in AREAS for path in (folder / area).rglob("*") if path.is_file())
    parts = (path.relative_to(folder).parts for path in found)
    return {(one[0], one[2][:36]) for one in parts}


def in_rows(folder: Path) -> set[tuple[str, str]]:
    """Area and identifier of every file that there must be."""
    wanted = {
        "photos": "SELECT id FROM photos",
        "looks": "SELECT id FROM looks WHERE state = 'ready'",
        "results": "SELECT id FROM results",
        "sets": "SELECT id FROM jobs WHERE kind IN ('avatars', 'campaign') AND state = 'done'",
    }
    with sqlite3.connect(folder / "studio.db") as rows:
        return {
            (area, str(name)) for area, query in wanted.items() for (name,) in rows.execute(query)
        }


def orphans(folder: Path) -> Counter[str]:
    """Files that no row knows of, by area; previews belong to photos."""
    known = in_rows(folder)
    known |= {("previews", name) for area, name in known if area == "photos"}
    return Counter(area for area, _ in on_disk(folder) - known)


def swept(folder: Path) -> None:
    """A sweep two hours later."""
    earlier = time.time() - 7_200
    for path in folder.rglob("*"):
        os.utime(path, (earlier, earlier))
    sweep(Database(folder), Files(folder), keep_days=30)


def use(sessions: int, people: int, kills: int, seed: int) -> None:
    """Let people come and go, and look at what they leave."""
    answers: Counter[str] = Counter()
    with studio() as (url, supervisor, folder), tempfile.TemporaryDirectory() as name:
        source = Path(name) / "feed.jpg"
        source.write_bytes(encoded("coffee", (1.0, 0.85, 0.6)))
        with Client(url) as client:
            look = client.learn("warm", [source], "Mine.").id
        crowd = [Person(url, look, seed + number, answers) for number in range(people)]
        threads = [
            threading.Thread(target=lambda p=one: [p.visit() for _ in range(sessions // people)])
            for one in crowd
        ]
        begun, first = time.monotonic(), memory(supervisor)
        for thread in threads:
            thread.start()
        killed = 0
        while any(thread.is_alive() for thread in threads):
            time.sleep(3)
            if killed < kills:
                kill(supervisor, "worker", crowd[0].chance)
                killed += 1
        took = time.monotonic() - begun
        for job in crowd[0].ask("GET", "/v1/jobs?limit=200")["items"]:
            crowd[0].ask("GET", f"/v1/jobs/{job['id']}?wait=60")
        last, left = memory(supervisor), orphans(folder)
        missing = len(in_rows(folder) - on_disk(folder))
        files = len(on_disk(folder))
        swept(folder)
        after = orphans(folder)
        clean_up(crowd[0])
        nothing = len(on_disk(folder))
    print(f"| sessions, requests, killed workers | {sessions}, {answers.total()}, {killed} |")
    print(f"| seconds | {took:.0f} |")
    print(f"| answers | {dict(sorted(answers.items()))} |")
    print(f"| memory of all processes before, after | {first:.0f}, {last:.0f} MB |")
    print(f"| files; without a row; rows without a file | {files}, {dict(left)}, {missing} |")
    print(f"| files without a row after the sweep | {after.total()} |")
    print(f"| files when all is deleted | {nothing} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--people", type=int, default=5, help="at the same time")
    parser.add_argument("--kills", type=int, default=5, help="workers killed meanwhile")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    use(given.sessions, given.people, given.kills, given.seed)
