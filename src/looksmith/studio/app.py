"""The server: ``create_app(settings)``."""

from __future__ import annotations

from fastapi import FastAPI

from looksmith import __version__
from looksmith.studio import problems
from looksmith.studio.accounts import Accounts
from looksmith.studio.context import Studio
from looksmith.studio.database import Database
from looksmith.studio.files import Files
from looksmith.studio.guard import Guard
from looksmith.studio.personal import People
from looksmith.studio.routes import accounts as account_routes
from looksmith.studio.routes import jobs, look_files, looks, pages, photos, results, users
from looksmith.studio.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application on a folder."""
    app = FastAPI(
        title="Looksmith",
        version=__version__,
        description="Learn the look of a photo feed and give it to any photo.",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    database = Database.of(settings)
    accounts = Accounts(database, settings.accounts)
    files, people = Files.of(settings), People.of(settings)
    app.state.studio = Studio(settings, database, files, accounts, people)
    problems.register(app)
    for part in (photos, looks, look_files, jobs, results, users, account_routes, pages):
        app.include_router(part.router)

    @app.get("/v1/health")
    def health() -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok"}

    pages.mount_static(app)

    app.add_middleware(Guard, settings=settings)
    return app
