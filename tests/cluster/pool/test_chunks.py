from itertools import count

import pytest

from cluster.pool.chunks import Chunk, ChunkQueue, Failure, RetryPolicy, split
from schemas.rejects import Reason
from tests.cluster.stub import clip, clips

POLICY = RetryPolicy(attempts=3, stage="decode")
DIED = Failure(reason=Reason.WORKER_DIED, detail="killed", worker="host:1")
LATE = Failure(reason=Reason.DEADLINE, detail="too slow", worker="host:1")


def _ids(chunk: Chunk) -> list[str]:
    return [item.source_id for item in chunk.items]


def test_a_chunk_that_loses_its_worker_is_split_in_two_that_are_quarantined():
    chunk = Chunk(items=tuple(clips(5)))

    halves, rejected = split(chunk, chunk.items, DIED, POLICY)

    assert [_ids(half) for half in halves] == [["ok-0000", "ok-0001"], ["ok-0002", "ok-0003", "ok-0004"]]
    assert all(half.is_quarantined for half in halves)
    assert rejected == []


def test_finished_items_of_a_lost_chunk_are_not_redone():
    chunk = Chunk(items=tuple(clips(4)))

    halves, _ = split(chunk, chunk.items[3:], DIED, POLICY)

    assert [_ids(half) for half in halves] == [["ok-0003"]]


def test_a_chunk_lost_after_its_last_item_leaves_nothing():
    assert split(Chunk(items=tuple(clips(4))), [], DIED, POLICY) == ([], [])


def test_an_item_that_kills_its_worker_alone_is_rejected_after_its_attempts():
    chunk = Chunk(items=(clip("kill"),), failures=4)

    for _ in range(POLICY.attempts - 1):
        ((chunk,), rejected) = split(chunk, chunk.items, DIED, POLICY)
        assert rejected == []
    chunks, (reject,) = split(chunk, chunk.items, DIED, POLICY)

    assert chunks == []
    assert (reject.source_id, reject.reason, reject.stage, reject.attempts, reject.worker) == ("kill", "worker_died", "decode", 7, "host:1")


def test_attempts_with_others_do_not_count_against_an_item():
    chunk = Chunk(items=tuple(clips(2)), failures=10)

    halves, rejected = split(chunk, chunk.items, DIED, POLICY)

    assert (len(halves), rejected) == (2, [])


def test_an_item_that_hangs_with_others_and_alone_is_rejected_at_once():
    ((first, _), _) = split(Chunk(items=tuple(clips(2))), clips(2), LATE, POLICY)

    chunks, (reject,) = split(first, first.items, LATE, POLICY)

    assert chunks == []
    assert reject.reason is Reason.DEADLINE


def test_a_hanging_item_never_seen_before_gets_a_second_try():
    chunks, rejected = split(Chunk(items=(clip("slow"),)), [clip("slow")], LATE, POLICY)

    assert (len(chunks), rejected) == (1, [])


def test_items_are_read_no_further_than_needed():
    numbers = count()
    queue = ChunkQueue((clip(f"c{number}") for number in numbers), size=4)

    chunk = queue.next_clean(workers=1)

    assert chunk is not None
    assert _ids(chunk) == ["c0", "c1", "c2", "c3"]
    assert next(numbers) == 5


def test_chunks_get_smaller_towards_a_known_end():
    queue = ChunkQueue(clips(64), size=16, count=64)

    sizes = [len(chunk.items) for chunk in iter(lambda: queue.next_clean(workers=2), None)]

    assert sum(sizes) == 64
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (8, 1)


def test_what_came_back_goes_out_before_what_is_fresh():
    queue = ChunkQueue(clips(1, "fresh"), size=2)

    queue.requeue(clean=clips(3, "back"))

    assert [_ids(chunk) for chunk in iter(lambda: queue.next_clean(workers=1), None)] == [
        ["back-0000", "back-0001"],
        ["back-0002"],
        ["fresh-0000"],
    ]


@pytest.mark.parametrize(("quarantined", "clean", "waits"), [(1, 0, True), (0, 1, True), (0, 0, False)])
def test_a_queue_is_true_while_anything_waits(quarantined: int, clean: int, waits: bool):  # noqa: FBT001
    queue = ChunkQueue([], size=4)

    queue.requeue([Chunk(items=(clip("s"),), failures=1)] * quarantined, clips(clean))

    assert bool(queue) is waits


def test_a_queue_with_more_items_than_its_count_still_asks_for_a_worker():
    queue = ChunkQueue(clips(9), size=4, count=1)

    queue.next_clean(workers=1)

    assert queue.max_chunks == 1
