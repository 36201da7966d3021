"""Score a features table: predictions and both attentions of every clip, over the same driver as extraction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from avemo_core.abstention.threshold import check_risk
from avemo_core.bundle.bundle import Bundle
from avemo_core.corpora.clips_table import understand_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.corpora.understood import Clips
from avemo_core.corrections.learned import trained_before
from avemo_core.errors import ConfigError, TableError
from avemo_core.extraction.media_version import how_to_agree
from avemo_core.features.feature_set import unlike
from avemo_core.features.parts import check_held
from avemo_core.features.preprocess.config import SubjectNormalisation
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.inference.predictor import Predictor
from avemo_core.media.sound_choice import Channel, SoundChoice
from avemo_core.runtime.public import public
from cluster.extract.dry_run import DryRun, dry_run_of
from cluster.extract.job import ExtractOptions
from cluster.option_checks import check_reject_share, check_worker_options
from cluster.pool.run import PoolOptions, RunSummary, run
from cluster.progress import Progress, say
from cluster.ray.session import resolve, session
from cluster.score.corrections import correct
from cluster.score.dry_run import dry_run_of_rows
from cluster.score.feature_rows import feature_rows, not_read_lines
from cluster.score.from_clips import check_media_version, copy_rejects, extract_clips, features_of, settings_for
from cluster.score.reliance import abstention_of, novelty_lines, settings_of
from cluster.score.subject_normalisation import tell_normalisation
from cluster.score.subjects import gather_subjects
from cluster.score.voices import KeptVoices
from cluster.score.worker import ScoreWorker
from cluster.storage.bundles import load_bundle
from cluster.storage.lock import LockOptions
from cluster.tables.existing import check_table
from cluster.tables.feature_table import columns_of_table
from cluster.tables.parts import read
from cluster.tables.table import open_table


@dataclass(frozen=True, kw_only=True)
class ScoreOptions:
    """Options of `score`."""

    model: str
    """The model, the folder that `train` wrote."""
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
    abstain: float | None = None
    """RISK: leave `predicted` null where the model is not sure enough, or the clip is novel, so that of those answered at most this share
    is wrong, as estimated on people held out; none given: every clip is answered."""
    retry_rejects: bool = False
    """Try again what an earlier run rejected."""
    subject_normalisation: SubjectNormalisation | None = None
    """auto: leave the emotions that a person is read to show, take the rest of the person away; on: as if everybody showed all emotions;
    off: leave clips as they are; none given: as the model was trained."""
    lock: LockOptions = field(default_factory=LockOptions)
    """What the lock of the output may do without."""
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
        if self.abstain is not None:
            check_risk(self.abstain)
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
        check_media_version(bundle, model)
    abstention_of(bundle, options.abstain, public(model))
    check_table(out, _predictor(bundle, options).schema, _fingerprint(bundle, options))
    if options.clips is None:
        return _score_features(bundle, options, resolve(options.features or ""))
    clips = _understood(options.clips, options)
    with session():
        features = features_of(out)
        extract_clips(bundle, _extraction(options, features), clips, track=options.sound_track, channel=options.channel)
        return _score_features(bundle, options, features)


def dry_run(options: ScoreOptions) -> DryRun:
    """What `score` would do; only reads. With --clips it counts what would be extracted.

    Raises:
        ConfigError: as `score`.
    """
    out = resolve(options.out)
    bundle = load_bundle(resolve(options.model))
    abstention_of(bundle, options.abstain, public(resolve(options.model)))
    check_table(out, _predictor(bundle, options).schema, _fingerprint(bundle, options))
    if options.clips is None:
        features = resolve(options.features or "")
        check_feature_set(bundle, features)
        return dry_run_of_rows(features, out, retry_rejects=options.retry_rejects, by_subject=_predictor(bundle, options).needs_subjects)
    if bundle.extraction:
        settings_for(bundle)  # refuses a model that no clips can be extracted for
    clips = _understood(options.clips, options)
    return replace(dry_run_of(clips.table, features_of(out), retry_rejects=options.retry_rejects), out=out)


def _understood(location: str, options: ScoreOptions) -> Clips:
    """The clips; says what was understood of them."""
    clips = understand_clips(resolve(location), options.reading, needs_labels=False)
    say(*clips.lines())
    return clips


def _extraction(options: ScoreOptions, features: str) -> ExtractOptions:
    return ExtractOptions(
        clips=options.clips or "",
        out=features,
        selection="all",
        workers=options.workers,
        gpus_per_worker=options.gpus_per_worker,
        retry_rejects=options.retry_rejects,
        accept_corrections=options.accept_corrections,
        lock=options.lock,
    )


def _score_features(bundle: Bundle, options: ScoreOptions, features: str) -> RunSummary:
    check_feature_set(bundle, features)
    model, out, predictor = resolve(options.model), resolve(options.out), _predictor(bundle, options)
    abstention = abstention_of(bundle, options.abstain, public(model))
    about = {"model": public(model), "features": public(features), "inputs": list(bundle.config.reads), **settings_of(abstention)}
    if abstention is not None:
        say(f"score: {abstention.line()}")
    say(*not_read_lines(predictor.modalities, features))
    with open_table(out, predictor.schema, _fingerprint(bundle, options), about=about, lock_options=options.lock) as table, session():
        corrections = correct(table, features, out, by_subject=predictor.needs_subjects, accepted=options.accept_corrections)
        if told := trained_before(bundle.split, corrections.truth.rows):
            say(f"score: {told}")
        unusable = copy_rejects(features, table) if options.clips else {}
        subjects, kept = gather_subjects(model, features, out) if predictor.needs_subjects else (SubjectStatistics(), KeptVoices())
        tell_normalisation(predictor, subjects, corrections.truth.rows, table)
        threshold = None if abstention is None else abstention.threshold
        given = (subjects.to_table(), options.gpus_per_worker > 0, options.subject_normalisation, threshold, kept)
        factory = partial(ScoreWorker, model, features, *given)
        items = list(feature_rows(features))
        summary = run(items, factory=factory, table=table, options=_pool(options), progress=Progress("score", len(items)))
    say(*novelty_lines(out))
    standing = max(0, summary.standing_rejects - sum(unusable.values()))
    return replace(summary, rejected=Counter(summary.rejected) + Counter(unusable), standing_rejects=standing)


def _predictor(bundle: Bundle, options: ScoreOptions) -> Predictor:
    return Predictor(bundle, normalisation=options.subject_normalisation)


def _fingerprint(bundle: Bundle, options: ScoreOptions) -> dict[str, Any]:
    """What changes the values; the normalisation where it is not the model's own, and a risk, so that tables of before go on."""
    asked = options.subject_normalisation
    other: dict[str, Any] = {} if asked in (None, bundle.config.subject_normalisation) else {"subject_normalisation": str(asked)}
    if options.abstain is not None:
        other["abstain"] = options.abstain
    return {"model": bundle.model_id, "feature_set": bundle.feature_set, **other}


def _pool(options: ScoreOptions) -> PoolOptions:
    return PoolOptions(
        workers=options.workers,
        gpus_per_worker=options.gpus_per_worker,
        chunk_clips=256,
        retry_rejects=options.retry_rejects,
        stage="score",
    )


def check_feature_set(bundle: Bundle, features: str) -> None:
    """Refuse features that were extracted otherwise than the model's own.

    Raises:
        ConfigError: no features table there, or one that lacks a part which the model reads, or has measured one otherwise.
    """
    try:
        found = read(features, ["feature_set"]).column("feature_set").unique().to_pylist()
    except TableError as error:
        raise ConfigError(str(error)) from error
    check_held(bundle.config.reads, columns_of_table(features), f"{features}: the model reads what these do not hold")
    if other := [name for name in found if not bundle.accepts(name)]:
        raise ConfigError(
            f"{features}: features that this model does not know\n  expected: {bundle.feature_set}\n  found:    {', '.join(other)}\n"
            f"  measured otherwise: {', '.join(unlike(bundle.feature_set, other[0], bundle.config.reads))}\n"
            f"  {how_to_agree(bundle.feature_set, other[0])}"
        )
