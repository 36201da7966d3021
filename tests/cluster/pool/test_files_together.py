"""Which worker gets which clips, where clips of one file stay together."""

from collections import Counter, defaultdict
from itertools import count, groupby, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.corpora.clip import Clip
from cluster.pool import chunks
from cluster.pool.chunks import ChunkQueue
from cluster.pool.work import Item


def ranges(uri: str, number: int) -> list[Clip]:
    """So many ranges of a file."""
    return [Clip(source_id=f"{uri}#{place}", uri=uri) for place in range(number)]


def ids(items: list[Item]) -> list[str]:
    return [item.source_id for item in items]


def taken(queue: ChunkQueue, workers: str) -> dict[str, list[Item]]:
    """What each worker gets of a queue if they ask in this order, again and again, until there is nothing for any of them."""
    got: dict[str, list[Item]] = defaultdict(list)
    idle: set[str] = set()
    while len(idle) < len(set(workers)):
        for worker in workers:
            chunk = queue.next_clean(len(set(workers)), worker)
            got[worker] += chunk.items if chunk else ()
            idle = idle - {worker} if chunk else idle | {worker}
    return got


def openings(got: dict[str, list[Item]]) -> Counter[str]:
    """How often each file is opened by workers that keep the file they are at."""
    return Counter(uri for items in got.values() for uri, _ in groupby(item.uri for item in items))


def jumps(items: list[Item], film: list[Clip]) -> int:
    """How often the next range that a worker gets is not the next one of the film."""
    places = [film.index(item) for item in items]
    return sum(later != place + 1 for place, later in pairwise(places))


def test_each_worker_gets_a_file_of_its_own_whole_and_in_order():
    films = [ranges(f"s3://b/{name}", 100) for name in "abc"]

    got = taken(ChunkQueue([item for film in films for item in film], size=16, count=300, files_together=True), "123")

    assert [ids(got[worker]) for worker in "123"] == [ids(film) for film in films]


def test_a_few_ranges_of_a_remote_file_go_to_one_worker_and_of_a_local_one_to_all_that_have_nothing_to_do():
    remote, local = (ChunkQueue(ranges(uri, 8), size=16, count=8, files_together=True) for uri in ("s3://b/film", "/film"))

    assert openings(taken(remote, "1234")) == {"s3://b/film": 1}
    assert openings(taken(local, "1234")) == {"/film": 4}


def test_a_film_that_is_the_only_work_is_divided_into_one_large_piece_for_each_worker():
    film = ranges("s3://b/film", 1000)

    got = taken(ChunkQueue(film, size=16, count=1000, files_together=True), "12")

    assert openings(got) == {"s3://b/film": 2}
    assert abs(len(got["1"]) - len(got["2"])) <= 16
    assert max(jumps(items, film) for items in got.values()) <= 10


def test_a_worker_that_has_the_film_open_takes_its_half_of_what_is_left_of_it_however_little():
    queue = ChunkQueue(ranges("s3://b/film", 64), size=16, files_together=True)
    queue.next_clean(2, "slow")
    half = [queue.next_clean(2, "quick") for _ in range(2)]

    rest = [queue.next_clean(2, "quick"), queue.next_clean(2, "quick")]

    assert [len(chunk.items) for chunk in (*half, *rest) if chunk] == [16, 8, 12, 6]


def test_what_was_kept_for_a_lost_worker_comes_after_what_it_lost_and_stays_together():
    queue = ChunkQueue([*ranges("s3://b/film", 40), *ranges("s3://b/next", 40)], size=16, count=80, files_together=True)
    lost = queue.next_clean(1, "1")
    assert lost is not None

    queue.requeue(clean=lost.items, lost="1")

    assert ids(taken(queue, "2")["2"]) == ids([*ranges("s3://b/film", 40), *ranges("s3://b/next", 40)])


def test_a_file_is_read_no_further_than_there_is_room_to_keep_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chunks, "MAX_KEPT", 100)
    numbers = count()
    queue = ChunkQueue((Clip(source_id=str(number), uri="s3://b/film") for number in numbers), size=16, files_together=True)

    first, second = queue.next_clean(2, "1"), queue.next_clean(2, "2")

    assert next(numbers) == 16 + 100 + 16 + 1
    assert (first and first.items[0].source_id, second and second.items[0].source_id) == ("0", "116")


def test_a_queue_that_knows_nothing_of_files_hands_their_clips_to_everybody():
    got = taken(ChunkQueue(ranges("s3://b/features", 64), size=16), "1234")

    assert [len(items) for items in got.values()] == [16] * 4


@given(st.lists(st.integers(1, 30), max_size=6), st.integers(1, 4), st.booleans(), st.randoms(use_true_random=False))
def test_every_clip_is_handed_out_once_whatever_workers_are_lost_and_few_files_are_opened_twice(
    sizes: list[int],
    workers: int,
    counted: bool,  # noqa: FBT001
    chance: Random,
):
    items = [item for name, number in enumerate(sizes) for item in ranges(f"s3://b/{name}", number)]
    queue = ChunkQueue(items, size=4, count=len(items) if counted else None, files_together=True)
    got: dict[str, list[Item]] = {str(worker): [] for worker in range(workers)}
    losses = 0

    while queue:
        worker = chance.choice(list(got))
        chunk = queue.next_clean(workers, worker)
        if chunk and losses < 3 and chance.random() < 0.05:
            losses += 1
            queue.requeue(clean=chunk.items, lost=worker)
        else:
            got[worker] += chunk.items if chunk else ()

    assert Counter(ids([item for each in got.values() for item in each])) == Counter(ids(items))
    assert openings(got).total() <= len(sizes) + workers * (2 + losses)
