"""Label aliases of the corpora, mapped to the seven emotions in one table."""

from __future__ import annotations

from typing import Final

from avemo_core.errors import ConfigError
from schemas.emotions import EMOTIONS

ALIASES: Final[dict[str, str]] = {
    **{emotion: emotion for emotion in EMOTIONS},
    **dict.fromkeys(("anger", "ang", "mad", "marah"), "angry"),
    **dict.fromkeys(("disgusted", "dis", "jijik"), "disgust"),
    **dict.fromkeys(("fearful", "fea", "afraid", "scared", "takut"), "fear"),
    **dict.fromkeys(("happiness", "hap", "joy", "joyful", "bahagia"), "happy"),
    **dict.fromkeys(("neu", "netral"), "neutral"),
    **dict.fromkeys(("sadness", "sedih"), "sad"),
    **dict.fromkeys(("surprised", "sur", "surprize", "ps", "pleasant_surprise", "terkejut"), "surprise"),
}
"""Spelling, lower case, as seen in AFEW, RAVDESS, CREMA-D, SAVEE, TESS, Java-SED -> the emotion."""


def is_label(label: str) -> bool:
    """Whether a corpus's label names one of the seven emotions."""
    return label.strip().lower() in ALIASES


def emotion(label: str) -> str:
    """The emotion that a corpus's label names.

    Raises:
        ConfigError: a label outside the seven.
    """
    found = ALIASES.get(label.strip().lower())
    if found is None:
        raise ConfigError(
            f"label {label!r} is none of the seven emotions: {', '.join(EMOTIONS)} (or an alias of one, in avemo_core/corpora/labels.py)"
        )
    return found
