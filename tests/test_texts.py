from __future__ import annotations

from string import Formatter

import pytest

from looksmith.texts import all_texts, text


def _values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", sorted(all_texts()))
def test_both_languages_say_the_same_values(key: str) -> None:
    english, chinese = all_texts()[key]
    assert english and chinese
    assert _values(english) == _values(chinese)
    for sentence in (english, chinese):  # braces that stand for themselves are doubled
        assert sentence.format(**dict.fromkeys(_values(sentence), 1))


def test_the_language_follows_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSMITH_LANG", "zh")
    assert text("yes") == "是"
    monkeypatch.setenv("LOOKSMITH_LANG", "en")
    assert text("yes") == "yes"
