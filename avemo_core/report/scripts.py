"""Data as script files: a page opened from disk may run a script that lies beside it, but may not fetch a file."""

import base64
import json
from typing import Any, Final

import numpy as np

_ESCAPES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Characters that could end a script or start markup, in a spelling that JSON reads back as the same text."""


def script(receiver: str, *values: Any) -> str:  # noqa: ANN401 - any JSON value
    """A script that hands values to a function of the page, e.g. `avemo.receive(3, {...});`.

    Raises:
        ValueError: a value is not finite; JSON has no such numbers.
    """
    arguments = ", ".join(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for value in values)
    return f"{receiver}({arguments.translate(_ESCAPES)});\n"


def packed(values: np.ndarray) -> str:
    """The array's bytes, little-endian, as base64 text."""
    return base64.b64encode(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()).decode("ascii")
