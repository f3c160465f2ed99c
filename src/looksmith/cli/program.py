"""The program as a whole: usage errors in one sentence, ``-h``, ``--version``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from looksmith.cli.common import say
from looksmith.cli.wording import translate_headings, translated
from looksmith.texts import text


class Program(TyperGroup):
    """Says in one sentence what is wrong with a command line, instead of a box of six lines."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args) or ["--help"]
        if {"-h", "--help"}.intersection(words):
            translate_headings()
        try:
            status = super().main(
                words, prog_name, complete_var, False, windows_expand_args, **extra
            )
        except TyperException as error:
            _say_usage(error)
            status = 2
        except typer.Abort:
            say(text("interrupted"))
            status = 130
        sys.exit(status)


def _say_usage(error: TyperException) -> None:
    # A group without a command has shown its help; typer, too, knows this error by its name only.
    if type(error).__name__ == "NoArgsIsHelpError":
        return
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "looksmith"
    why = translated(" ".join(error.format_message().split()))
    say(
        text(
            "usage",
            why=why if why.endswith((".", "?", "!", "。", "？")) else f"{why}.",
            command=command,
        )
    )


def print_version(wanted: bool) -> None:
    """For ``--version``."""
    if wanted:
        from looksmith import __version__

        typer.echo(f"looksmith {__version__}")
        raise typer.Exit()
