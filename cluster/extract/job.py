"""Extract features: clips in, one row a clip out, over a pool of actors, each of which does all steps of a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Literal

import pyarrow as pa

from avemo_core.appearance import networks
from avemo_core.appearance.plugged import loading
from avemo_core.appearance.selection import Selection
from avemo_core.audio_sets import built_in
from avemo_core.corpora.clips_table import clips_of, understand_clips
from avemo_core.corpora.durations import seconds_of
from avemo_core.corpora.file_order import by_file
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError
from avemo_core.extraction import table_schema
from avemo_core.extraction.config import ExtractionConfig, feature_set
from avemo_core.faces.frame_faces import MAX_FACES
from avemo_core.faces.landmarks import LandmarkScheme
from avemo_core.media.sound_choice import Channel, SoundChoice
from avemo_core.preflight.agreement import differences
from avemo_core.preflight.sample import reference
from cluster.extract.corrections import correct
from cluster.extract.dry_run import DryRun, dry_run_of
from cluster.extract.landmarks import landmarks_for
from cluster.extract.own_files import about_licences, check_tables, checked_parts, network_named, speech_named, tables_of
from cluster.extract.selection import selection_for
from cluster.extract.shard import Shard
from cluster.extract.worker import ClipWorker
from cluster.option_checks import check_reject_share, check_worker_options
from cluster.pool.preflight import Check
from cluster.pool.run import PoolOptions, RunSummary, run
from cluster.progress import Progress, say
from cluster.ray.devices import Precision, precision_of
from cluster.ray.session import resolve, session
from cluster.storage.lock import LockOptions
from cluster.tables import provenance
from cluster.tables.existing import check_table, recorded
from cluster.tables.feature_table import check_media_version
from cluster.tables.run_record import CLIPS_READ
from cluster.tables.table import open_table
from schemas.audio_sets import YAAFE

ROW_SETTINGS: Final = ("max_side", "segment_s", "stride_s", "faces", "max_faces", "sound_track", "channel")
"""Of the configuration: what makes other rows, and is alike in a whole table, though a model reads them all."""


@dataclass(frozen=True, kw_only=True)
class ExtractOptions:
    """Options of `extract`."""

    clips: str
    """A clips table (.csv, .tsv, .parquet), a folder of clips, a pattern in quotation marks, or one video or sound file."""
    out: str
    """The features table, a folder; a run on one that exists goes on with it."""
    selection: str | None = None
    """The file that `select` wrote, or `all` to keep the network's whole feature map; sound files alone, which show no face, need none."""
    network: str = networks.DEFAULT
    """The face network: resnet29, alexnet, a file of your own as onnx:FILE.onnx or torch:FILE.pt2 with its JSON beside it; none: pictures
    are not looked at."""
    weights: str | None = None
    """Its weights, a file that `pretrain` wrote; none given: the shipped ones."""
    audio: str = YAAFE
    """The audio sets, several by comma: yaafe27, librosa, egemaps (with the package opensmile); none: sound is not described."""
    speech: str | None = None
    """A speech encoder of your own, wav2vec2, HuBERT, WavLM or data2vec-audio, as hf:FOLDER or hf:FOLDER:layers=-4..-1."""
    audio_table: str | None = None
    """A table of features that you have already, as a further audio set: Parquet, csv or ARFF, or a folder of them."""
    face_table: str | None = None
    """Such a table in the place of the face network, as OpenFace and py-feat write; pictures are not looked at then."""
    precision: Precision = "auto"
    """Of the network; auto: the fastest that agrees with float32 on this machine, decided once for a table."""
    fps: float | None = None
    """At most so many frames a second; none given: every frame."""
    max_side: int | None = None
    """Shrink larger pictures to this longer side, pixels."""
    workers: int | None = None
    """Most workers; none given: as many as there is room for."""
    gpus_per_worker: float = 0.0
    """A fraction lets several workers share a device."""
    segment: str | None = None
    """Divide clips into segments of this length, such as 4s, a row each; none given: a clip is one row."""
    stride: str | None = None
    """From one segment's start to the next; none given: the segment's length."""
    landmarks: LandmarkScheme | None = None
    """By which network of FaceMesh: the 0.10.21 one's points tremble less, and models are no better for it; none given: as the table
    was begun, a new one by the first."""
    faces: Literal["main", "all"] = "main"
    """A row for the main face of a clip, or for every persistent face; the main one alone has the clip's label and subject."""
    max_faces: int = MAX_FACES
    """With --faces all, at most so many faces at once, and rows of a clip or segment."""
    sound_track: str | None = None
    """Of several sound tracks, this one: its number from 0, or its language, such as eng; none given: the file's default."""
    channel: Channel = "mix"
    """What is listened to: the mean of the channels, one of them, or the one that stands out most from its noise."""
    limit: int | None = None
    """Only the first so many clips, as the clips table has them."""
    shard: str | None = None
    """i/n: only shard i of n, an equal range of the clips by their files, into a subfolder of the output; for drivers side by side."""
    retry_rejects: bool = False
    """Try again what an earlier run rejected."""
    accept_corrections: bool = False
    """Correct the table though more than half of its clips leave, or are done again, as the clips table says now."""
    max_reject_share: float = 0.5
    """More rejects than this share of the clips end in exit code 3."""
    lock: LockOptions = field(default_factory=LockOptions)
    """What the lock of the output may do without."""
    reading: ReadOptions = field(default_factory=ReadOptions)
    """How the clips are read."""
    dry_run: bool = False
    """Say what would be done, and do nothing."""

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        check_worker_options(workers=self.workers, gpus_per_worker=self.gpus_per_worker)
        check_reject_share(self.max_reject_share)
        if self.limit is not None and self.limit < 1:
            raise ConfigError(f"--limit must be at least 1, not {self.limit}")
        SoundChoice.parse(self.sound_track, self.channel)


