"""LiteRT's interpreter, on one thread and without its announcement."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from ai_edge_litert.interpreter import Interpreter

_STDERR: Final = Lock()
"""Standard error is the process's: of two threads that put it aside at once, one would bring back what the other had put there for good."""


def interpreter(model: Path | bytes) -> Interpreter:
    """An interpreter that has made room for the model's tensors.

    Args:
        model: a .tflite file, or what would be in it.

    Raises:
        ValueError: it is none, or has operators that LiteRT does not know.
        RuntimeError: shapes do not fit together.
    """
    source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
    with _STDERR, _quiet_stderr():
        made = Interpreter(**source, num_threads=1)
        made.allocate_tensors()
    return made


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Drop what is written to the process's standard error: LiteRT announces its delegate there and has no switch for it."""
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
