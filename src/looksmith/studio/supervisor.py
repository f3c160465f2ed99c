"""Starts server and workers, and starts again what dies.

The supervisor holds the socket: while the server starts again, browsers wait in its queue and are
not refused.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from looksmith.errors import LooksmithError
from looksmith.studio.database import Database
from looksmith.studio.jobs import Queue
from looksmith.studio.settings import VARIABLE, Settings
from looksmith.studio.worker import WORKER_VARIABLE
from looksmith.texts import text

_LOOK = 0.1  # seconds between looks at the children
_BREATH = 1.0  # seconds a child must have lived to be started again at once


@dataclass
class _Child:
    command: list[str]
    quick: bool = False
    name: str = ""
    started: float = 0.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)


class Supervisor:
    """A server on a socket, and workers."""

    def __init__(self, settings: Settings, host: str, port: int, workers: int) -> None:
        """
        Raises:
            LooksmithError: the port is taken or not allowed.
        """
        self.settings = settings
        self.socket = listen(host, port)
        self.queue = Queue(Database.of(settings))
        python = [sys.executable, "-m"]
        serve = [*python, "looksmith.studio.serve", "--fd", str(self.socket.fileno())]
        work = [*python, "looksmith.studio.worker"]
        self.children = [_Child(serve), _Child(work)]
        self.children += [_Child([*work, "--quick"]) for _ in range(workers - 1)]
        self.stopping = threading.Event()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self.socket.getsockname()[:2]
        return host, port

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Watch over the children until told to stop."""
        for child in self.children:
            self._start(child)
        ready()
        try:
            while not self.stopping.wait(_LOOK):
                for child in self.children:
                    self._revive(child)
        finally:
            self._end()

    def _start(self, child: _Child) -> None:
        child.name, child.started = secrets.token_hex(8), time.monotonic()
        environment = os.environ | {
            VARIABLE: self.settings.model_dump_json(),
            WORKER_VARIABLE: child.name,
            "OMP_NUM_THREADS": "1",  # as many workers as cores
            "NUMBA_NUM_THREADS": "1",
        }
        child.process = subprocess.Popen(
            child.command, env=environment, pass_fds=[self.socket.fileno()]
        )

    def _revive(self, child: _Child) -> None:
        assert child.process is not None
        if child.process.poll() is None:
            return
        self.queue.release(child.name)
        if time.monotonic() - child.started > _BREATH:
            self._start(child)

    def _end(self) -> None:
        for child in self.children:
            if child.process is not None:
                child.process.send_signal(signal.SIGTERM)
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(10)
            except subprocess.TimeoutExpired:
                child.process.kill()  # its job waits for the next start
                child.process.wait()
            self.queue.release(child.name)
        self.socket.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        LooksmithError: the port is taken or not allowed, or the host is not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError as error:
        raise LooksmithError(text("studio.port", host=host, port=port, why=error)) from error
    return listener
