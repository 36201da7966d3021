"""The audio sets that are computed: which there are, and what each is."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from avemo_core.audio_sets import egemaps, librosa_set, speech
from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.errors import ConfigError
from schemas.audio import SAMPLE_RATE_HZ
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


def further(names: Sequence[str], encoder: str | None = None, device: str = "cpu") -> tuple[AudioFeatures, ...]:
    """The sets beside the 27 features, ready to extract.

    Args:
        names: of `NAMES`.
        encoder: a speech encoder, as hf:FOLDER[:layers=a..b]; None: none.
        device: where the encoder runs, as torch names it.

    Raises:
        ConfigError: what a set needs is not installed, or the encoder's folder is none that is read.
    """
    found = [make() for name, make in FURTHER.items() if name in names]
    return (*found, *(() if encoder is None else (speech.parse(encoder, device),)))


def check(sets: Sequence[AudioFeatures]) -> None:
    """Have each set describe a second of noise, so that what is broken is found before a run begins.

    Raises:
        ConfigError: it does not load, or gives other values than it says, or none that are finite.
    """
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE_HZ).astype(np.float32)
    for each in sets:
        values = each.extract(noise)
        if values.ndim != 2 or values.shape[1] != each.audio_set.width or not len(values) or not np.isfinite(values).all():
            raise ConfigError(
                f"audio set {each.audio_set.name}: expected steps of {each.audio_set.width} finite values for a second of noise, "
                f"found shape {values.shape}{'' if np.isfinite(values).all() else ' with NaN or infinity'}"
            )
