"""Score a features table: predictions and both attentions of every clip, over the same driver as extraction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial

from avemo_core.bundle.bundle import Bundle
from avemo_core.corpora.clips_table import understand_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.corpora.understood import Clips
from avemo_core.corrections.learned import trained_before
from avemo_core.errors import ConfigError, TableError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.media_version import MEDIA_VERSION, how_to_agree, media_version
from avemo_core.features.preprocess.config import SubjectNormalisation
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.inference.predictor import Predictor
from avemo_core.media.sound_choice import Channel, SoundChoice
from avemo_core.runtime.public import public
from cluster.extract.dry_run import DryRun, dry_run_of
from cluster.extract.job import ExtractOptions, extract_with, precision_for
from cluster.option_checks import check_reject_share, check_worker_options
from cluster.pool.run import PoolOptions, RunSummary, run
from cluster.progress import Progress, say
from cluster.ray.session import resolve, session
from cluster.score.corrections import correct
from cluster.score.dry_run import dry_run_of_rows
from cluster.score.feature_rows import feature_rows, not_read_lines
from cluster.score.subject_normalisation import tell_normalisation
from cluster.score.subjects import gather_subjects
from cluster.score.worker import ScoreWorker
from cluster.storage.bundles import load_bundle
from cluster.tables import provenance
from cluster.tables.existing import check_table
from cluster.tables.parts import read
from cluster.tables.paths import FEATURES, sibling
from cluster.tables.rejects import Rejected, read_rejects
from cluster.tables.table import Table, open_table
from schemas.rejects import Reason


@dataclass(frozen=True, kw_only=True)
class ScoreOptions:
    """Options of `score`."""

    model: str
    """The bundle that `train` wrote."""
    out: str
    """The predictions table, a folder; a run on one that exists goes on with it."""
    features: str | None = None
    """A features table; or give --clips."""
    clips: str | None = None
    """Clips as extract takes them, extracted first into OUT.avemo/features, with the settings of the model's own features."""
    sound_track: str | None = None
    """With --clips, of several sound tracks this one: its number from 0, or its language; none given: as the model's own features."""
    channel: Channel | None = None
    """With --clips, what is listened to: the mean of the channels or one of them; none given: as the model's own features."""
    workers: int | None = None
    """Most workers; none given: as many as there is room for."""
    gpus_per_worker: float = 0.0
    """A fraction lets several workers share a device."""
    retry_rejects: bool = False
    """Try again what an earlier run rejected."""
    subject_normalisation: SubjectNormalisation | None = None
    """auto: leave the emotions that a person is read to show, take the rest of the person away; on: as if everybody showed all emotions;
    off: leave clips as they are; none given: as the model was trained."""
    accept_corrections: bool = False
    """Correct the table though more than half of its clips leave, or are done again, as the clips table or the features say now."""
    max_reject_share: float = 0.5
    """More rejects than this share of the clips end in exit code 3."""
    reading: ReadOptions = field(default_factory=ReadOptions)
    """How the clips are read."""
    dry_run: bool = False
    """Say what would be done, and do nothing."""

    def __post_init__(self) -> None:
        """Refuse both inputs or none, and numbers that make no sense."""
        check_worker_options(workers=self.workers, gpus_per_worker=self.gpus_per_worker)
        check_reject_share(self.max_reject_share)
        if (self.features is None) == (self.clips is None):
            raise ConfigError("score takes --features FEATURES or --clips CLIPS, one of them")
        if self.clips is None and (self.sound_track, self.channel) != (None, None):
            raise ConfigError("--sound-track and --channel are for --clips: features were extracted by a choice of their own")
        SoundChoice.parse(self.sound_track, self.channel or "mix")


def score(options: ScoreOptions) -> RunSummary:
    """Score every row of the features, given or extracted from the clips, that has no prediction or reject in the output.

    Raises:
        ConfigError: no such model, features or clips; features of another feature_set; an output of another model.
        TableLocked: another run writes the output.
        KeyboardInterrupt: the extraction of the clips was asked to stop.
    """
    model, out = resolve(options.model), resolve(options.out)
    bundle = load_bundle(model)
    if options.clips is not None:
        _check_media_version(bundle, model)
    check_table(out, _predictor(bundle, options).schema, _fingerprint(bundle, options))
    if options.clips is None:
        return _score_features(bundle, options, resolve(options.features or ""))
    clips = _understood(options.clips, options)
    with session():
        features = _extract_clips(bundle, options, clips, out)
        return _score_features(bundle, options, features)


def dry_run(options: ScoreOptions) -> DryRun:
    """What `score` would do; only reads. With --clips it counts what would be extracted.

    Raises:
        ConfigError: as `score`.
    """
    out = resolve(options.out)
    bundle = load_bundle(resolve(options.model))
    check_table(out, _predictor(bundle, options).schema, _fingerprint(bundle, options))
    if options.clips is None:
        features = resolve(options.features or "")
        check_feature_set(bundle, features)
        return dry_run_of_rows(features, out, retry_rejects=options.retry_rejects, by_subject=_predictor(bundle, options).needs_subjects)
    clips = _understood(options.clips, options)
    return replace(dry_run_of(clips.table, _features_of(out), retry_rejects=options.retry_rejects), out=out)


