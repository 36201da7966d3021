"""What a reader found in a folder, as JSON: rows, and for each column what tells equal values from others.

Runs in the reader's own environment, so it needs nothing but Python. A script `with_NAME.py` beside it gives two functions to `main`:
one opens a folder into whatever the reader holds tables in, the other makes lists of plain values of it, a list a column.
"""

import hashlib
import json
import math
import re
import struct
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

KEY = "clip_id"
"""The rows are put in the order of this column before they are compared: readers give them in orders of their own."""


def of_table(columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Rows, and per column its nulls, empty lists, values and a digest; two tables are equal if and only if these are.

    Args:
        columns: plain values, a list a column; the lists of a list column may be any iterable.
    """
    order = sorted(range(len(columns[KEY])), key=columns[KEY].__getitem__) if KEY in columns else []
    return {"rows": len(order), "columns": {name: of_column([values[row] for row in order]) for name, values in columns.items()}}


def of_column(values: Iterable[Any]) -> dict[str, Any]:
    """Facts of one column: `nulls` and `empty` lists on the outer level, `values` on the innermost, `digest` of everything in order."""
    counts = {"nulls": 0, "empty": 0, "values": 0}
    digest = hashlib.sha256()
    for value in values:
        counts["nulls"] += value is None
        counts["empty"] += _is_list(value) and len(value) == 0
        counts["values"] += _feed(digest, value)
    return {**counts, "digest": digest.hexdigest()[:16]}


def main(distribution: str, opened: Callable[[str], Any], columns: Callable[[Any], Mapping[str, Sequence[Any]]]) -> None:
    """Open every folder named on the command line and print {folder: facts, or {"error": sentence}}; `--measure` prints time and memory.

    Args:
        distribution: the reader's name on PyPI.
        opened: opens a folder and reads all of it into memory.
        columns: plain values of what `opened` gives.
    """
    folders = [argument for argument in sys.argv[1:] if argument != "--measure"]
    found = {folder: _measured(opened, folder) if "--measure" in sys.argv else _read(opened, columns, folder) for folder in folders}
    # Some readers print while they read; the last line is the answer.
    sys.stdout.write(f"\n{json.dumps({'version': version(distribution), 'found': found})}\n")


def _read(opened: Callable[[str], Any], columns: Callable[[Any], Mapping[str, Sequence[Any]]], folder: str) -> dict[str, Any]:
    try:
        return of_table(columns(opened(folder)))
    except Exception as error:  # noqa: BLE001 - each reader has errors of its own; what it said is the finding
        cause = f"; caused by {error.__cause__!r}" if error.__cause__ else ""
        return {"error": f"{type(error).__name__}: {error}{cause}"[:600]}


def _measured(opened: Callable[[str], Any], folder: str) -> dict[str, float]:
    before_mb, start_s, start_cpu_s = _peak_mb(), time.perf_counter(), time.process_time()
    kept = opened(folder)
    found = {"seconds": time.perf_counter() - start_s, "cpu_s": time.process_time() - start_cpu_s, "mb": _peak_mb() - before_mb}
    del kept
    return found


def _peak_mb() -> float:
    """Most memory this process had, as Linux says it; `ru_maxrss` would start at what the parent had as it forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def _feed(digest: Any, value: Any) -> int:  # noqa: ANN401 - hashlib's type has no name
    """Add a value to the digest, with its kind and its length; how many innermost values it has."""
    if value is None:
        digest.update(b"null")
        return 0
    if _is_list(value):
        digest.update(b"[" + len(value).to_bytes(8, "big"))
        return sum(_feed(digest, each) for each in value)
    if isinstance(value, str):
        digest.update(b"s" + len(value.encode()).to_bytes(8, "big") + value.encode())
        return 1
    number = float(value)
    # One NaN stands for all: its sign and its payload are nobody's values. Every float32 is a float64 exactly.
    digest.update(b"nan" if math.isnan(number) else b"n" + struct.pack(">d", number))
    return 1


def _is_list(value: object) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str | bytes)
