"""What the places that fsspec opens raise: one table for everybody who reads or writes there.

Errors of the S3 client are no OSError, whether it is the network that failed, the credentials, or the request.
"""

from __future__ import annotations

import errno
from typing import Final

from aiohttp import ClientError as HttpError
from botocore.exceptions import BotoCoreError, CredentialRetrievalError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

UNREACHABLE: Final = (OSError, BotoCoreError, HttpError)
"""A place that cannot be reached, or refuses."""

CONNECTION_ERRORS: Final = (NoConnectionError, HTTPClientError, HttpError)
"""Refused, reset, cut or timed-out connections of the S3 client."""

_TRANSIENT: Final = (*CONNECTION_ERRORS, CredentialRetrievalError, ConnectionError, TimeoutError)
"""Whoever hands out credentials may fail in passing too."""

_TRANSIENT_ERRNOS: Final = frozenset({errno.EBUSY, errno.EIO, errno.EREMOTEIO, errno.EAGAIN})
"""s3fs says EBUSY for 503 and 409, EREMOTEIO for 500, EIO for codes it does not know."""


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    return isinstance(error, _TRANSIENT) or (isinstance(error, OSError) and error.errno in _TRANSIENT_ERRNOS)
