"""Lengths of time as people write them: 4s, 500ms, 2min, or plain seconds."""

from __future__ import annotations

import re
from typing import Final

from avemo_core.errors import ConfigError

_UNITS_S: Final = {"": 1.0, "s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}


def seconds_of(text: str) -> float:
    """The seconds that a text names.

    Raises:
        ConfigError: it names none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+) *([a-z]*)", text.strip())
    if match is None or match[2] not in _UNITS_S:
        raise ConfigError(f"expected a length of time such as 4s, 500ms or 2min, found {text!r}")
    return float(match[1]) * _UNITS_S[match[2]]
