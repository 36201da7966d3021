"""Stand-ins for packages that a machine with torch alone may lack: what is timed names their types, and calls nothing of them."""

import importlib.util
import sys
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock


class _Anything:
    """A type with axes, of which nobody asks anything."""

    def __class_getitem__(cls, _axes: object) -> Any:  # noqa: ANN401 - what it is for
        return Any


class _Jaxtyping(ModuleType):
    """Every name is a type."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything


def stand_in() -> list[str]:
    """Put stand-ins where packages are missing; says which."""
    stands = {"jaxtyping": _Jaxtyping("jaxtyping"), "pyarrow": MagicMock()}
    missing = [name for name in stands if sys.modules.get(name, "") is None or importlib.util.find_spec(name) is None]
    sys.modules.update({name: stands[name] for name in missing})
    return missing
