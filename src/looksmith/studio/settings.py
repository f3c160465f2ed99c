"""What a studio is told when it starts; the same for server and workers."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from looksmith.home import home

VARIABLE = "LOOKSMITH_STUDIO"
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


class Settings(BaseModel):
    """Limits, and who may do what."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    """Holds the database and all files."""
    database: str | None = None
    """URL of a PostgreSQL database to use instead, for what the studio and what taste knows."""
    queue: str | None = None
    """URL of a Redis server that tells workers of jobs; without, they look by themselves."""
    store: str | None = None
    """URL of a store (``s3://…``) that has all files; the folder is then a cache of it."""
    accounts: bool = False
    """Whether people log in; without, everyone who reaches the server is its owner."""
    hosts: tuple[str, ...] = LOCAL_HOSTS
    """Names by which browsers may call the server; others may be a trick (DNS rebinding)."""
    https: bool = False
    """Whether browsers come over HTTPS: cookies are then never sent without."""
    max_upload_mb: float = 80.0
    max_megapixels: float = 100.0
    max_photos: int = 5_000
    """In one workspace."""
    max_stored_gb: float = 20.0
    """In one workspace."""
    max_waiting: int = 500
    """Jobs of one workspace that are not done yet."""
    requests_a_minute: int = 6_000
    """From one address."""
    memory_gb: float = 8.0
    """That a worker may use."""
    job_minutes: float = 15.0
    """That a job may take from one sign of progress to the next."""
    certificate: Path | None = None
    """Chain (PEM) with which results are signed (C2PA); with ``key``."""
    key: Path | None = None
    keep_days: float = 30.0
    """After so long photos and results are deleted; looks stay."""

    @classmethod
    def here(cls) -> Settings:
        """What the supervisor handed to this process, or the defaults for this user."""
        handed = os.environ.get(VARIABLE)
        return cls.model_validate_json(handed) if handed else cls(folder=home() / "studio")
