"""What an extraction is given of one's own: where it lies, and what its licences say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from avemo_core.appearance.plugged import loading
from avemo_core.audio_sets import built_in
from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.extraction.config import ExtractionConfig
from cluster.progress import say
from cluster.ray.session import resolve

LICENCES: Final = "licences"
"""Where a table's run record has them, and the bundle of a model that was trained on it."""


def network_named(network: str) -> str:
    """The network of an option, its file as workers find it."""
    kind, _, location = network.partition(":")
    return f"{kind}:{resolve(location)}" if loading.is_plugged(network) else network


def speech_named(encoder: str) -> str:
    """The speech encoder of an option, its folder as workers find it."""
    return f"hf:{resolve(encoder.removeprefix('hf:'))}" if encoder.startswith("hf:") else encoder


def checked_audio_sets(config: ExtractionConfig) -> tuple[AudioFeatures, ...]:
    """The audio sets beside the 27 features, once each has described a second of noise.

    Raises:
        ConfigError: what one needs is not installed, or it fails.
    """
    further = built_in.further(config.audio, config.speech)
    built_in.check(further)
    return further


def about_licences(config: ExtractionConfig, further: Sequence[AudioFeatures]) -> dict[str, Any]:
    """Say what the licences of the parts ask for, and give it for the run record; nothing where none asks for more than avemo's own."""
    found = {each.audio_set.name: each.licence for each in further if each.licence}
    if licence := loading.licence_of(config.network):
        found["network"] = licence
    for part, licence in found.items():
        say(f"licence of {part}: {licence}")
    return {LICENCES: found} if found else {}
