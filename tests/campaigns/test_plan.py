from __future__ import annotations

from pathlib import Path

import pytest

from looksmith.campaigns.plan import load_plan
from looksmith.errors import LooksmithError

PLAN = """\
name: spring
catalogue: products
looks: [a/film.look]
audiences:
  - everyone
  - {name: berlin, where: {city: Berlin}}
settings: {strength: 0.8}
protect: product
experiment: {control: 0.2}
"""


def written(tmp_path: Path, words: str) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(words, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_plan(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path, PLAN))
    assert plan.looks == {"film": str(tmp_path / "a/film.look")}
    assert plan.catalogue == str(tmp_path / "products")
    assert plan.settings.controls.strength == 0.8
    assert [audience.name for audience in plan.audiences] == ["everyone", "berlin"]
    assert plan.protect == ["product"]


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("catalogue:", "catalog:", 2, "'catalogue' was probably meant"),
        ("{strength: 0.8}", "{strenght: 0.8}", 7, "'strength' was probably meant"),
        ("where:", "wher:", 6, "'where' was probably meant"),
        ("strength: 0.8", "strength: 3", 7, "less than or equal to 1.5"),
        ("protect: product", "protect: sky", 8, "protect"),
        ("control: 0.2", "control: 2", 9, "less than 1"),
        ("berlin, where: {city: Berlin}", "berlin", 6, "needs one of"),
        ("name: berlin", "name: everyone", 6, "everyone"),
        ("settings: {strength: 0.8}", "name: again", 7, "stands twice"),
        ("everyone", "{", 6, "line 6"),
        ("everyone", "&a everyone\n  - *a", 1, "aliases"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    old: str, new: str, line: int, why: str, tmp_path: Path
) -> None:
    assert old in PLAN
    with pytest.raises(LooksmithError, match=why) as caught:
        load_plan(written(tmp_path, PLAN.replace(old, new)))
    assert f"plan.yaml, line {line}:" in str(caught.value)


@pytest.mark.parametrize("words", ["", "- a\n- b", "just words", "\xff: {"])
def test_what_is_no_plan_is_refused(words: str, tmp_path: Path) -> None:
    with pytest.raises(LooksmithError, match="line 1"):
        load_plan(written(tmp_path, words))
