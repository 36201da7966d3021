"""Types and shapes are checked in every module of avemo_core while tests run."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import jaxtyping
import numpy as np
import pytest
from jaxtyping import TypeCheckError

from avemo_core.audio import spectrum

SOURCE: Final = """
from collections.abc import Iterator
from dataclasses import dataclass
import numpy as np
from jaxtyping import Float

def doubled(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    return np.concatenate([values, values]) if len(values) == 3 else 2 * values

def of_one_length(one: Float[np.ndarray, " n"], other: "Float[np.ndarray, ' n'] | None" = None) -> int:
    inner(one[:1])
    return len(one)

def inner(values: Float[np.ndarray, " n"]) -> None:
    pass

def quoted(values: Float[np.ndarray, " n"], other: "dict.keys[int]") -> None:
    pass

def one_by_one(values: Float[np.ndarray, " n"], other: Float[np.ndarray, " n"]) -> Iterator[Float[np.ndarray, " n"]]:
    yield from (values, other)

def plain(count: int) -> str:
    return "a" * count if count else count

@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    values: Float[np.ndarray, "row 2"]
    name: str = ""

    @property
    def first(self) -> Float[np.ndarray, "2"]:
        return self.values[0] if self.name else self.values

    @classmethod
    def of(cls, values: Float[np.ndarray, "row 2"]) -> "Held":
        return cls(values=values)

    @staticmethod
    def rows(values: Float[np.ndarray, "row 2"]) -> int:
        return len(values)

@dataclass(frozen=True)
class Named(Held):
    pass
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A module as the import hook leaves those of avemo_core."""
    folder: Path = tmp_path_factory.mktemp("typed")
    (folder / "typed_module.py").write_text(SOURCE)
    sys.path.insert(0, str(folder))
    with jaxtyping.install_import_hook("typed_module", "beartype.beartype"):
        yield importlib.import_module("typed_module")
    sys.path.remove(str(folder))
    del sys.modules["typed_module"]


def test_what_fits_is_computed(made: ModuleType):
    assert made.doubled(np.ones(2)).tolist() == [2.0, 2.0]
    assert made.of_one_length(np.ones(2), np.ones(2)) == 2
    assert [len(each) for each in made.one_by_one(np.ones(2), np.ones(2))] == [2, 2]
    assert [made.of_one_length(each, each) for each in made.one_by_one(np.ones(2), np.ones(2))] == [2, 2]
    assert made.plain(2) == "aa"
    assert made.Held.of(np.ones((3, 2))).values.shape == (3, 2)
    assert made.Held(values=np.ones((3, 2)), name="a").first.shape == (2,)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda made: made.doubled(np.ones((2, 2))), id="an axis too many"),
        pytest.param(lambda made: made.doubled(np.ones(2, int)), id="another kind of number"),
        pytest.param(lambda made: made.doubled(np.ones(3)), id="what is returned has another length than what came"),
        pytest.param(lambda made: made.of_one_length(np.ones(2), np.ones(3)), id="two arguments of two lengths, one of them in quotes"),
        pytest.param(lambda made: list(made.one_by_one(np.ones(2), np.ones(3))), id="two lengths in a generator"),
        pytest.param(lambda made: made.quoted(np.ones((2, 2)), {}), id="an array beside what is no type while the program runs"),
        pytest.param(lambda made: made.plain("2"), id="no array, but text for a number"),
        pytest.param(lambda made: made.plain(0), id="no array, but a number for text returned"),
        pytest.param(lambda made: made.Held(values=np.ones((2, 3))), id="a field of a dataclass"),
        pytest.param(lambda made: made.Held(values=np.ones((2, 2)), name=2), id="a field that is no array"),
        pytest.param(lambda made: made.Named(values=np.ones((2, 3))), id="an inherited field"),
        pytest.param(lambda made: made.Held(values=np.ones((2, 2))).first, id="a property"),
        pytest.param(lambda made: made.Held.of(np.ones((2, 3))), id="a method of the class"),
        pytest.param(lambda made: made.Held.rows(np.ones((2, 3))), id="a static method"),
    ],
)
def test_what_does_not_fit_is_refused(made: ModuleType, wrong: Callable[[ModuleType], object]):
    with pytest.raises(TypeCheckError):
        wrong(made)


def test_the_modules_of_avemo_are_checked_so():
    with pytest.raises(TypeCheckError):
        spectrum.magnitude(np.ones(3))
