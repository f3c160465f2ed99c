"""The real thing: supervisor, server and worker as processes, killed while they work."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "studio.md"
PROMPT = re.compile(r"http://127\.0\.0\.1:\d+")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "looksmith.cli", "studio", "--port", "0", "--workers", "1"]
    process = subprocess.Popen(
        [*command, "--folder", str(tmp_path / "studio")], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    found = PROMPT.search(process.stderr.readline())
    assert found
    yield process, found[0]
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


def children(process: subprocess.Popen[str]) -> dict[str, int]:
    """The server's and the worker's process numbers."""
    found = {}
    listing = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    for number in listing.split():
        words = Path(f"/proc/{number}/cmdline").read_text().split("\0")
        found["server" if "looksmith.studio.serve" in words else "worker"] = int(number)
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_killed_processes_come_back_and_nothing_is_lost(
    running: tuple[subprocess.Popen[str], str], jpeg: bytes
) -> None:
    process, url = running
    with httpx2.Client(base_url=url, timeout=60) as client:
        jobs = []
        for index in range(6):
            if index == 2:
                os.kill(children(process)["worker"], signal.SIGKILL)
            if index == 4:
                server = children(process)["server"]
                os.kill(server, signal.SIGKILL)
                while Path(f"/proc/{server}").exists():  # a request in flight would break
                    time.sleep(0.02)
            photo = client.post("/v1/photos", files={"photo": ("a.jpg", jpeg)}).json()
            jobs.append(photo["job"])
        for job in jobs:
            ended = client.get(f"/v1/jobs/{job}", params={"wait": 50}).json()
            assert ended["state"] == "done", ended


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_examples_of_the_documentation_run_as_printed(
    running: tuple[subprocess.Popen[str], str], jpeg: bytes, tmp_path: Path
) -> None:
    (script,) = re.findall(r"```sh\n(.*?)```", DOCUMENTATION.read_text("utf-8"), re.DOTALL)
    for name in ("feed-1.jpg", "me.jpg"):
        (tmp_path / name).write_bytes(jpeg)
    assert "STUDIO=http://127.0.0.1:8321\n" in script
    script = script.replace("http://127.0.0.1:8321", running[1])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "made.zip") as archive:
        assert archive.namelist() == ["me-warm.jpg"]


def test_others_may_not_reach_a_studio_without_accounts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "looksmith.cli", "studio", "--host", "0.0.0.0"]
    folder = ["--folder", str(tmp_path / "studio")]
    for more, why in ([], "needs accounts"), (["--accounts"], "no account yet"):
        refused = subprocess.run([*command, *folder, *more], capture_output=True, text=True)
        assert refused.returncode == 2
        assert why in refused.stderr
