"""Which errors of a storage are tried again, and which are raised at once."""

import pytest
from botocore.exceptions import BotoCoreError, CredentialRetrievalError, EndpointConnectionError, NoCredentialsError

from avemo_core.errors import TableError
from avemo_core.runtime import retries
from cluster.storage.retries import with_retries

TRANSIENT = [
    CredentialRetrievalError(provider="iam", error_msg="busy"),
    EndpointConnectionError(endpoint_url="http://s3"),
    ConnectionResetError(),
]


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "WAITS_S", (0.0, 0.0))


class Fails:
    """Raises so many times what it was given, then answers."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.tries = error, times, 0

    def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self.times:
            raise self.error
        return "done"


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_a_transient_error_is_tried_again(error: Exception):
    assert with_retries("read s3://b/x", Fails(error, 2)) == "done"


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_an_error_that_lasts_too_long_is_raised(error: Exception):
    with pytest.raises(TableError, match="cannot read s3://b/x"):
        with_retries("read s3://b/x", Fails(error, 99))


@pytest.mark.parametrize(
    "error", [NoCredentialsError(), PermissionError("denied"), BotoCoreError()], ids=lambda error: type(error).__name__
)
def test_a_refusal_is_raised_at_once(error: Exception):
    attempt = Fails(error, 99)

    with pytest.raises(TableError, match="cannot read s3://b/x"):
        with_retries("read s3://b/x", attempt)

    assert attempt.tries == 1
