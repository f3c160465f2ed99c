"""What every request passes: hosts, origins, sizes, rates, language; and the headers of answers."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from looksmith.studio.problems import answer
from looksmith.studio.settings import Settings
from looksmith.texts import speaking, text

LANGUAGE_COOKIE = "looksmith_language"
_SAFE = ("GET", "HEAD", "OPTIONS")
_FORM_BYTES = 100_000  # what surrounds an upload
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


class Rates:
    """A bucket a caller, which fills by the minute (token bucket)."""

    def __init__(self, a_minute: int) -> None:
        self.a_minute = a_minute
        self._buckets: dict[str, tuple[float, float]] = {}

    def allows(self, caller: str) -> bool:
        """Take one; False if there is none left."""
        now = time.monotonic()
        if len(self._buckets) > 10_000:  # those that are full again tell nothing
            self._buckets = {k: v for k, v in self._buckets.items() if now - v[1] < 60}
        left, then = self._buckets.get(caller, (float(self.a_minute), now))
        left = min(self.a_minute, left + (now - then) * self.a_minute / 60)
        self._buckets[caller] = (max(left - 1, 0.0), now)
        return left >= 1


class Guard:
    """The middleware."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.rates = Rates(settings.requests_a_minute)
        self.logins = Rates(10)
        self.most = int(settings.max_upload_mb * 1e6) + _FORM_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with speaking(language_of(HTTPConnection(scope))):
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(message)
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            status, sentence = refusal
            headers = {"Retry-After": "10"} if status == 429 else None
            told = answer(status, sentence)
            told.headers.update(headers or {})
            await told(scope, receive, send_guarded)
            return
        await self.app(scope, self._counted(receive), send_guarded)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if (
            self.settings.hosts
            and (urlsplit(f"//{host}").hostname or "") not in self.settings.hosts
        ):
            return 400, text("studio.host")
        if scope["method"] not in _SAFE and not _same_origin(headers, host):
            return 403, text("studio.origin")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.most:
            return 413, self._too_large()
        address = scope["client"][0] if scope.get("client") else ""
        login = scope["method"] == "POST" and scope["path"] == "/login"
        if not self.rates.allows(address) or (login and not self.logins.allows(address)):
            return 429, text("studio.rate")
        return None

    def _too_large(self) -> str:
        return text("studio.too_large", limit=f"{self.settings.max_upload_mb:g}")

    def _counted(self, receive: Receive) -> Receive:
        """The same, until more has come than is allowed: a length can be left out, or lie."""
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self.most:
                raise HTTPException(413, self._too_large())
            return message

        return counted

    def _add_headers(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")
        if self.settings.https:
            headers["Strict-Transport-Security"] = "max-age=31536000"


def _same_origin(headers: Headers, host: str) -> bool:
    """Whether a request that changes something comes from our own page, or from no page."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host


def language_of(request: HTTPConnection) -> str:
    """The language chosen on the page, or else the browser's first of the two."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in ("en", "zh"):
        return chosen
    for wanted in request.headers.get("accept-language", "").lower().split(","):
        if wanted.strip()[:2] in ("en", "zh"):
            return wanted.strip()[:2]
    return "en"
