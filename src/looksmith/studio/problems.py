"""What goes wrong, told as problem+json (RFC 9457): a title for programs, a sentence for people."""

from __future__ import annotations

import logging
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from looksmith.errors import LooksmithError
from looksmith.studio.jobs import QueueFull
from looksmith.studio.schemas import IDENTIFIER
from looksmith.texts import text

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "bad-request",
    401: "login-needed",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    422: "invalid",
    429: "too-many",
    500: "broken",
}
_WRONG = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "less_than_equal": "most",
    "greater_than_equal": "least",
    "greater_than": "above",
    "finite_number": "number",
    "float_type": "number",
    "float_parsing": "number",
    "int_type": "whole",
    "int_parsing": "whole",
    "int_from_float": "whole",
    "bool_type": "yes_no",
    "bool_parsing": "yes_no",
    "string_type": "words",
    "string_too_short": "short",
    "string_too_long": "long",
    "string_pattern_mismatch": "form",
    "identifier": "identifier",
    "list_type": "list",
    "too_short": "few",
    "too_long": "many",
    "literal_error": "one_of",
    "union_tag_invalid": "kind",
    "union_tag_not_found": "kind_missing",
    "model_attributes_type": "object",
    "dict_type": "object",
    "json_invalid": "json",
}
"""Kinds of pydantic's errors, and the texts ``wrong.…`` for them."""
_log = logging.getLogger("looksmith.studio")


class Problem(Exception):
    """An answer that is not what was asked for."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(key)
        self.status, self.key, self.values = status, key, values

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, in the language of the request."""
        return text(self.key, **self.values)


def body(status: int, sentence: str, **more: Any) -> dict[str, Any]:
    """The problem as JSON."""
    title = _TITLES.get(status, "problem")
    return {"type": "about:blank", "title": title, "status": status, "detail": sentence} | more


def answer(status: int, sentence: str, **more: Any) -> JSONResponse:
    """The problem as a response."""
    return JSONResponse(body(status, sentence, **more), status, media_type=MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Turn every exception into a problem."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(LooksmithError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)


def _told(_: Request, error: Any) -> JSONResponse:
    return answer(error.status, error.sentence)


def _refused(_: Request, error: Exception) -> JSONResponse:
    return answer(429 if isinstance(error, QueueFull) else 422, str(error))


def _invalid(_: Request, error: Any) -> JSONResponse:
    wrong = [
        {"where": ".".join(map(str, one["loc"])), "what": _what(one)} for one in error.errors()
    ]
    first = wrong[0] if wrong else {"where": "", "what": ""}
    return answer(422, text("studio.invalid", **first), errors=wrong)


def _what(error: dict[str, Any]) -> str:
    """What is wrong with one value, without the validator's jargon where its kind is known."""
    kind, more = error["type"], dict(error.get("ctx", {}))
    if kind == "string_pattern_mismatch" and more["pattern"] == IDENTIFIER:
        kind = "identifier"
    if kind in ("greater_than_equal", "less_than_equal") and not _finite(error["input"]):
        kind = "finite_number"
    key = _WRONG.get(kind)
    return text(f"wrong.{key}", **more) if key else str(error["msg"])


def _finite(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        return False


def _http(_: Request, error: Any) -> JSONResponse:
    key = {404: "studio.no_page", 405: "studio.no_method"}.get(error.status_code)
    sentence = text(key) if key else str(error.detail)
    told = answer(error.status_code, sentence)
    told.headers.update(error.headers or {})
    return told


def _broken(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s", request.method, request.url.path, exc_info=error)
    return answer(500, text("studio.broken"))
