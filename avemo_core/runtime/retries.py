"""The retry policy of stores: which errors are tried again, and for how long."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_chain, wait_fixed

from avemo_core.runtime.store_errors import is_transient

WAITS_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0)
"""Pauses between tries: two minutes in all, longer than the failover of a store usually takes."""

_LONGEST_S: Final = 150.0
"""No try begins later than this: Google's client itself goes on for half a minute before it says that nobody listens."""

_LOG: Final = logging.getLogger(__name__)

Result = TypeVar("Result")


def tried_again(what: str, attempt: Callable[[], Result]) -> Result:
    """Call `attempt`, and again while its errors are transient; the last error is raised as it came.

    Args:
        what: what is being done, for messages: a verb and a location without credentials.
        attempt: must be safe to repeat after a try whose answer was lost.
    """

    def warn(state: RetryCallState) -> None:
        error, wait_s = state.outcome and state.outcome.exception(), state.next_action and state.next_action.sleep
        _LOG.warning("storage: cannot %s (%s); trying again in %g s", what, type(error).__name__, wait_s)

    retrying = Retrying(
        retry=retry_if_exception(is_transient),
        wait=wait_chain(*map(wait_fixed, WAITS_S)),
        stop=stop_after_attempt(len(WAITS_S) + 1) | stop_after_delay(_LONGEST_S),
        before_sleep=warn,
        reraise=True,
    )
    return retrying(attempt)
