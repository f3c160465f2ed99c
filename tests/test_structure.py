"""The house rules that a reader relies on: short files, and imports that only go down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import looksmith

ROOT = Path(looksmith.__file__).parent
MOST_LINES = 400
FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def _room(parts: tuple[str, ...]) -> str:
    """The folder or file right below the package that a module belongs to."""
    return parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[str]:
    """The rooms that a file imports anywhere, inside functions as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "looksmith" and len(parts) > 1:
                yield _room(tuple(parts[1:]))


def test_no_two_rooms_import_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for path in FILES:
        room = _room(path.relative_to(ROOT).parts)
        if room != "__init__":  # the face hands names on, when they are asked for
            graph.setdefault(room, set()).update(set(_imports(path)) - {room, "__version__"})
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these import each other in a circle: {' → '.join(error.args[1])}")
