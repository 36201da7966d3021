"""The worker of `score`: reads a chunk's rows, runs the bundle, yields predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import AvemoError, DamagedPart, MediaError, StorageFailed
from avemo_core.features.preprocess.config import SubjectNormalisation
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.inference.predictor import Predictor
from avemo_core.runtime.threads import use_one
from cluster.pool.work import Outcome, RowStream
from cluster.ray.devices import device_of
from cluster.score.feature_rows import FeatureRows, read_rows
from cluster.score.voices import KeptVoices, VoiceReader
from cluster.storage.bundles import load_bundle
from cluster.tables.rejects import Rejected
from schemas.rejects import Reason


class ScoreWorker:
    """Scores chunks in one process: reads their rows, runs the bundle, yields predictions.

    Args:
        model: where the bundle is.
        features: where the features are.
        subjects: the subjects' statistics, as a table.
        on_gpu: whether each worker was given a GPU or a fraction of one.
        normalisation: by subject; None: as the model was trained.
        threshold: the least confidence that is answered; None: every clip is.
        kept: voices that were read when people were measured.
    """

    def __init__(
        self,
        model: str,
        features: str,
        subjects: pa.Table,
        on_gpu: bool,  # noqa: FBT001 - a factory's argument
        normalisation: SubjectNormalisation | None = None,
        threshold: float | None = None,
        kept: KeptVoices = KeptVoices(),  # noqa: B008 - frozen
    ) -> None:
        use_one()
        self._predictor = Predictor(load_bundle(model), device_of(on_gpu=on_gpu), normalisation, threshold)
        self._features = features
        self._subjects = SubjectStatistics.from_table(subjects)
        self._voices = VoiceReader(kept)
        self.stage_seconds: dict[str, float] = {"read": 0.0, "score": 0.0}

    def rows(self, chunk: Sequence[FeatureRows]) -> Iterator[Outcome]:
        """Predictions of the chunk's sources, or their rejects."""
        for items, tables in read_rows(self._features, chunk, self._predictor.reads):
            if items[0].first_group == items[0].last_group:
                yield from self._one_group(items, tables)
            else:
                yield from self._long(items)

    def _one_group(self, items: Sequence[FeatureRows], tables: Iterator[pa.Table]) -> Iterator[Outcome]:
        """All sources of a row group; a damaged one rejects them all, since its columns are compressed together."""
        try:
            table = self._read(tables)
        except DamagedPart as error:
            yield from (_rejected(item, error) for item in items)
        else:
            yield from self._together(items, table)

    def _read(self, tables: Iterator[pa.Table]) -> pa.Table:
        started_s = perf_counter()
        table = pa.concat_tables(tables)
        self.stage_seconds["read"] += perf_counter() - started_s
        return table

    def _together(self, items: Sequence[FeatureRows], table: pa.Table) -> Iterator[Outcome]:
        """All sources of a row group, without the rows of which the model reads nothing, such as the silent segments of a film."""
        read = self._predictor.readable(table)
        kept = set(read.column("source_id").to_pylist())
        yield from (_rejected(item, self._unread()) for item in items if item.source_id not in kept)
        items = [item for item in items if item.source_id in kept]
        if items:
            yield from self._scored(items, read)

    def _scored(self, items: Sequence[FeatureRows], table: pa.Table) -> Iterator[Outcome]:
        """All of them in one batch; where that fails, one by one, so that only the damaged source is rejected."""
        try:
            yield self._score(table, items[0])
        except AvemoError as error:
            if len(items) == 1:
                yield _rejected(items[0], error)
                return
            for item in items:
                yield from self._scored([item], table.filter(pc.equal(table.column("source_id"), item.source_id)))

    def _long(self, items: Sequence[FeatureRows]) -> Iterator[Outcome]:
        """Sources whose rows fill more than one row group, a row group at a time."""
        for item in items:
            yield RowStream(source_id=item.source_id, tables=self._each_group(item))

    def _each_group(self, item: FeatureRows) -> Iterator[pa.Table]:
        """The predictions of one source, a row group at a time; rows of which the model reads nothing are left out.

        Raises:
            MediaError: a row cannot be scored; the source becomes a reject.
            StorageFailed: the rows could not be read.
        """
        try:
            found = 0
            for _, tables in read_rows(self._features, [item], self._predictor.reads):
                for table in tables:
                    read = self._predictor.readable(table)
                    found += len(read)
                    yield self._score(read, item)
            if not found:
                raise self._unread()
        except (StorageFailed, MediaError):
            raise  # the pool tries the rows again, or rejects the source for the reason given
        except AvemoError as error:
            raise MediaError(Reason.FAILED, "score", str(error)) from error

    def _unread(self) -> MediaError:
        return MediaError(Reason.NOT_READ, "score", f"the model reads {self._predictor.reads_in_words} alone, and the clip has none")

    def _score(self, table: pa.Table, one: FeatureRows) -> pa.Table:
        """Score rows of the part that one of them is in."""
        started_s = perf_counter()
        rows = self._predictor.rows(table, self._subjects, self._voices.of(one.part))
        self.stage_seconds["score"] += perf_counter() - started_s
        return rows


def _rejected(item: FeatureRows, error: AvemoError) -> Rejected:
    reason, detail = (error.reason, error.detail) if isinstance(error, MediaError) else (Reason.FAILED, str(error))
    return Rejected(source_id=item.source_id, uri=item.uri, stage="score", reason=reason, detail=detail)
