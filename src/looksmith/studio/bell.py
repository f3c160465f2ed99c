"""How workers learn that a job waits: they look a few times a second, or Redis tells them.

The database has the jobs; all that Redis carries is "look". So no job is lost or done twice where
Redis is away or forgets, and nothing that someone writes there is run.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from looksmith.errors import LooksmithError
from looksmith.texts import text
from looksmith.urls import without_secrets

RINGS = "rings"
"""In ``connection.info``: the transaction has made work, so the bell rings when it is committed."""
_LOOK = 0.04  # seconds between looks; someone waits for a picture
_LONGEST = 1.0  # seconds between looks where Redis tells: a worker may have died
_CHANNEL = "looksmith"
_log = logging.getLogger("looksmith.studio")


class Bell:
    """Without Redis: workers look by themselves."""

    @staticmethod
    def of(url: str | None) -> Bell:
        """The bell at the URL of a Redis server, or none.

        Raises:
            LooksmithError: the URL is wrong, or the package is missing.
        """
        return Bell() if url is None else RedisBell(url)

    def check(self) -> None:
        """See whether it works.

        Raises:
            LooksmithError: the server does not answer.
        """

    def ring(self) -> None:
        """Tell all workers to look."""

    def wait(self, stopping: threading.Event) -> None:
        """Return when it is time to look, or to stop."""
        stopping.wait(_LOOK)


class RedisBell(Bell):
    """Redis tells, on a channel that all machines share."""

    def __init__(self, url: str) -> None:
        """
        Raises:
            LooksmithError: the URL is wrong, or the package is missing.
        """
        try:
            from redis import Redis, RedisError

            self.redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        except ImportError as error:
            raise LooksmithError(text("studio.redis_package", why=error)) from error
        except ValueError as error:  # its words may be part of the password
            shown = without_secrets(url)
            raise LooksmithError(text("studio.redis_url", url=shown)) from error
        self._failure = (RedisError, OSError)
        self._heard: Any = None  # a subscription, of the one thread that waits

    def check(self) -> None:
        """
        Raises:
            LooksmithError: the server does not answer.
        """
        try:
            self.redis.ping()
        except self._failure as error:
            raise LooksmithError(text("studio.redis_away", why=error)) from error

    def ring(self) -> None:
        """Tell all workers to look; where Redis is away, they look by themselves."""
        try:
            self.redis.publish(_CHANNEL, b"look")
        except self._failure as error:
            _log.warning("Redis is away: %s", error)

    def wait(self, stopping: threading.Event) -> None:
        """Return when it is time to look, or to stop."""
        try:
            if self._heard is None:
                heard = self.redis.pubsub(ignore_subscribe_messages=True)
                heard.subscribe(_CHANNEL)
                self._heard = heard
                return  # what rang before was not heard
            if self._heard.get_message(timeout=_LONGEST) is not None:
                while self._heard.get_message() is not None:
                    pass  # one look is enough for all
        except self._failure:
            self._heard = None
            super().wait(stopping)
