"""How long a storage that fails in passing is waited for."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from aiohttp import ClientError as HttpError
from botocore.exceptions import BotoCoreError, CredentialRetrievalError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from avemo_core.errors import TableError

WAITS_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0)
"""Pauses between tries: two minutes in all, longer than the failover of a store usually takes."""

CONNECTION_ERRORS: Final = (NoConnectionError, HTTPClientError, HttpError)
"""Refused, reset, cut or timed-out connections of the S3 client; none of them is an OSError."""

_PASSING: Final = (*CONNECTION_ERRORS, CredentialRetrievalError, ConnectionError, TimeoutError)
"""Whoever hands out credentials may fail in passing too."""

_PASSING_ERRNOS: Final = frozenset({errno.EBUSY, errno.EIO, errno.EREMOTEIO, errno.EAGAIN})
"""s3fs says EBUSY for 503 and 409, EREMOTEIO for 500, EIO for codes it does not know."""

_LOG: Final = logging.getLogger(__name__)

Result = TypeVar("Result")


def patiently(what: str, attempt: Callable[[], Result]) -> Result:
    """Try again while the storage fails in passing.

    Args:
        what: what is being done, for messages: a verb and a place without credentials.
        attempt: must be safe to repeat after a try whose answer was lost.

    Raises:
        TableError: the storage refused, or failed for two minutes.
        FileNotFoundError, FileExistsError: as the attempt raised them.
    """
    for wait_s in (*WAITS_S, None):
        try:
            return attempt()
        except (FileNotFoundError, FileExistsError):
            raise
        except (OSError, HttpError, BotoCoreError) as error:
            if wait_s is None or not _passes(error):
                raise TableError(f"cannot {what}: {error or type(error).__name__}") from error
            _LOG.warning("storage: cannot %s (%s); trying again in %g s", what, type(error).__name__, wait_s)
            time.sleep(wait_s)
    raise AssertionError


def _passes(error: Exception) -> bool:
    if isinstance(error, _PASSING):
        return True
    return isinstance(error, OSError) and error.errno in _PASSING_ERRNOS
