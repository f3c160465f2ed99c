"""URLs as they may be shown: in errors, reports and logs, without what only servers should see."""

from __future__ import annotations

import re

# From the first colon to the last @, since a password may have an @ or / that nobody escaped.
_PASSWORD = re.compile(r"((?:^(?!\S+://)|://)[^\s:/@]*):\S*@")
_IN_QUERY = re.compile(
    r"([?&][^\s=&]*(?:password|secret|token|sig|credential|key)[^\s=&]*=)[^\s&'\"]+", re.IGNORECASE
)


def without_secrets(words: str) -> str:
    """A URL, or a sentence with URLs in it, with ``***`` for passwords and for keys and signatures
    in the query, as a signed URL of S3 has them."""
    return _IN_QUERY.sub(r"\1***", _PASSWORD.sub(r"\1:***@", words))
