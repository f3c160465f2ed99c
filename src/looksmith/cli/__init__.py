"""The command line, ``looksmith learn | apply | show | …``: one file a group of commands.

Each file has ``register(app)``, which adds its commands.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import typer

from looksmith.texts import text

_FIRST = ("looks",)  # the order of ``--help``; the rest follows by name
_NO_GROUPS = ("common", "__main__")


def _application() -> typer.Typer:
    app = typer.Typer(help=text("help.app"), no_args_is_help=True, add_completion=False)
    names = {module.name for module in iter_modules(__path__)}.difference(_NO_GROUPS)
    for name in (*_FIRST, *sorted(names.difference(_FIRST))):
        import_module(f"{__name__}.{name}").register(app)
    return app


app = _application()


def main() -> None:
    """The entry point."""
    app()
