"""What is done in a store: again where it fails in passing, and refused in one line where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from avemo_core.errors import TableError
from avemo_core.runtime.retries import tried_again
from avemo_core.runtime.store_errors import said, unreachable

Result = TypeVar("Result")


def with_retries(what: str, attempt: Callable[[], Result]) -> Result:
    """Call `attempt`, and again while its errors are transient.

    Args:
        what: what is being done, for messages: a verb and a location without credentials.
        attempt: must be safe to repeat after a try whose answer was lost.

    Raises:
        TableError: the storage refused, or failed for two minutes.
        FileNotFoundError, FileExistsError: as the attempt raised them.
    """
    try:
        return tried_again(what, attempt)
    except (FileNotFoundError, FileExistsError):
        raise
    except unreachable() as error:
        raise TableError(f"cannot {what}: {said(error)}") from error
    except NotImplementedError as error:
        raise TableError(f"cannot {what}: this kind of place is read only") from error
