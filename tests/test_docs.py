"""The documentation names what there is."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))


def test_the_page_of_commands_is_what_the_program_offers() -> None:
    """Else: make commands."""
    page = runpy.run_path(str(ROOT / "scripts" / "commands.py"))["page"]()
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_folder_and_file_of_the_package_is_in_the_architecture() -> None:
    words = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for path in (ROOT / "src" / "looksmith").iterdir():
        if path.is_dir() and path.name != "__pycache__":
            assert f"`{path.name}/`" in words, path.name


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    described = re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE)
    assert sorted(described) == sorted(phony.split())


def test_constraints_pin_every_direct_requirement_publicly() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    names = {pin.split("==")[0].replace("_", "-").lower() for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for word in [*project["dependencies"], *(w for words in extras.values() for w in words)]:
        name = re.split(r"[\[><=;\s]", word)[0].lower()
        assert name == "looksmith" or name in names, f"{name}: run make lock"
    assert not [pin for pin in pins if "+" in pin]


def test_the_change_log_knows_the_version() -> None:
    import looksmith

    assert f"## {looksmith.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_extras_that_are_named_exist() -> None:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    sources = [*PAGES, *(ROOT / "src" / "looksmith").rglob("*.py")]
    for path in sources:
        for names in re.findall(r"looksmith\[([\w,-]+)\]", path.read_text(encoding="utf-8")):
            assert set(names.split(",")) <= set(known["optional-dependencies"]), path