def _understood(location: str, options: ScoreOptions) -> Clips:
    """The clips; says what was understood of them."""
    clips = understand_clips(resolve(location), options.reading, needs_labels=False)
    say(*clips.lines())
    return clips


def _features_of(out: str) -> str:
    """Where the features of `score --clips` are."""
    return f"{sibling(out)}/{FEATURES}"


def _score_features(bundle: Bundle, options: ScoreOptions, features: str) -> RunSummary:
    check_feature_set(bundle, features)
    model, out, predictor = resolve(options.model), resolve(options.out), _predictor(bundle, options)
    fingerprint, about = _fingerprint(bundle, options), {"model": public(model), "features": public(features)}
    say(*not_read_lines(predictor.modalities, features))
    with session(), open_table(out, predictor.schema, fingerprint, about=about) as table:
        corrections = correct(table, features, out, by_subject=predictor.needs_subjects, accepted=options.accept_corrections)
        if told := trained_before(bundle.split, corrections.truth.rows):
            say(f"score: {told}")
        unusable = _copy_rejects(features, table) if options.clips else {}
        subjects = gather_subjects(model, features, out) if predictor.needs_subjects else SubjectStatistics()
        tell_normalisation(predictor, subjects, corrections.truth.rows, table)
        given = (subjects.to_table(), options.gpus_per_worker > 0, options.subject_normalisation)
        factory = partial(ScoreWorker, model, features, *given)
        items = list(feature_rows(features))
        summary = run(items, factory=factory, table=table, options=_pool(options), progress=Progress("score", len(items)))
    standing = max(0, summary.standing_rejects - sum(unusable.values()))
    return replace(summary, rejected=Counter(summary.rejected) + Counter(unusable), standing_rejects=standing)


def _predictor(bundle: Bundle, options: ScoreOptions) -> Predictor:
    return Predictor(bundle, normalisation=options.subject_normalisation)


def _fingerprint(bundle: Bundle, options: ScoreOptions) -> dict[str, str]:
    """What changes the values; the normalisation where it is not the model's own, so that tables of before go on."""
    asked = options.subject_normalisation
    other = {} if asked in (None, bundle.config.subject_normalisation) else {"subject_normalisation": str(asked)}
    return {"model": bundle.model_id, "feature_set": bundle.feature_set, **other}


def _pool(options: ScoreOptions) -> PoolOptions:
    return PoolOptions(
        workers=options.workers,
        gpus_per_worker=options.gpus_per_worker,
        chunk_clips=256,
        retry_rejects=options.retry_rejects,
        stage="score",
    )


def _extract_clips(bundle: Bundle, options: ScoreOptions, clips: Clips, out: str) -> str:
    """Extract the clips into a table of their own below the output, by the provenance of the model's own features.

    Returns:
        The features table.

    Raises:
        KeyboardInterrupt: it was asked to stop. Subjects' statistics, once written, do not change: a part of the clips must not fix them.
    """
    config, selection = provenance.from_json(bundle.extraction.get("about", {}).get("extraction", {}))
    config, features = _with_sound(config, options), _features_of(out)
    extract_options = ExtractOptions(
        clips=options.clips or "",
        out=features,
        selection="all",
        workers=options.workers,
        gpus_per_worker=options.gpus_per_worker,
        retry_rejects=options.retry_rejects,
        accept_corrections=options.accept_corrections,
    )
    extract_with(
        replace(config, precision=precision_for(extract_options)), selection, clips.table, extract_options, clips.about()
    ).or_interrupt()
    return features


def _with_sound(config: ExtractionConfig, options: ScoreOptions) -> ExtractionConfig:
    """The settings with the sound that the options name, or else with that of the model's own features."""
    track = config.sound_track if options.sound_track is None else SoundChoice.parse(options.sound_track).track
    return replace(config, sound_track=track, channel=options.channel or config.channel)


def _check_media_version(bundle: Bundle, model: str) -> None:
    """Refuse to extract for a model that was trained on another reading of the files."""
    found = media_version(bundle.feature_set)
    if found != MEDIA_VERSION:
        raise ConfigError(
            f"--model {public(model)}: it was trained on features of media version {found}, and this avemo extracts version "
            f"{MEDIA_VERSION}: train again on features of this version, or score those of then with --features"
        )


def _copy_rejects(features: str, table: Table) -> dict[str, int]:
    """Make the rejects of the features table rejects of the predictions too.

    Returns:
        How many of them are new, by reason.
    """
    known = table.rejected() | table.done()
    rows = read_rejects(features).drop_columns("time").to_pylist()
    new = [Rejected(**row | {"reason": Reason(row["reason"])}) for row in rows if row["source_id"] not in known]
    table.publish_rejects(new)
    return Counter(str(reject.reason) for reject in new)


def check_feature_set(bundle: Bundle, features: str) -> None:
    """Refuse features that were extracted otherwise than the model's own.

    Raises:
        ConfigError: no features table there, or one of another feature_set.
    """
    try:
        found = read(features, ["feature_set"]).column("feature_set").unique().to_pylist()
    except TableError as error:
        raise ConfigError(str(error)) from error
    if other := [name for name in found if name != bundle.feature_set]:
        raise ConfigError(
            f"{features}: features that this model does not know\n  expected: {bundle.feature_set}\n  found:    {', '.join(other)}\n"
            f"  {how_to_agree(bundle.feature_set, other[0])}"
        )
