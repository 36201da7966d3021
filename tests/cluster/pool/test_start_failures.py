import pytest

from avemo_core.errors import ClusterError
from cluster.pool.start_failures import StartFailures


class _Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def _failed_starts(clock: _Clock, failures: StartFailures, until_s: float) -> list[float]:
    """When a start was tried that failed at once, up to a time."""
    tried = []
    while clock.now_s < until_s:
        if not failures.paused:
            tried.append(clock.now_s)
            failures.on_failed("OutOfMemoryError", may_pass=True, none_ready=True)
        clock.now_s += 0.5
    return tried


def test_starts_are_tried_at_growing_distances_through_a_squeeze_of_two_minutes():
    clock = _Clock()
    failures = StartFailures(180.0, clock)

    tried = _failed_starts(clock, failures, 120.0)

    assert tried == [0, 2, 6, 14, 30, 50, 70, 90, 110]


def test_a_squeeze_that_lasts_ends_the_run_and_the_message_says_how_it_goes_on():
    clock = _Clock()
    failures = StartFailures(180.0, clock)

    with pytest.raises(ClusterError) as given_up:
        _failed_starts(clock, failures, 600.0)

    message = str(given_up.value)
    assert clock.now_s == 190.0
    assert "13 in a row failed, within 3 min 10 s" in message
    assert "OutOfMemoryError" in message
    assert "the same command goes on" in message
    assert len(message.splitlines()) <= 6


def test_an_error_that_does_not_pass_ends_the_run_at_the_third():
    failures = StartFailures()
    for _ in range(2):
        failures.on_failed("ImportError: no module", may_pass=False, none_ready=True)

    with pytest.raises(ClusterError, match="ImportError"):
        failures.on_failed("ImportError: no module", may_pass=False, none_ready=True)


def test_a_run_with_another_worker_goes_on_and_what_one_finishes_ends_the_pause():
    clock = _Clock()
    failures = StartFailures(1.0, clock)

    for _ in range(9):
        failures.on_failed("ActorDiedError", may_pass=True, none_ready=False)
        clock.now_s += 60.0
    failures.on_failed("ActorDiedError", may_pass=True, none_ready=False)

    assert failures.paused
    failures.on_report()
    assert not failures.paused
    assert not failures.any
