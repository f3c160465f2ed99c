"""What typer says by itself, in the user's language."""

from __future__ import annotations

import re

from looksmith.texts import language, text

_HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "typer.arguments",
    "OPTIONS_PANEL_TITLE": "typer.options",
    "COMMANDS_PANEL_TITLE": "typer.commands",
    "DEFAULT_STRING": "typer.default",
    "ENVVAR_STRING": "typer.variable",
    "REQUIRED_LONG_STRING": "typer.required",
}
"""Names in ``typer.rich_utils``."""

_SENTENCES = (
    (r"No such command (?P<name>'.*?')\. Did you mean (?P<meant>.*)\?", "typer.command_meant"),
    (r"No such command (?P<name>'.*')\.", "typer.command"),
    (r"No such option: (?P<name>\S+) \(Possible options: (?P<meant>.*)\)", "typer.option_meant"),
    (r"No such option: (?P<name>\S+)", "typer.option"),
    (r"Missing (?:argument|option|parameter) (?P<name>'.*')\.", "typer.missing"),
    (r"Option (?P<name>'.*') requires an argument\.", "typer.empty"),
    (r"Option (?P<name>'.*') does not take a value\.", "typer.flag"),
    (r"Got unexpected extra argument\(s\) \((?P<name>.*)\)", "typer.extra"),
    (r"Invalid value for (?P<name>'.*?'): .* valid (number|integer),.*", "typer.number"),
    (
        r"Invalid value for (?P<name>'.*?'): .* greater than or equal to (?P<least>\S+)",
        "typer.least",
    ),
    (r"Invalid value for (?P<name>'.*?'): .* less than or equal to (?P<most>\S+)", "typer.most"),
    (r"Invalid value for (?P<name>'.*?'): (?P<why>.*)", "typer.value"),
)
"""What typer says is wrong, and the text for it."""


def translate_headings() -> None:
    """Let help pages have the headings of the user's language."""
    if language() == "en":
        return
    from typer import rich_utils

    for name, key in _HEADINGS.items():
        setattr(rich_utils, name, text(key))


def translated(sentence: str) -> str:
    """What typer says is wrong with a command line; unchanged where it is not known."""
    if language() == "en":
        return sentence
    for pattern, key in _SENTENCES:
        if found := re.fullmatch(pattern, sentence.strip()):
            return text(key, **{k: v for k, v in found.groupdict().items()})
    return sentence
