"""Pin what is installed: every package that Looksmith, its benchmarks and its tests need here.

    python scripts/lock.py > constraints.new && mv constraints.new constraints.txt

Follows the requirements of ``pyproject.toml`` through the metadata of the installed packages, so
that what else lies in the environment stays out. Local versions (``2.13.0+cpu``) become public
ones (``2.13.0``), which every index has.
"""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
EXTRAS = ("benchmarks", "dev", "ray")


def wanted() -> list[Requirement]:
    """The direct requirements, those of the extras among them."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    waiting, words = list(EXTRAS), list(project["dependencies"])
    seen: set[str] = set()
    while waiting:
        extra = waiting.pop()
        if extra in seen:
            continue
        seen.add(extra)
        for word in optional[extra]:
            requirement = Requirement(word)
            if requirement.name == project["name"]:
                waiting += requirement.extras
            else:
                words.append(word)
    return [Requirement(word) for word in words]


def pins(requirements: list[Requirement]) -> dict[str, str]:
    """Name and public version of all that the requirements lead to and that is installed.

    Raises:
        SystemExit: a direct requirement is not installed.
    """
    found: dict[str, str] = {}
    done: set[tuple[str, str]] = set()
    direct = {canonicalize_name(requirement.name) for requirement in requirements}
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        extras = ("", *sorted(requirement.extras))
        try:
            package = distribution(name)
        except PackageNotFoundError:
            if name in direct:
                sys.exit(f"{name} is not installed: pip install -e '.[benchmarks,dev]' first")
            continue  # for another platform, or left out of this build
        found[name] = Version(package.version).public
        for extra in extras:
            if (name, extra) in done:
                continue
            done.add((name, extra))
            for word in package.requires or []:
                needed = Requirement(word)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    waiting.append(needed)
    return found


if __name__ == "__main__":
    for name, version in sorted(pins(wanted()).items()):
        print(f"{name}=={version}")
