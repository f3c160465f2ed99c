"""The server process: ``python -m looksmith.studio.serve --fd N``, on the supervisor's socket."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import threading
import time

from looksmith.studio.settings import Settings


def main() -> None:
    """The entry point of the server process."""
    import uvicorn

    from looksmith.studio.app import create_app

    parser = argparse.ArgumentParser(prog="python -m looksmith.studio.serve")
    parser.add_argument("--fd", type=int, required=True)
    listener = socket.socket(fileno=parser.parse_args().fd)
    threading.Thread(target=_end_with_parent, args=[os.getppid()], daemon=True).start()
    config = uvicorn.Config(
        create_app(Settings.here()),
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=3,
        limit_concurrency=1_000,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
