import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from avemo_core.faces.yunet.tflite_graph import Graph
from avemo_core.runtime import litert

THREADS, EACH = 8, 40


@pytest.fixture
def stderr() -> Iterator[os.stat_result]:
    """What standard error is, and is again afterwards."""
    saved = os.dup(2)
    yield os.fstat(saved)
    os.dup2(saved, 2)
    os.close(saved)


def test_threads_that_make_interpreters_at_once_leave_the_process_its_standard_error(stderr: os.stat_result):
    graph = Graph((1, 2, 2, 1))
    model = graph.model([graph.halved(graph.input)])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: litert.interpreter(model), range(THREADS * EACH)))

    assert os.path.samestat(os.fstat(2), stderr)
