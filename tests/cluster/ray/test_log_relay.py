"""What workers say reaches the driver's terminal."""

from typing import Any

import pytest
import ray

from cluster.ray.log_relay import log_relay, send_line
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("ray_session")


@ray.remote
def _epochs(relay: Any, count: int) -> None:  # noqa: ANN401 - Ray's actor handles have no type
    for epoch in range(count):
        send_line(relay, f"epoch {epoch}")


def test_lines_that_a_worker_sends_are_said_by_the_driver_while_it_waits_and_in_order():
    said: list[str] = []

    with log_relay(said.append) as relay:
        ray.get(_epochs.remote(relay, 3))
        until(lambda: len(said) >= 3, "three lines")

    assert said == ["epoch 0", "epoch 1", "epoch 2"]


def test_a_line_sent_just_before_the_end_is_said_too():
    said: list[str] = []

    with log_relay(said.append) as relay:
        send_line(relay, "done")

    assert said == ["done"]
