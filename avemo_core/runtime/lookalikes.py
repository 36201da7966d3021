"""Names that look the same and are not: macOS writes ü as u and a mark of its own, other systems as one letter."""

from collections.abc import Callable
from typing import Final, Literal
from unicodedata import normalize

_FORMS: Final[tuple[Literal["NFC", "NFD"], ...]] = ("NFC", "NFD")
"""Unicode Standard Annex 15: composed, as most programs write, and decomposed."""


def about_lookalike(name: str, is_there: Callable[[str], bool]) -> str:
    """What to say where a name is not there, and one is that looks the same; "" where none is.

    Args:
        name: what was looked for; the whole path of a file.
        is_there: whether there is one of exactly this name.
    """
    if any(is_there(other) for form in _FORMS if (other := normalize(form, name)) != name):
        return "a name that looks the same is there, in other code points (macOS writes ü as u and a mark): write it as it is there"
    return ""
