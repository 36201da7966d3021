"""How Linux schedules a process, kept as it was."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept() -> Iterator[None]:
    """Give the calling thread back its scheduling. SVT-AV1's encoder, as root, puts the thread that opens it under SCHED_FIFO 99.

    Whatever that thread starts inherits it: a Ray, a store, a browser, each before all else on the machine, and none of them slower where
    a test asks for load.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)
