"""One way to write a column: its name, type, unit and meaning, the last two as field metadata."""

from __future__ import annotations

import pyarrow as pa


def column(name: str, type_: pa.DataType, unit: str, meaning: str, *, nullable: bool = False) -> pa.Field:
    """A field whose metadata says its unit ("" where it has none) and what it means."""
    return pa.field(name, type_, nullable=nullable, metadata={"unit": unit, "meaning": meaning})


def vectors(width: int, value: pa.DataType) -> pa.DataType:
    """A list of vectors of one fixed width: one vector a step."""
    return pa.list_(pa.list_(pa.field("value", value, nullable=False), width))


def differences(expected: pa.Schema, found: pa.Schema) -> list[str]:
    """Say where two schemas differ in column names or types; nullability and metadata do not count.

    Returns:
        One line a difference, `column: expected TYPE, found TYPE`; empty when they agree.
    """
    lines = []
    for name in dict.fromkeys([*expected.names, *found.names]):
        wanted = expected.field(name).type if name in expected.names else None
        got = found.field(name).type if name in found.names else None
        if not _same_type(wanted, got):
            lines.append(f"{name}: expected {wanted or 'no such column'}, found {got or 'no such column'}")
    return lines


def _same_type(a: pa.DataType | None, b: pa.DataType | None) -> bool:
    if a is None or b is None:
        return a is b
    if pa.types.is_fixed_size_list(a) and pa.types.is_fixed_size_list(b):
        return a.list_size == b.list_size and _same_type(a.value_type, b.value_type)
    if _is_list(a) and _is_list(b):
        return _same_type(a.value_type, b.value_type)
    if _is_string(a) and _is_string(b):
        return True
    return bool(a.equals(b))


def _is_list(type_: pa.DataType) -> bool:
    return bool(pa.types.is_list(type_) or pa.types.is_large_list(type_))


def _is_string(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))
