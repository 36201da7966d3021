"""What the model card says of licences: the weights' own, and those of what made the features that the model reads."""

from typing import Final

from avemo_core.bundle.bundle import Bundle

LICENCES: Final = "licences"
"""Where a table's run record has them, by audio set, `network` for the face network; and the bundle of a model that was trained on it."""

_NETWORK: Final = "network"

_LICENCE: Final = """## Licence

Of the weights: as `license` says in the header of this file, which whoever shares the model sets. `unknown` permits nothing.
"""


def licences(bundle: Bundle) -> list[str]:
    """The card's last section, line by line; parts whose licence asks for no more than avemo's own are not in it."""
    stored = bundle.extraction.get("about", {}).get(LICENCES, {})
    reads = bundle.config.reads
    found = {part: licence for part, licence in stored.items() if ("appearance" if part == _NETWORK else part) in reads}
    if not found:
        return [_LICENCE]
    said = [f"- {'face network' if part == _NETWORK else part}: {licence}" for part, licence in found.items()]
    return [_LICENCE, "The features that it learned from, and reads, are made by what has a licence of its own:", "", *said, ""]
