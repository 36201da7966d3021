"""What the clients of Azure and Google raise, which are extras, and a copy that is not done when it is answered."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import fsspec
import pytest
from fsspec.asyn import get_loop

from avemo_core.errors import TableError
from avemo_core.runtime import retries
from avemo_core.runtime.store_errors import is_condition_failed, said
from cluster.storage import azure
from cluster.storage.azure import wait_for_copy
from cluster.storage.location import open_folder
from cluster.storage.retries import with_retries
from tests.waiting import ROOT


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "WAITS_S", (0.0, 0.0))
    monkeypatch.setattr(azure, "_POLL_S", 0.0)


def azure_error(status: int) -> Exception:
    exceptions = pytest.importorskip("azure.core.exceptions")
    pytest.importorskip("adlfs")
    response = SimpleNamespace(status_code=status, reason="as asked for", headers={}, text=lambda: "")
    error: Exception = exceptions.HttpResponseError(message=f"the server says {status}\nRequestId: 1", response=response)
    return error


def google_error(status: int) -> Exception:
    error: Exception = pytest.importorskip("gcsfs.retry").HttpError({"code": status, "message": f"the server says {status}"})
    return error


CLIENTS = [azure_error, google_error]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_server_that_fails_in_passing_is_asked_again(client: Any, status: int):  # noqa: ANN401
    tries: Iterator[Exception] = iter([client(status), client(status)])

    def attempt() -> str:
        if (error := next(tries, None)) is not None:
            raise error
        return "done"

    assert with_retries("read", attempt) == "done"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_server_that_refuses_is_asked_once_and_quoted_in_one_line(client: Any, status: int):  # noqa: ANN401
    asked: list[int] = []

    def attempt() -> None:
        asked.append(status)
        raise client(status)

    with pytest.raises(TableError, match=rf"^cannot read x: the server says {status}[^\n]*$"):
        with_retries("read x", attempt)
    assert asked == [status]


@pytest.mark.parametrize("client", CLIENTS)
def test_an_object_that_is_there_is_told_by_the_code_of_the_answer(client: Any):  # noqa: ANN401
    assert is_condition_failed(client(412))
    assert not is_condition_failed(client(403))


def test_a_connection_of_azures_client_that_is_cut_is_tried_again():
    exceptions = pytest.importorskip("azure.core.exceptions")
    pytest.importorskip("adlfs")
    errors = iter([exceptions.ServiceResponseError("cut"), exceptions.ServiceRequestError("nobody listens")])

    def attempt() -> str:
        if (error := next(errors, None)) is not None:
            raise error
        return "done"

    assert with_retries("read", attempt) == "done"


def test_azures_client_itself_asks_again_within_seconds(monkeypatch: pytest.MonkeyPatch):
    adlfs = pytest.importorskip("adlfs")
    account = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a;"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", account)
    adlfs.AzureBlobFileSystem.clear_instance_cache()

    open_folder("abfs://c/x")

    asked = fsspec.filesystem("abfs", use_listings_cache=False)
    blob = asked.service_client.get_blob_client("c", "x")
    waits_s = [policy.get_backoff_time({"count": 2}) for policy in blob._pipeline._impl_policies if hasattr(policy, "get_backoff_time")]
    adlfs.AzureBlobFileSystem.clear_instance_cache()
    assert len(waits_s) == 1
    assert waits_s[0] <= 6


def test_clients_that_nobody_uses_are_not_imported():
    program = "import cluster.storage.objects, sys; sys.exit(str({'adlfs', 'gcsfs', 'google.auth'} & set(sys.modules)))"

    said_by_it = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True).stderr  # noqa: S603

    assert said_by_it.strip() == "set()"


def test_an_error_that_says_nothing_is_called_by_its_name_and_a_page_is_cut():
    assert said(TimeoutError()) == "TimeoutError"
    assert said(ValueError("\n  first\nsecond")) == "first"
    assert len(said(ValueError("x" * 9000))) < 320


class Account:
    """As adlfs has it: a blob whose copy is answered with these states, one a look."""

    def __init__(self, *states: str | None) -> None:
        self.loop, self.states = get_loop(), list(states)
        self.service_client = SimpleNamespace(get_blob_client=self._client)

    def split_path(self, path: str) -> tuple[str, str, None]:
        container, _, blob = path.partition("/")
        return container, blob, None

    @asynccontextmanager
    async def _client(self, container: str, blob: str) -> Any:  # noqa: ANN401
        assert (container, blob) == ("c", "deep/part")
        yield SimpleNamespace(get_blob_properties=self._properties)

    async def _properties(self) -> SimpleNamespace:
        return SimpleNamespace(copy=SimpleNamespace(status=self.states.pop(0)))


@pytest.mark.parametrize("states", [("pending", "pending", "success"), ("success",), (None,)])
def test_a_copy_is_waited_for_until_it_is_done(states: tuple[str | None, ...]):
    account = Account(*states)

    wait_for_copy(account, "c/deep/part")

    assert account.states == []


@pytest.mark.parametrize("state", ["failed", "aborted"])
def test_a_copy_that_the_service_gives_up_is_an_error_that_is_tried_again(state: str):
    account = Account("pending", state, "success")

    with_retries("publish", lambda: wait_for_copy(account, "c/deep/part"))

    assert account.states == []
