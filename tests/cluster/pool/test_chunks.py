from itertools import count

import pytest

from cluster.pool.chunks import Loss, Patience, Shard, ShardQueue, split
from schemas.rejects import Reason
from tests.cluster.stub import clip, clips

PATIENCE = Patience(attempts=3, stage="decode")
DIED = Loss(reason=Reason.WORKER_DIED, detail="killed", worker="host:1")
LATE = Loss(reason=Reason.DEADLINE, detail="too slow", worker="host:1")


def _ids(shard: Shard) -> list[str]:
    return [item.source_id for item in shard.items]


def test_a_shard_that_costs_a_worker_is_split_in_two_suspects():
    shard = Shard(items=tuple(clips(5)))

    halves, rejected = split(shard, shard.items, DIED, PATIENCE)

    assert [_ids(half) for half in halves] == [["ok-0000", "ok-0001"], ["ok-0002", "ok-0003", "ok-0004"]]
    assert all(half.suspect for half in halves)
    assert rejected == []


def test_finished_items_of_a_lost_shard_are_not_redone():
    shard = Shard(items=tuple(clips(4)))

    halves, _ = split(shard, shard.items[3:], DIED, PATIENCE)

    assert [_ids(half) for half in halves] == [["ok-0003"]]


def test_a_shard_lost_after_its_last_item_leaves_nothing():
    assert split(Shard(items=tuple(clips(4))), [], DIED, PATIENCE) == ([], [])


def test_an_item_that_ends_its_worker_alone_is_rejected_after_its_attempts():
    shard = Shard(items=(clip("kill"),), losses=4)

    for _ in range(PATIENCE.attempts - 1):
        ((shard,), rejected) = split(shard, shard.items, DIED, PATIENCE)
        assert rejected == []
    shards, (reject,) = split(shard, shard.items, DIED, PATIENCE)

    assert shards == []
    assert (reject.source_id, reject.reason, reject.stage, reject.attempts, reject.worker) == ("kill", "worker_died", "decode", 7, "host:1")


def test_tries_in_company_do_not_count_against_an_item():
    shard = Shard(items=tuple(clips(2)), losses=10)

    halves, rejected = split(shard, shard.items, DIED, PATIENCE)

    assert (len(halves), rejected) == (2, [])


def test_an_item_that_hangs_in_company_and_alone_is_rejected_at_once():
    ((first, _), _) = split(Shard(items=tuple(clips(2))), clips(2), LATE, PATIENCE)

    shards, (reject,) = split(first, first.items, LATE, PATIENCE)

    assert shards == []
    assert reject.reason is Reason.DEADLINE


def test_a_hanging_item_never_seen_before_gets_a_second_try():
    shards, rejected = split(Shard(items=(clip("slow"),)), [clip("slow")], LATE, PATIENCE)

    assert (len(shards), rejected) == (1, [])


def test_items_are_read_no_further_than_needed():
    numbers = count()
    queue = ShardQueue((clip(f"c{number}") for number in numbers), size=4)

    shard = queue.innocent(workers=1)

    assert shard is not None
    assert _ids(shard) == ["c0", "c1", "c2", "c3"]
    assert next(numbers) == 5


def test_shards_get_smaller_towards_a_known_end():
    queue = ShardQueue(clips(64), size=16, count=64)

    sizes = [len(shard.items) for shard in iter(lambda: queue.innocent(workers=2), None)]

    assert sum(sizes) == 64
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (8, 1)


def test_what_came_back_goes_out_before_what_is_fresh():
    queue = ShardQueue(clips(1, "fresh"), size=2)

    queue.give_back(innocents=clips(3, "back"))

    assert [_ids(shard) for shard in iter(lambda: queue.innocent(workers=1), None)] == [
        ["back-0000", "back-0001"],
        ["back-0002"],
        ["fresh-0000"],
    ]


@pytest.mark.parametrize(("suspects", "innocents", "waits"), [(1, 0, True), (0, 1, True), (0, 0, False)])
def test_a_queue_is_true_while_anything_waits(suspects: int, innocents: int, waits: bool):  # noqa: FBT001
    queue = ShardQueue([], size=4)

    queue.give_back([Shard(items=(clip("s"),), losses=1)] * suspects, clips(innocents))

    assert bool(queue) is waits
