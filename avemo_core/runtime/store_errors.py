"""What the places that fsspec opens raise: one table for everybody who reads or writes there.

Errors of a store's client are no OSError, whether it is the network that failed, the credentials, or the request. The clients of
Azure and of Google are extras: where one is not installed, nothing raises its errors.

    s3://            botocore, aiohttp
    abfs://, az://   azure.core
    gs://, gcs://    gcsfs, aiohttp, google.auth, requests
"""

from __future__ import annotations

import errno
import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from aiohttp import ClientError as HttpError
from botocore.exceptions import BotoCoreError, CredentialRetrievalError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError


def _of_extra(package: str, module: str, *names: str) -> tuple[type[Exception], ...]:
    """Error classes of a client; none where its package is not installed."""
    return tuple(getattr(import_module(module), name) for name in names) if find_spec(package) else ()


_AZURE: Final = _of_extra("adlfs", "azure.core.exceptions", "AzureError")
_GOOGLE: Final = (
    *_of_extra("gcsfs", "gcsfs.retry", "HttpError", "ChecksumError"),
    *_of_extra("gcsfs", "google.auth.exceptions", "GoogleAuthError"),
)

UNREACHABLE: Final = (OSError, BotoCoreError, HttpError, *_AZURE, *_GOOGLE)
"""A place that cannot be reached, or refuses."""

CONNECTION_ERRORS: Final = (NoConnectionError, HTTPClientError, HttpError)
"""Refused, reset, cut or timed-out connections of the S3 client."""

_TRANSIENT: Final = (
    *CONNECTION_ERRORS,
    CredentialRetrievalError,
    ConnectionError,
    TimeoutError,
    *_of_extra("adlfs", "azure.core.exceptions", "ServiceRequestError", "ServiceResponseError", "IncompleteReadError"),
    *_of_extra("gcsfs", "gcsfs.retry", "ChecksumError"),
    *_of_extra("gcsfs", "google.auth.exceptions", "TransportError"),
    *_of_extra("gcsfs", "requests.exceptions", "ConnectionError", "Timeout", "ChunkedEncodingError"),
)
"""Whoever hands out credentials may fail in passing too."""

_TRANSIENT_ERRNOS: Final = frozenset({errno.EBUSY, errno.EIO, errno.EREMOTEIO, errno.EAGAIN})
"""s3fs says EBUSY for 503 and 409, EREMOTEIO for 500, EIO for codes it does not know."""

_TRANSIENT_CODES: Final = frozenset({408, 429, 500, 502, 503, 504})
"""Of HTTP: as Azure's and Google's clients give them."""

_SAID_LETTERS: Final = 300
"""Of a client's error, at most: Azure's list what they tried, with advice for each."""

for _client in ("azure", "gcsfs"):
    # They log a page for every error that they raise, too; where nobody set logging up, Python would print it.
    logging.getLogger(_client).addHandler(logging.NullHandler())


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(error, _TRANSIENT) or (isinstance(error, OSError) and error.errno in _TRANSIENT_ERRNOS):
        return True
    return isinstance(error, (*_AZURE, *_GOOGLE)) and _http_code(error) in _TRANSIENT_CODES


def is_condition_failed(error: BaseException) -> bool:
    """Whether an object was not created because there is one, or because another writer is about to create it.

    fsspec's clients raise FileExistsError only where the server names the condition in their way; others just answer that one did
    not hold.
    """
    response = getattr(error.__cause__, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return code in {"PreconditionFailed", "412", "ConditionalRequestConflict"} or _http_code(error) == 412


def said(error: BaseException) -> str:
    """What the error says, in one line; its name where it says nothing."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return first if len(first) <= _SAID_LETTERS else f"{first[:_SAID_LETTERS]} ..."


def _http_code(error: BaseException) -> int | None:
    """Of the answer: Azure's clients call it status_code, Google's code, which may be a text."""
    code = getattr(error, "status_code", None) or getattr(error, "code", None)
    return int(code) if isinstance(code, int) or (isinstance(code, str) and code.isdigit()) else None
