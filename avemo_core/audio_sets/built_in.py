"""The audio sets that are computed: which there are, and what each is."""

from collections.abc import Callable, Sequence
from typing import Final

from avemo_core.audio_sets import egemaps, librosa_set
from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.errors import ConfigError
from schemas.audio_sets import YAAFE

NONE: Final = "none"
FURTHER: Final[dict[str, Callable[[], AudioFeatures]]] = {librosa_set.NAME: librosa_set.LibrosaSet, egemaps.NAME: egemaps.Egemaps}
"""The one list of the sets that `--audio` offers beside the 27 features, in the order in which tables have them."""
NAMES: Final = (YAAFE, *FURTHER)


def parse(text: str) -> tuple[str, ...]:
    """The sets that an option names, in the order of `NAMES`, each once; none of `none`.

    Raises:
        ConfigError: a name that is no set's; `none` beside others.
    """
    asked = [name.strip() for name in text.split(",")]
    if asked == [NONE]:
        return ()
    if unknown := [name for name in asked if name not in NAMES]:
        hint = "it stands alone" if NONE in unknown else f"expected {', '.join(NAMES)}, several by comma, or {NONE}"
        raise ConfigError(f"--audio {text}: {unknown[0]!r} is no audio set: {hint}")
    return tuple(name for name in NAMES if name in asked)


def further(names: Sequence[str]) -> tuple[AudioFeatures, ...]:
    """The sets of these names beside the 27 features, ready to extract.

    Raises:
        ConfigError: what a set needs is not installed.
    """
    return tuple(make() for name, make in FURTHER.items() if name in names)
