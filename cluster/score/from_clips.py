"""`score --clips`: the clips are extracted first, into a table of their own below the output, by the model's own settings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from avemo_core.appearance.plugged import loading
from avemo_core.appearance.selection import Selection
from avemo_core.audio_sets.speech import NAME as SPEECH
from avemo_core.bundle.bundle import Bundle
from avemo_core.corpora.understood import Clips
from avemo_core.errors import ConfigError
from avemo_core.extraction.config import NO_NETWORK, ExtractionConfig, feature_set
from avemo_core.extraction.media_version import MEDIA_VERSION, media_version
from avemo_core.extraction.parts import Parts
from avemo_core.features.feature_set import unlike
from avemo_core.features.parts import is_of_face
from avemo_core.media.sound_choice import Channel, SoundChoice
from avemo_core.own_tables.own_table import OWN
from avemo_core.runtime.public import public
from cluster.extract.job import ExtractOptions, extract_with, precision_for
from cluster.tables import provenance
from cluster.tables.paths import FEATURES, sibling
from cluster.tables.rejects import Rejected, read_rejects
from cluster.tables.table import Table
from schemas.rejects import Reason


def features_of(out: str) -> str:
    """Where the features of `score --clips` are."""
    return f"{sibling(out)}/{FEATURES}"


def extract_clips(bundle: Bundle, options: ExtractOptions, clips: Clips, *, track: str | None, channel: Channel | None) -> None:
    """Extract the clips into `options.out`, by the provenance of the model's own features.

    Args:
        bundle: the model.
        options: of the extraction.
        clips: what to extract.
        track: `--sound-track`; None: as the model's own features.
        channel: `--channel`; None: likewise.

    Raises:
        ConfigError: the model reads features that nobody can compute from clips.
        KeyboardInterrupt: it was asked to stop. Subjects' statistics, once written, do not change: a part of the clips must not fix them.
    """
    config, selection = settings_for(bundle)
    if selection is not None and loading.is_plugged(config.network):
        selection.check(loading.load(config.network))  # its file may be another one by now
    _check_parts(bundle, config, selection)
    precision = precision_for(replace(options, network=config.network, weights=config.weights))
    config = replace(with_sound(config, track, channel), precision=precision)
    extract_with(config, selection, clips.table, options, clips.about()).or_interrupt()


def settings_for(bundle: Bundle) -> tuple[ExtractionConfig, Selection | None]:
    """How the model's own features were extracted, as far as it reads them: what else its table held costs time, and changes nothing.

    Raises:
        ConfigError: the model reads a table of its user's own.
    """
    config, selection = provenance.from_json(bundle.extraction.get("about", {}).get("extraction", {}))
    reads = bundle.config.reads
    if not any(map(is_of_face, reads)):
        config, selection = replace(config, network=NO_NETWORK, face_table=None), None
    if (config.audio_table and OWN in reads) or config.face_table:
        raise ConfigError(
            "--clips: this model reads features from a table of its user's own, which has no rows of other clips: extract these with "
            "--audio-table or --face-table of theirs, and score the --features"
        )
    speech = config.speech if SPEECH in reads else None
    return replace(config, audio=tuple(name for name in config.audio if name in reads), speech=speech, audio_table=None), selection


def _check_parts(bundle: Bundle, config: ExtractionConfig, selection: Selection | None) -> None:
    """Refuse before hours are spent what would be refused after them: an encoder's folder or a library may be another one by now."""
    made = feature_set(config, selection, Parts.load(config.audio, config.speech, None, None))
    if other := unlike(bundle.feature_set, made, bundle.config.reads):
        raise ConfigError(
            f"--clips: {', '.join(other)} would be measured otherwise than for this model\n  expected: {bundle.feature_set}\n"
            f"  found:    {made}\n  Bring back the files and packages of then, or extract and train again."
        )


def with_sound(config: ExtractionConfig, track: str | None, channel: Channel | None) -> ExtractionConfig:
    """The settings with the sound that the options name, or else with that of the model's own features."""
    number = config.sound_track if track is None else SoundChoice.parse(track).track
    return replace(config, sound_track=number, channel=channel or config.channel)


def check_media_version(bundle: Bundle, model: str) -> None:
    """Refuse to extract for a model that was trained on another reading of the files."""
    found = media_version(bundle.feature_set)
    if found != MEDIA_VERSION:
        raise ConfigError(
            f"--model {public(model)}: it was trained on features of media version {found}, and this avemo extracts version "
            f"{MEDIA_VERSION}: train again on features of this version, or score those of then with --features"
        )


def copy_rejects(features: str, table: Table) -> dict[str, int]:
    """Make the rejects of the features table rejects of the predictions too.

    Returns:
        How many of them are new, by reason.
    """
    known = table.rejected() | table.done()
    rows = read_rejects(features).drop_columns("time").to_pylist()
    new = [Rejected(**row | {"reason": Reason(row["reason"])}) for row in rows if row["source_id"] not in known]
    table.publish_rejects(new)
    return Counter(str(reject.reason) for reject in new)
