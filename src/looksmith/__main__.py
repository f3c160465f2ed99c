"""The program, also as ``python -m looksmith``: the smallest module, so that Ctrl-C while the
command line itself is being imported ends it as at any other time."""

from __future__ import annotations

import sys


def main() -> None:
    """The entry point."""
    try:
        from looksmith.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