def extract(options: ExtractOptions) -> RunSummary:
    """Extract every clip that has neither a row nor a reject in the output, once the rows there say what the clips table says.

    Raises:
        ConfigError: a clips table, selection or model file that is missing or not valid; an output of other settings.
        TableLocked: another run writes the output.
    """
    clips, about, options = _clips_and_output(options)
    config = _config(options)
    return extract_with(config, selection_for(options.selection, config, clips), clips, options, about)


def dry_run(options: ExtractOptions) -> DryRun:
    """What `extract` would do; only reads: clips, tables of one's own and the output, and no network or encoder.

    Raises:
        ConfigError: a clips table, or one of one's own, that is missing or not valid; settings that make no sense; an output of another
            media version.
    """
    clips, _, options = _clips_and_output(options)
    _config(options)
    check_tables(options.audio_table and resolve(options.audio_table), options.face_table and resolve(options.face_table), clips)
    check_media_version(options.out)
    return dry_run_of(clips, options.out, retry_rejects=options.retry_rejects, is_whole=options.limit is None)


def _config(options: ExtractOptions) -> ExtractionConfig:
    """The settings that the options name.

    Raises:
        ConfigError: settings that make no sense, or not together; a table of another landmark scheme.
    """
    sound = SoundChoice.parse(options.sound_track, options.channel)
    return ExtractionConfig(
        network=network_named(options.network, options.face_table),
        weights=options.weights and resolve(options.weights),
        precision=precision_for(options),
        landmarks=landmarks_for(options.out, options.landmarks, is_shard=options.shard is not None),
        fps=options.fps,
        max_side=options.max_side,
        segment_s=None if options.segment is None else seconds_of(options.segment),
        stride_s=None if options.stride is None else seconds_of(options.stride),
        faces=options.faces,
        max_faces=options.max_faces,
        sound_track=sound.track,
        channel=sound.channel,
        audio=built_in.parse(options.audio),
        speech=options.speech and speech_named(options.speech),
        audio_table=options.audio_table and resolve(options.audio_table),
        face_table=options.face_table and resolve(options.face_table),
    )


def _clips_and_output(options: ExtractOptions) -> tuple[pa.Table, Mapping[str, Any], ExtractOptions]:
    """The clips of this run, how they were read, and its options with `out` as the table that it writes: with `--shard`, the shard's.

    Says what was understood of the clips.
    """
    out = resolve(options.out)
    understood = understand_clips(resolve(options.clips), options.reading)
    say(*understood.lines())
    clips, about = understood.table.slice(0, options.limit), understood.about()
    if options.shard is None:
        return clips, about, replace(options, out=out)
    shard = Shard.parse(options.shard)
    return shard.clips(clips, out), about, replace(options, out=shard.location(out))


def _preflight(config: ExtractionConfig, selection: Selection | None) -> Check | None:
    """What each node is held to; None where tables say all and no node computes anything."""
    if not config.opens_files:
        return None
    return Check(expected=partial(reference, config, selection), differences=partial(differences, precision=config.precision))


def extract_with(
    config: ExtractionConfig, selection: Selection | None, clips: pa.Table, options: ExtractOptions, about_clips: Mapping[str, Any]
) -> RunSummary:
    """Extract with the given settings, selection and clips, instead of those that the options name: for `score --clips`.

    Args:
        config: what to compute.
        selection: which values of the network's feature map are kept; None: there is no network.
        clips: in schemas.clips.CLIPS.
        options: everything else.
        about_clips: how the clips were read, for the run record.

    Raises:
        ConfigError, TableLocked: as `extract`.
    """
    out = resolve(options.out)
    row_settings = {name: getattr(config, name) for name in ROW_SETTINGS}
    parts = checked_parts(config, clips)
    fingerprint = {"feature_set": feature_set(config, selection, parts), "precision": config.precision, **row_settings, **tables_of(parts)}
    schema = table_schema.of(selection, parts)
    check_media_version(out)
    if options.shard is not None:
        Shard.parse(options.shard).check_beside(out.rpartition("/")[0], fingerprint)
    check_table(out, schema, fingerprint)
    about = {"extraction": provenance.to_json(config, selection), CLIPS_READ: dict(about_clips), **about_licences(config, parts)}
    with open_table(out, schema, fingerprint, about=about, lock_options=options.lock) as table, session():
        correct(table, clips, out, is_whole=options.limit is None, accepted=options.accept_corrections)
        pool = PoolOptions(
            workers=options.workers,
            gpus_per_worker=options.gpus_per_worker,
            retry_rejects=options.retry_rejects,
            files_together=True,
            check=_preflight(config, selection),
        )
        factory = partial(ClipWorker, config, selection, options.gpus_per_worker > 0)
        return run(clips_of(by_file(clips)), factory=factory, table=table, options=pool, progress=Progress("extract", clips.num_rows))


def precision_for(options: ExtractOptions) -> str:
    """The precision asked for; for `auto` the one of the table, if it exists, so that a resumed run keeps it."""
    if options.precision == "auto" and loading.is_plugged(options.network):
        return "float32"
    record = recorded(resolve(options.out)) if options.precision == "auto" else None
    of_table = record and record.fingerprint.get("precision")
    on_gpu = options.gpus_per_worker > 0
    return str(of_table) if of_table else precision_of(options.precision, on_gpu=on_gpu, network=options.network, weights=options.weights)
