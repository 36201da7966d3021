"""Fields of a dataclass whose arrays may lie on a disk: whoever asks for one gets arrays, and does not see where they were.

    clip.appearance     in memory    the array that was given
                        on a disk    a new one, read at this moment; it is in memory as long as whoever asked holds it

What is in memory is so what somebody works on, whatever lies on the disk.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from io import FileIO
from typing import Any, NamedTuple, TypeVar, overload

import numpy as np

from avemo_core.errors import AvemoError

T = TypeVar("T")


class Place(NamedTuple):
    """Where an array lies in a file."""

    start: int
    """In bytes."""
    dtype: np.dtype
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """An array, or a tuple or mapping of arrays, that lies in a file."""

    file: FileIO
    content: Any
    """The value, with a `Place` for each array."""

    def read(self) -> Any:  # noqa: ANN401 - of the type that was stored
        """The value as it was stored; its arrays are read-only.

        Raises:
            AvemoError: the disk does not give back what was written.
        """
        return self._read(self.content)

    def _read(self, value: Any) -> Any:  # noqa: ANN401 - of any type, and gives the same
        if isinstance(value, Place):
            array = np.empty(value.shape, value.dtype)
            _read_into(array, self.file, value.start)
            array.flags.writeable = False  # what was changed would be as it was at the next read
            return array
        if isinstance(value, tuple):
            return rebuilt(value, map(self._read, value))
        if isinstance(value, Mapping):
            return {name: self._read(item) for name, item in value.items()}
        return value


def _read_into(array: np.ndarray, file: FileIO, start: int) -> None:
    left = as_bytes(array)
    while left.nbytes:
        try:
            count = os.preadv(file.fileno(), [left], start)
        except OSError as error:
            raise AvemoError(f"TMPDIR: the disk gives an error where features lie: {error.strerror or error}") from error
        if not count:
            raise AvemoError("TMPDIR: the file where features lie ends before what was written into it")
        left, start = left[count:], start + count


def as_bytes(array: np.ndarray) -> memoryview:
    """The bytes of a contiguous array, as they lie in memory."""
    return array.reshape(-1).view(np.uint8).data


def rebuilt(value: tuple[Any, ...], items: Iterator[Any]) -> tuple[Any, ...]:
    """A tuple of these items, of the same class as `value` where that one has names."""
    return type(value)(*items) if hasattr(value, "_fields") else tuple(items)


class _Storable:
    """A data descriptor, as dataclasses know them: it keeps the field's value in the instance, and reads it where it is `Stored`."""

    def __init__(self, default_factory: Callable[[], Any] | None) -> None:
        self._default_factory, self._name = default_factory, ""

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, _: type | None = None) -> Any:  # noqa: ANN401 - of the field's type
        if instance is None:  # so a dataclass asks for the default, which `__set__` knows again
            if self._default_factory is None:
                raise AttributeError(self._name)
            return self
        value = vars(instance)[self._name]
        return value.read() if type(value) is Stored else value

    def __set__(self, instance: object, value: Any) -> None:  # noqa: ANN401 - of the field's type
        vars(instance)[self._name] = self._default_factory() if value is self and self._default_factory else value


def storable(default_factory: Callable[[], Any] | None = None) -> Any:  # noqa: ANN401 - as `dataclasses.field`
    """A field whose arrays may lie on a disk, of a frozen dataclass without slots.

    Args:
        default_factory: makes the value where none is given; None: one must be.
    """
    return _Storable(default_factory)


def storable_fields(value: object) -> list[str]:
    """The names of a dataclass's fields that may lie on a disk."""
    return [name for name, field in vars(type(value)).items() if isinstance(field, _Storable)]


def changed(value: T, **changes: Any) -> T:  # noqa: ANN401 - as `dataclasses.replace`
    """A dataclass with other values for some fields, as `dataclasses.replace`; what lies on a disk is not read, and stays there."""
    if unknown := changes.keys() - vars(value).keys():
        raise TypeError(f"{type(value).__name__} has no field {', '.join(sorted(unknown))}")
    other = copy(value)
    vars(other).update(changes)
    return other


class EachOf(Sequence[T]):
    """A value of each of some items, made anew whenever it is asked for: one at a time is in memory.

    Args:
        items: of which.
        value: makes it.
    """

    def __init__(self, items: Sequence[Any], value: Callable[[Any], T]) -> None:
        self._items, self._value = items, value

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> "EachOf[T]": ...
    def __getitem__(self, place: int | slice) -> "T | EachOf[T]":
        if isinstance(place, slice):
            return EachOf(self._items[place], self._value)
        return self._value(self._items[place])
