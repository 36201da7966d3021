"""Every subject's statistics over a features table, kept beside the predictions for normalisation by subject.

Written once, a subject's statistics do not change while the subject's clips do not, so that clips scored in several runs are all
normalised alike; new subjects are added. Where clips were corrected, cluster.score.corrections has the subject measured again.
Statistics that lack clips, because a part is damaged, serve the run that met the damage and are not written.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Final

import pyarrow.compute as pc
import pyarrow.parquet as pq
import ray

from avemo_core.errors import DamagedPart, StorageFailed, TableError
from avemo_core.features.parts import without_unread_sets
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.features.voice import NO_VOICES, Voice, Voices
from avemo_core.inference.predictor import Predictor
from avemo_core.runtime.threads import use_one
from cluster.score.voices import KeptVoices, room_for_voices
from cluster.storage.bundles import load_bundle
from cluster.storage.folder import Entry
from cluster.storage.location import open_folder
from cluster.tables.parquet import encode
from cluster.tables.parts import parquet_file, part_entries, read_group
from cluster.tables.paths import SUBJECTS, sibling
from cluster.tables.table import Table

_AHEAD: Final = 64
"""Most parts under way at once; results are merged in the parts' order, so that sums do not depend on which was first."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gathered:
    """Statistics of some parts, and of which subjects they lack clips."""

    statistics: SubjectStatistics
    incomplete: frozenset[str] = frozenset()
    voice_bytes: int = 0
    """Of the voices that were read, where they are kept."""

    def merge(self, other: _Gathered) -> _Gathered:
        return _Gathered(
            statistics=self.statistics.merge(other.statistics),
            incomplete=self.incomplete | other.incomplete,
            voice_bytes=self.voice_bytes + other.voice_bytes,
        )


def gather_subjects(model: str, features: str, out: str) -> tuple[SubjectStatistics, KeptVoices]:
    """Statistics of every subject: from the file beside the predictions, for new subjects from their clips; writes the new ones there.

    What was read of the new subjects' voices meanwhile is kept for scoring, as far as there is room.

    Args:
        model: where the bundle is.
        features: where the features table is.
        out: the predictions table; its lock must be held.
    """
    folder = open_folder(sibling(out))
    stored = folder.read(SUBJECTS)
    known = SubjectStatistics.from_table(pq.read_table(io.BytesIO(stored))) if stored else SubjectStatistics()
    gathered, kept = _gather(model, features, frozenset(known.subjects))
    new = gathered.statistics
    complete = new.without(gathered.incomplete)
    if complete.subjects or stored is None:
        folder.write(SUBJECTS, encode(known.merge(complete).to_table()))
    if gathered.incomplete:
        _LOG.warning("statistics of %d subjects lack the clips of a damaged part, and are not kept", len(gathered.incomplete))
    return known.merge(new), kept


def is_measured(out: str) -> bool:
    """Whether there are statistics beside the predictions."""
    return open_folder(sibling(out)).read(SUBJECTS) is not None


def forget(table: Table, out: str, subjects: AbstractSet[str]) -> None:
    """Drop subjects' statistics, so that they are gathered again from the clips that are theirs now."""
    stored = open_folder(sibling(out)).read(SUBJECTS)
    if stored is not None:
        known = SubjectStatistics.from_table(pq.read_table(io.BytesIO(stored)))
        table.keep(SUBJECTS, encode(known.without(subjects).to_table()))


def _gather(model: str, features: str, known: frozenset[str]) -> tuple[_Gathered, KeptVoices]:
    gathered, room = _Gathered(statistics=SubjectStatistics()), room_for_voices()
    tasks, by_part = list[Any](), dict[str, Any]()
    of_part: Any = _gather_part.options(num_returns=2, retry_exceptions=[StorageFailed])
    for entry in part_entries(open_folder(features)):
        left = max(0, room - gathered.voice_bytes)
        task, voices = of_part.remote(model, features, entry, known, left)
        tasks.append(task)
        by_part |= {entry.name: voices} if left else {}
        if len(tasks) >= _AHEAD:
            gathered = gathered.merge(ray.get(tasks.pop(0)))
    for one in ray.get(tasks):
        gathered = gathered.merge(one)
    return gathered, KeptVoices(by_part=by_part)


@ray.remote
def _gather_part(model: str, features: str, entry: Entry, known: frozenset[str], room: int) -> tuple[_Gathered, Voices]:
    """Measure a part's people, and keep their voices as long as these take less than `room` bytes."""
    statistics, incomplete, kept, size_bytes = SubjectStatistics(), frozenset[str](), dict[str, Voice](), 0
    folder = open_folder(features)
    with folder.open(entry) as file:
        parquet = parquet_file(file, entry, folder)
        for index in range(parquet.num_row_groups):
            new = set(read_group(parquet, index, entry, folder, ["subject"]).column("subject").to_pylist()) - known - {None}
            if not new:
                continue
            try:
                columns = without_unread_sets(parquet.schema_arrow.names, _predictor(model).reads)
                rows = _of_new(read_group(parquet, index, entry, folder, columns), known)
                voices = _voices(_predictor(model), rows)
                statistics = statistics.merge(_of_sources(_predictor(model), rows, voices))
                if size_bytes < room:
                    kept |= voices
                    size_bytes += sum(voice.nbytes for voice in voices.values())
            except DamagedPart:  # scoring meets the row group again, and rejects its sources
                incomplete |= new
    return _Gathered(statistics=statistics, incomplete=incomplete, voice_bytes=size_bytes), kept


def _of_new(rows: Any, known: frozenset[str]) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    names = rows.column("subject")
    return rows.filter(pc.and_(pc.is_valid(names), pc.invert(pc.is_in(names, value_set=pc.cast(sorted(known), names.type)))))


def _voices(predictor: Predictor, rows: Any) -> Voices:  # noqa: ANN401 - pyarrow ships no annotations
    """Of all rows; none where a row is damaged."""
    try:
        return predictor.voices(rows)
    except TableError:
        return NO_VOICES


def _of_sources(predictor: Predictor, rows: Any, voices: Voices) -> SubjectStatistics:  # noqa: ANN401 - pyarrow ships no annotations
    """Of all rows at once; where a row is damaged, source by source without it: scoring meets it again, and rejects it."""
    try:
        return predictor.gather(rows, voices)
    except TableError:
        sources = pc.unique(rows.column("source_id"))
        if len(sources) == 1:
            return SubjectStatistics()
        one_by_one = (_of_sources(predictor, rows.filter(pc.equal(rows.column("source_id"), source)), voices) for source in sources)
        return reduce(SubjectStatistics.merge, one_by_one, SubjectStatistics())


@lru_cache(maxsize=1)
def _predictor(model: str) -> Predictor:
    use_one()
    return Predictor(load_bundle(model))
