"""By which reading of files features were made: pictures, sound and their times (docs/decisions/media-version.md)."""

import re
from typing import Final

MEDIA_VERSION: Final = 2
"""Raised whenever pictures, sound or their times come out of the same file otherwise than before."""

_PART: Final = re.compile(r" / media (\d+)$")


def part() -> str:
    """What the media version adds to a feature_set."""
    return f" / media {MEDIA_VERSION}"


def media_version(feature_set: str) -> int:
    """The media version in a feature_set; those of before say none, and are 1."""
    found = _PART.search(feature_set)
    return int(found[1]) if found else 1


def how_to_agree(model: str, features: str) -> str:
    """What to do where a model is of one feature_set and the features are of another."""
    of_model, of_features = media_version(model), media_version(features)
    if of_model < of_features:
        return (
            f"The model was trained on features of media version {of_model}, and these are of {of_features}: "
            "train again on features of this version, or score those of then."
        )
    if of_model > of_features:
        return (
            f"The features are of media version {of_features}, and the model was trained on {of_model}: "
            "extract the clips again (`score --clips` does), or score with a model that was trained on such features."
        )
    return "Extract with the model's own settings (`score --clips` does), or train on these features."
