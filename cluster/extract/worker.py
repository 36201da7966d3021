"""The worker of `extract`: from a clip's file to its finished rows, all steps in one process.

The file stays open from a clip to the next, and from a chunk to the next, while they are of the same file: ranges that follow each
other move and hash its bytes once.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

import pyarrow as pa

from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from avemo_core.media.source import CurrentFile
from avemo_core.preflight.sample import Sample, sample
from cluster.pool.work import Outcome, RowStream
from cluster.ray.devices import device_of
from cluster.tables.rejects import Rejected
from schemas.rejects import Reason


class ClipWorker:
    """Extracts clips in one process.

    Args:
        config: what to compute.
        selection: which values of the network's feature map are kept; None: there is no network.
        on_gpu: whether each worker was given a GPU or a fraction of one.

    Attributes:
        frames: seen so far.
    """

    def __init__(self, config: ExtractionConfig, selection: Selection | None, on_gpu: bool) -> None:  # noqa: FBT001 - a factory's argument
        self._config, self._selection = replace(config, device=device_of(on_gpu=on_gpu)), selection
        self._extractor = Extractor(self._config, selection)
        self._file = CurrentFile()
        self._is_segmented, self._opens_files = config.segment_s is not None, config.opens_files
        self.frames = 0

    @property
    def stage_seconds(self) -> dict[str, float]:
        """Seconds spent in each stage so far."""
        return self._extractor.seconds

    def sample(self) -> Sample:
        """What this process makes of the preflight's clip; the network is loaded a second time for it, and let go."""
        return sample(self._config, self._selection)

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        """Each clip's rows or its reject; with segments, a stream of rows, as a long clip may have more than memory holds."""
        for clip in chunk:
            yield RowStream(source_id=clip.source_id, tables=self._each_row(clip)) if self._is_segmented else self._outcome(clip)

    def _outcome(self, clip: Clip) -> Outcome:
        try:
            return pa.concat_tables(self._each_row(clip))
        except MediaError as error:
            return Rejected(source_id=clip.source_id, uri=clip.uri, stage=error.stage, reason=error.reason, detail=error.detail)

    def _each_row(self, clip: Clip) -> Iterator[pa.Table]:
        try:
            # Where tables say all there is nothing to open: the clip may not even be there.
            with self._file.at(clip.uri) if self._opens_files else nullcontext() as source:
                for row in self._extractor.each_row(clip, source):
                    self.frames += len(row.column("frame_time_s")[0])
                    yield row
        except MediaError:
            raise
        except Exception as error:  # one clip must not stop a job, whatever is wrong with it; the only place that catches all and goes on
            raise MediaError(Reason.FAILED, "decode", "".join(traceback.format_exc(limit=-3))) from error
