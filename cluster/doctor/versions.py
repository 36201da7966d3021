"""Python and the packages avemo needs, held against the bounds of its own requirements."""

from __future__ import annotations

import platform
import sys
import tomllib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from cluster.doctor.finding import Finding, fine, wrong

PYPROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"
"""Of the checkout that this file is in."""
_SHOWN: Final = ("ray", "torch", "av", "opencv-python-headless", "ai-edge-litert", "numpy", "pyarrow")
_REMEDY: Final = "`make setup` in a fresh checkout makes an environment within the bounds; on a cluster every node needs the same."


def found_versions(pyproject: Path = PYPROJECT) -> dict[str, str]:
    """The versions of Python and of each package that avemo requires and that is there, by name."""
    _, requirements = _required(pyproject)
    return {"python": platform.python_version()} | {one.name: version for one in requirements if (version := _version(one.name))}


def check_versions(pyproject: Path = PYPROJECT) -> list[Finding]:
    """Whether they are within the bounds that this file sets, or where there is none, those of the installed package."""
    python, requirements = _required(pyproject)
    said = f"{platform.python_version()} ({sys.executable}, {platform.system()} {platform.machine()})"
    of_python = fine("python", said) if platform.python_version() in python else wrong("python", f"{said}, expected {python}", _REMEDY)
    off = [(one, _version(one.name)) for one in requirements if not _fits(one)]
    findings = [wrong("packages", f"{one.name} {version or 'is missing'}, expected {one.specifier}", _REMEDY) for one, version in off]
    shown = ", ".join(f"{name} {version}" for name in _SHOWN if (version := _version(name)))
    return [of_python, *findings, *([] if findings else [fine("packages", f"{len(requirements)} within their bounds: {shown}")])]


def _required(pyproject: Path) -> tuple[SpecifierSet, Sequence[Requirement]]:
    if pyproject.is_file():
        project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
        return SpecifierSet(project["requires-python"]), [Requirement(line) for line in project["dependencies"]]
    about = metadata.metadata("avemo")
    required = [Requirement(line) for line in metadata.requires("avemo") or ()]
    return SpecifierSet(about["Requires-Python"]), [one for one in required if one.marker is None or one.marker.evaluate({"extra": ""})]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _fits(requirement: Requirement) -> bool:
    version = _version(requirement.name)
    return version is not None and requirement.specifier.contains(version, prereleases=True)
