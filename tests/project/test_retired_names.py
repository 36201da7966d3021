"""One word, one thing: names that were private to this project, and gave way to the field's, do not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [file for folder in ("avemo_core", "benchmarks", "cluster", "jobs", "schemas", "tests") for file in (ROOT / folder).rglob("*.py")]

RETIRED_WORDS = frozenset(
    {
        # the driver and its workers
        *("desk", "crew", "hire", "hiring", "dismiss", "dismissed", "bury", "buried", "reprieve", "farewell", "owed"),
        *("suspect", "suspects", "innocent", "innocents", "patiently"),
        # jobs and tables
        *("rehearsal", "rehearse", "rehearsing", "contest", "contestant", "contestants"),
        # training and probabilities
        *("peers", "shrinkage"),
        # faces, media, prosody
        *("sighting", "sightings", "doubts", "placer", "cutter", "mixer", "melody"),
    }
)
"""Words of a name, whatever stands beside them: `_hire_all` is as retired as `hire`."""

RETIRED_NAMES = frozenset(
    {
        *("Member", "Loss", "Patience", "Rules", "Answer", "Rehearsal", "put_away", "making_of", "check_spread"),
        *("Peers", "Data", "NEVER", "PooledLinear", "pooled_share", "STRENGTH", "temperature_of", "judged"),
        *("Standard", "Preparation", "attended", "shape_upright", "audio_pool"),
        *("Look", "Eye", "Sighting", "Found", "lasting_tracks", "confirms", "Piece", "Pieces", "said_s", "thinned", "Heard"),
        *("MapReader", "Trunk", "trunk_of", "map_shape", "lift", "Lift", "PlantedAttention", "voicing", "Share"),
        *("Sequences", "Inputs", "Block", "Summary", "Task", "Trainer"),
    }
)
"""Whole names."""


def _names(source: str) -> Iterator[tuple[str, int]]:
    """Every identifier with its line: definitions, arguments, keywords, attributes, imports."""
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                pass  # a sentence, in words of everyday
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, line
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name, line
            case ast.keyword(arg=str(name)):
                yield name, line
            case ast.alias(name=name, asname=asname):
                yield from ((part, line) for part in (*name.split("."), *([asname] if asname else [])))
            case _:
                pass


def _words(name: str) -> set[str]:
    """The words of snake_case and CamelCase names, lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def _retired(source: str) -> list[tuple[str, int]]:
    return [(name, line) for name, line in _names(source) if name in RETIRED_NAMES or _words(name) & RETIRED_WORDS]


def test_no_identifier_bears_a_retired_name():
    found = [f"{file.relative_to(ROOT)}:{line} {name}" for file in FILES for name, line in _retired(file.read_text())]

    assert found == []


def test_a_retired_name_is_found_wherever_it_stands():
    source = "from x import Crew\n\ndef hire_all(owed):\n    return desk.suspects(thinned=Peers)\n"

    found = {name for name, _ in _retired(source)}

    assert found == {"Crew", "hire_all", "owed", "desk", "suspects", "thinned", "Peers"}
