"""The gate refuses what its network calls unsafe, unless the operator allows it."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from looksmith.errors import LooksmithError
from looksmith.people import safety


def test_ordinary_pictures_pass() -> None:
    for pixels in (data.astronaut(), data.coffee(), np.zeros((3, 5, 3), np.uint16)):
        assert 0 <= safety.unsafe(np.asarray(pixels)) < 0.2
        safety.refuse_unsafe(np.asarray(pixels), "a.jpg")


def test_unsafe_pictures_are_refused_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "REFUSED", -1.0)
    with pytest.raises(LooksmithError, match=r"a\.jpg was refused"):
        safety.refuse_unsafe(np.asarray(data.coffee()), "a.jpg")
    monkeypatch.setenv("LOOKSMITH_UNSAFE", "allow")
    safety.refuse_unsafe(np.asarray(data.coffee()), "a.jpg")
