"""The command line, ``looksmith learn | apply | show | …``: one file a group of commands.

Each file has ``register(app)``, which adds its commands.
"""

from __future__ import annotations

import io
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

import typer

from looksmith.cli.program import Program, print_version
from looksmith.texts import text

_FIRST = ("looks",)  # the order of ``--help``; the rest follows by name
_NO_GROUPS = ("common", "program", "wording", "__main__")
Version = Annotated[
    bool,
    typer.Option("--version", callback=print_version, is_eager=True, help=text("help.version")),
]


def _application() -> typer.Typer:
    app = typer.Typer(
        cls=Program,
        help=text("help.app"),
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    names = {module.name for module in iter_modules(__path__)}.difference(_NO_GROUPS)
    for name in (*_FIRST, *sorted(names.difference(_FIRST))):
        import_module(f"{__name__}.{name}").register(app)
    return app


def _options(version: Version = False) -> None:
    """What stands before the command."""


app = _application()


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):  # a terminal without Chinese or ● must not stop us
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
