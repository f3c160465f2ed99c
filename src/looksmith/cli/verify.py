"""``looksmith verify`` and ``sign``: what photos say of themselves, and who stands for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looksmith.cli.common import OutIfAny, clear_errors, console, say
from looksmith.errors import PhotoError
from looksmith.texts import printable, text

if TYPE_CHECKING:
    from looksmith.verification import Label


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(help=text("help.verify"))(verify)
    app.command(help=text("help.sign"))(sign)


@clear_errors
def verify(
    files: Annotated[list[Path], typer.Argument(help=text("help.verify_files"))],
) -> None:
    from looksmith.verification import checks, read_label

    status = 0
    for path in files:
        try:
            label = read_label(path)
        except PhotoError as error:
            say(str(error))
            status = 2
            continue
        found = checks(label)
        _print(str(path))
        for name, value in _lines(label):
            _print(f"  {name}: {value}")
        for check in found:
            _print(f"  {'✓' if check.holds else '✗'} {check.sentence}")
        if label.labelled and label.credentials is None:
            _print(f"  {text('verify.unsigned')}")
        status = status or int(not all(check.holds for check in found))
    if status:
        raise typer.Exit(status)


@clear_errors
def sign(
    file: Annotated[Path, typer.Argument(help=text("help.sign_file"))],
    certificate: Annotated[Path, typer.Option(help=text("help.sign_certificate"))],
    key: Annotated[Path, typer.Option(help=text("help.sign_key"))],
    original: Annotated[Path | None, typer.Option(help=text("help.sign_original"))] = None,
    out: OutIfAny = None,
) -> None:
    from looksmith import credentials

    target = out or file
    credentials.sign(file, target, credentials.Signer.load(certificate, key), original)
    say(text("done.saved", path=target))


def _lines(label: Label) -> list[tuple[str, str]]:
    from looksmith.verification import source_type_words

    aigc = ", ".join(value for value in label.aigc.values() if value)
    said = {
        "source": source_type_words(label),
        "aigc": aigc,
        "look": label.look,
        "rights": label.rights,
        "creators": ", ".join(label.creators),
        "caption": label.caption,
    }
    return [(text(f"verify.{name}"), value) for name, value in said.items() if value]


def _print(line: str) -> None:
    console.print(printable(line), markup=False, soft_wrap=True)
