import dataclasses
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clip import Clip
from avemo_core.errors import ConfigError, MediaError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.media.source import CurrentFile, Source
from cluster.extract.worker import ClipWorker
from cluster.pool.work import RowStream
from cluster.tables.rejects import Rejected
from schemas.rejects import Reason
from tests.counted_store import CountedStore

CLIP = Clip(source_id="clip", uri=__file__)


def worker_that_meets(error: Exception, *, is_segmented: bool) -> ClipWorker:
    def each_row(_clip: Clip, _source: Source) -> Iterator[pa.Table]:
        yield pa.table({"frame_time_s": [[0.0, 0.04]]})
        raise error

    worker = ClipWorker.__new__(ClipWorker)
    worker._extractor, worker._is_segmented, worker.frames = SimpleNamespace(each_row=each_row), is_segmented, 0
    worker._file, worker._opens_files = CurrentFile(), True
    return worker


@pytest.mark.parametrize("error", [ConfigError("a request that a clip cannot make"), ValueError("odd"), ZeroDivisionError()], ids=repr)
def test_an_error_nobody_foresaw_rejects_its_clip_alone(error: Exception):
    (outcome,) = worker_that_meets(error, is_segmented=False).rows([CLIP])

    assert isinstance(outcome, Rejected)
    assert outcome.reason == Reason.FAILED
    assert repr(type(error).__name__)[1:-1] in outcome.detail


@pytest.mark.parametrize("error", [ConfigError("a request that a clip cannot make"), ValueError("odd"), ZeroDivisionError()], ids=repr)
def test_the_same_holds_in_the_middle_of_a_clip_that_is_divided_into_segments(error: Exception):
    (outcome,) = worker_that_meets(error, is_segmented=True).rows([CLIP])

    assert isinstance(outcome, RowStream)
    with pytest.raises(MediaError) as refused:
        list(outcome.tables)
    assert refused.value.reason == Reason.FAILED


@pytest.fixture(scope="module")
def worker() -> Iterator[ClipWorker]:
    whole = Selection.all(networks.load())
    few = dataclasses.replace(whole, indices=whole.indices[:8], importances=whole.importances[:8])
    worker = ClipWorker(ExtractionConfig(), few, on_gpu=False)
    with closing(worker._file):
        yield worker


def test_five_ranges_of_a_remote_file_in_two_chunks_move_it_once_and_become_the_rows_of_each_alone(worker: ClipWorker, tiny_corpus: Path):
    path = min(tiny_corpus.glob("**/*.mp4"))
    uri = CountedStore.put_file("film", path.read_bytes())
    ranges = [(0.0, 0.3), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0), (1.0, None)]
    clips = [Clip(source_id=str(place), uri=uri, start_s=start_s, stop_s=stop_s) for place, (start_s, stop_s) in enumerate(ranges)]

    together = [*worker.rows(clips[:2]), *worker.rows(clips[2:])]
    alone = [worker._extractor.rows(dataclasses.replace(clip, uri=str(path))) for clip in clips]

    assert CountedStore.opened["film"] == 1
    assert CountedStore.moved_bytes["film"] <= 1.2 * path.stat().st_size
    assert [rows.drop_columns("uri") for rows in together] == [rows.drop_columns("uri") for rows in alone]


def test_a_range_that_cannot_be_used_is_one_reject_and_the_file_stays_open_for_the_next(worker: ClipWorker, tiny_corpus: Path):
    uri = CountedStore.put_file("other", min(tiny_corpus.glob("**/*.mp4")).read_bytes())
    past, good = (Clip(source_id=name, uri=uri, start_s=start_s, stop_s=start_s + 0.2) for name, start_s in (("past", 60.0), ("good", 0.4)))

    rejected, rows = worker.rows([past, good])

    assert isinstance(rejected, Rejected)
    assert (rejected.source_id, rejected.reason) == ("past", Reason.TOO_SHORT)
    assert isinstance(rows, pa.Table)
    assert CountedStore.opened["other"] == 1


def test_where_tables_say_all_no_file_is_opened(tmp_path: Path):
    (tmp_path / "heard.csv").write_text("clip_id,time_s,x\nclip,0.0,1\nclip,0.5,2\n")
    config = ExtractionConfig(network="none", audio=(), audio_table=str(tmp_path / "heard.csv"))

    (row,) = ClipWorker(config, None, False).rows([dataclasses.replace(CLIP, uri="/nowhere/clip.mp4")])  # noqa: FBT003 - a factory's argument

    assert row["audio_own"].to_pylist() == [[[1.0], [2.0]]]
