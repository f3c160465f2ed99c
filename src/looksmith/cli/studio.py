"""``looksmith studio``."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looksmith.cli.common import clear_errors, say
from looksmith.errors import LooksmithError
from looksmith.texts import text

if TYPE_CHECKING:
    from looksmith.studio.accounts import Accounts


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=text("help.studio"))(studio)


@clear_errors
def studio(
    host: Annotated[str, typer.Option(help=text("help.studio_host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=text("help.studio_port"))] = 8321,
    folder: Annotated[Path | None, typer.Option(help=text("help.studio_folder"))] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help=text("help.studio_workers"))] = 2,
    accounts: Annotated[
        bool, typer.Option("--accounts", help=text("help.studio_accounts"))
    ] = False,
    https: Annotated[bool, typer.Option("--https", help=text("help.studio_https"))] = False,
    name: Annotated[
        list[str] | None, typer.Option("--hostname", help=text("help.studio_hosts"))
    ] = None,
    store: Annotated[str | None, typer.Option(help=text("help.studio_store"))] = None,
    database: Annotated[str | None, typer.Option(help=text("help.studio_database"))] = None,
    queue: Annotated[str | None, typer.Option(help=text("help.studio_queue"))] = None,
    certificate: Annotated[Path | None, typer.Option(help=text("help.studio_certificate"))] = None,
    key: Annotated[Path | None, typer.Option(help=text("help.studio_key"))] = None,
    add_account: Annotated[str | None, typer.Option(help=text("help.studio_add"))] = None,
    role: Annotated[str, typer.Option(help=text("help.studio_role"))] = "owner",
    workspace_of: Annotated[str | None, typer.Option(help=text("help.studio_workspace"))] = None,
    open_page: Annotated[bool, typer.Option("--open", help=text("help.studio_open"))] = False,
) -> None:
    try:
        from looksmith.studio.accounts import Accounts
        from looksmith.studio.database import Database
        from looksmith.studio.files import Files
        from looksmith.studio.settings import LOCAL_HOSTS, Settings
        from looksmith.studio.signing import signer_of
        from looksmith.studio.supervisor import Supervisor
    except ImportError as missing:
        raise LooksmithError(text("studio.extra", why=missing)) from missing
    settings = Settings.here()
    where = folder or settings.folder
    places = {"folder": where, "database": database, "store": store, "queue": queue}
    settings = settings.model_copy(update=places)
    data = Database.of(settings)
    data.bell.check()
    known = Accounts(data, needed=True)
    if add_account is not None:
        _add(known, add_account, role, workspace_of)
        return
    local = host in LOCAL_HOSTS
    if not local and not accounts:
        raise LooksmithError(text("studio.needs_accounts", host=host))
    if accounts and not known.any():
        raise LooksmithError(text("studio.no_accounts"))
    names = tuple(name or ()) or (LOCAL_HOSTS if local else ())
    if (certificate is None) != (key is None):
        raise LooksmithError(text("studio.both_pem"))
    chosen: dict[str, object] = {"accounts": accounts, "https": https, "hosts": names}
    if certificate is not None and key is not None:
        chosen |= {"certificate": certificate.resolve(), "key": key.resolve()}
    ready_settings = settings.model_copy(update=chosen)
    signer_of(ready_settings)  # say now what is wrong with these
    Files.of(ready_settings)
    supervisor = Supervisor(ready_settings, host, port, workers)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stopping.set())
    url = f"http://{host}:{supervisor.address[1]}/"

    def ready() -> None:
        say(text("studio.started", url=url))
        if open_page:
            typer.launch(url)

    supervisor.run(ready)


def _add(known: Accounts, name: str, role: str, workspace_of: str | None) -> None:
    known.check(name, role)  # before the password is asked for
    workspace = None if workspace_of is None else known.workspace_of(workspace_of)
    password = typer.prompt(text("studio.password"), hide_input=True, confirmation_prompt=True)
    known.add(name, password, role, workspace)
    say(text("studio.account_added", name=name, role=role))
