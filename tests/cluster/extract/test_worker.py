from collections.abc import Iterator
from types import SimpleNamespace

import pyarrow as pa
import pytest

from avemo_core.corpora.clip import Clip
from avemo_core.errors import ConfigError, MediaError
from cluster.extract.worker import ClipWorker
from cluster.pool.work import RowStream
from cluster.tables.rejects import Rejected
from schemas.rejects import Reason

CLIP = Clip(source_id="clip", uri="/clip")


def worker_that_meets(error: Exception, *, is_segmented: bool) -> ClipWorker:
    def each_row(_clip: Clip) -> Iterator[pa.Table]:
        yield pa.table({"frame_time_s": [[0.0, 0.04]]})
        raise error

    worker = ClipWorker.__new__(ClipWorker)
    worker._extractor, worker._is_segmented, worker.frames = SimpleNamespace(each_row=each_row), is_segmented, 0
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
