"""The command line as a page of documentation, from the program itself.

    python scripts/commands.py > docs/commands.md        # or: make commands

``tests/test_docs.py`` fails when the page is not what this writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

os.environ["LOOKSMITH_LANG"] = "en"  # before the texts of help are read

from typer.main import get_command

from looksmith.cli import app

HEAD = """# Commands

Made by `make commands` from the program itself; don't edit. Each command has `--help`. Wrong
input, files that can't be read or written and a full disk end in one sentence and status 2,
Ctrl-C in status 130; a result is written whole or not at all.
"""


def page() -> str:
    """The whole page as Markdown."""
    program: Any = get_command(app)
    sections = [_section(name, command) for name, command in _commands("looksmith", program)]
    return "\n".join((HEAD, *sections))


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, each in inner.items():
        yield from _commands(f"{name} {word}", each)


def _section(name: str, command: Any) -> str:
    visible = [p for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]
    arguments = [p for p in visible if p.param_type_name == "argument"]
    options = [p for p in visible if p.param_type_name == "option"]
    usage = " ".join([name, *(_placeholder(p) for p in arguments), *_required(options)])
    lines = [f"## {name}", "", command.help or "", "", "```", usage, "```", ""]
    rows = [(_placeholder(p), p.help or "", "") for p in arguments]
    rows += [(_names(p), p.help or "", _default(p)) for p in options]
    if rows:
        lines += ["| | | default |", "| --- | --- | --- |"]
        lines += [f"| `{what}` | {_cell(help)} | {default} |" for what, help, default in rows]
        lines.append("")
    return "\n".join(lines)


def _placeholder(argument: Any) -> str:
    word = argument.name.upper()
    word = f"{word} …" if argument.nargs == -1 else word
    return word if argument.required else f"[{word}]"


def _required(options: list[Any]) -> list[str]:
    return [f"{max(p.opts, key=len)} {p.name.upper()}" for p in options if p.required]


def _names(option: Any) -> str:
    return ", ".join([*option.opts, *option.secondary_opts])


def _default(option: Any) -> str:
    value = option.default
    if option.required:
        return "needed"
    if value is None or callable(value) or (isinstance(value, (bool, list, tuple))):
        return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""
    return f"`{value}`" if str(value) else ""


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
