"""What the places that fsspec opens raise: one table for everybody who reads or writes there.

Errors of a store's client are no OSError, whether it is the network that failed, the credentials, or the request. The clients of
Azure and of Google are extras, and slow to import: what nobody has imported has raised nothing, so their errors are looked up when
something was raised.

    s3://            botocore, aiohttp
    abfs://, az://   azure.core
    gs://, gcs://    gcsfs, aiohttp, google.auth, requests
"""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import ClientError as HttpError
from aiohttp import ClientResponseError, ClientSSLError, InvalidURL
from botocore.exceptions import BotoCoreError, CredentialRetrievalError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

_OF_EXTRAS: Final = {
    "azure.core.exceptions": ("AzureError",),
    "gcsfs.retry": ("HttpError", "ChecksumError"),
    "google.auth.exceptions": ("GoogleAuthError",),
}
"""Error classes of clients that are extras, by module."""

_TRANSIENT_OF_EXTRAS: Final = {
    "azure.core.exceptions": ("ServiceRequestError", "ServiceResponseError", "IncompleteReadError"),
    "gcsfs.retry": ("ChecksumError",),
    "google.auth.exceptions": ("TransportError",),
    "requests.exceptions": ("ConnectionError", "Timeout", "ChunkedEncodingError"),
}

CONNECTION_ERRORS: Final = (NoConnectionError, HTTPClientError, HttpError)
"""Refused, reset, cut or timed-out connections of the S3 client."""

_TRANSIENT: Final = (*CONNECTION_ERRORS, CredentialRetrievalError, ConnectionError, TimeoutError)
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


def unreachable(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """The errors of a place that cannot be reached, or refuses; an `except` clause asks for them when something was raised.

    Args:
        others: what the clause names besides.
    """
    return (OSError, BotoCoreError, HttpError, *_imported(_OF_EXTRAS), *others)


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(error, FileNotFoundError):  # fsspec says so of a web server, whatever it answered
        return error.__cause__ is not None and is_transient(error.__cause__)
    if isinstance(error, ClientResponseError):
        return error.status in _TRANSIENT_CODES
    if isinstance(error, (InvalidURL, ClientSSLError)):
        return False
    if isinstance(error, (*_TRANSIENT, *_imported(_TRANSIENT_OF_EXTRAS))):
        return True
    if isinstance(error, OSError) and error.errno in _TRANSIENT_ERRNOS:
        return True
    return isinstance(error, _imported(_OF_EXTRAS)) and _http_code(error) in _TRANSIENT_CODES


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


def _imported(names: Mapping[str, Sequence[str]]) -> tuple[type[Exception], ...]:
    """Those of the classes whose modules are imported."""
    modules = ((sys.modules.get(module), classes) for module, classes in names.items())
    return tuple(getattr(module, name) for module, classes in modules for name in classes if hasattr(module, name))


def _http_code(error: BaseException) -> int | None:
    """Of the answer: Azure's clients call it status_code, Google's code, which may be a text."""
    code = getattr(error, "status_code", None) or getattr(error, "code", None)
    return int(code) if isinstance(code, int) or (isinstance(code, str) and code.isdigit()) else None
