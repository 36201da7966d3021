"""First steps to a cluster: whoever cannot join reads one message that says what to do, and the process ends with code 2."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import ray

from avemo_core.errors import ConfigError
from cluster.ray import joining
from cluster.ray.private import forget_token

TOKEN = secrets.token_hex(32)


@pytest.fixture(scope="module")
def head_with_token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _head(tmp_path_factory.mktemp("head"), RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=TOKEN) as address:
        yield address


@pytest.fixture(scope="module")
def head_without_token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _head(tmp_path_factory.mktemp("head"), RAY_AUTH_MODE="disabled") as address:
        yield address


@contextmanager
def _head(home: Path, **environment: str) -> Iterator[str]:
    """A head without a dashboard, of a user without a token file; ended by its own process group."""
    port, client, agent = (_free_port() for _ in range(3))
    ports = (f"--port={port}", f"--ray-client-server-port={client}", f"--dashboard-agent-listen-port={agent}")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    process = subprocess.Popen(  # noqa: S603 - our own cluster
        [Path(sys.executable).parent / "ray", "start", "--head", *ports, "--num-cpus=1", "--include-dashboard=false", "--block"],
        env=variables | {"HOME": str(home), **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        while _refused("127.0.0.1", port):
            assert process.poll() is None
            time.sleep(0.2)
        yield f"127.0.0.1:{port}"
    finally:
        for request, grace_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 20)):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, request)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=grace_s)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _refused(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=2):
        return False
    return True


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """That of a user without a token, for a moment: a Ray of this process dies that asks its head for something meanwhile."""
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    forget_token()
    yield monkeypatch
    monkeypatch.undo()
    forget_token()


def _message(address: str) -> str:
    """What a user reads who tries to join there."""
    with pytest.raises(ConfigError) as refused:
        joining.join(address)
    assert len(str(refused.value).splitlines()) <= 6
    return str(refused.value)


def test_the_address_that_jobs_are_sent_to_is_told_from_the_one_that_processes_join():
    message = _message("http://127.0.0.1:8265")

    assert "ray job submit --working-dir . -- python" in message
    assert "unset RAY_ADDRESS" in message


def test_an_address_where_nobody_listens_or_that_has_no_host_is_refused_at_once():
    assert "no cluster answers there" in _message(f"127.0.0.1:{_free_port()}")
    assert "no cluster answers there" in _message("no-such-host.invalid:6379")
    assert "no cluster answers there" in _message("node..cluster:6379")


def test_somebody_who_listens_and_is_no_ray_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(joining, "_REACHABLE_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = _message(f"127.0.0.1:{silent.getsockname()[1]}")

    assert "no Ray" in message
    assert "6379" in message


@pytest.mark.parametrize(("scheme", "tls"), [("ray://", "0"), ("", "1")], ids=["Ray's client", "TLS"])
def test_who_speaks_otherwise_than_a_head_is_left_to_ray_itself(monkeypatch: pytest.MonkeyPatch, scheme: str, tls: str):
    monkeypatch.setenv("RAY_USE_TLS", tls)
    with socket.create_server(("127.0.0.1", 0)) as listens:
        assert joining._refusal(f"{scheme}127.0.0.1:{listens.getsockname()[1]}") is None


@pytest.mark.usefixtures("ray_session")
def test_a_ray_of_another_version_is_named_with_both(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setattr(ray, "__version__", "2.1.0")
    address = ray.get_runtime_context().gcs_address

    message = _message(address)

    assert "this process Ray 2.1.0" in message


@pytest.mark.slow
@pytest.mark.alone
def test_a_cluster_that_wants_a_token_is_told_by_who_has_none_another_or_the_right_one_unshown(
    head_with_token: str, environment: pytest.MonkeyPatch, tmp_path: Path
):
    unshown = _message(head_with_token)
    environment.setenv("RAY_AUTH_MODE", "token")
    none = _message(head_with_token)
    environment.setenv("RAY_AUTH_TOKEN", "0" * 64)
    forget_token()
    another = _message(head_with_token)
    environment.delenv("RAY_AUTH_TOKEN")
    environment.delenv("RAY_AUTH_MODE")
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text(TOKEN)
    forget_token()
    fitting = _message(head_with_token)
    environment.setenv("RAY_AUTH_MODE", "token")
    shown = joining._refusal(head_with_token)

    assert shown is None
    assert "RAY_AUTH_MODE is not set: none was shown" in unshown
    assert "none is found here" in none
    assert "the one found here is another" in another
    assert all("RAY_AUTH_TOKEN=..." in message for message in (unshown, none, another))
    assert "export RAY_AUTH_MODE=token (the one found here fits)" in fitting
    assert all("RAY_AUTH_MODE=disabled" in message for message in (unshown, none, another, fitting))
    assert not any(TOKEN in message for message in (unshown, none, another, fitting))


@pytest.mark.slow
@pytest.mark.alone
def test_a_cluster_without_tokens_is_not_joined_by_who_wants_one_of_its_callers(head_without_token: str, environment: pytest.MonkeyPatch):
    environment.setenv("RAY_AUTH_MODE", "token")
    environment.setenv("RAY_AUTH_TOKEN", TOKEN)
    forget_token()
    message = _message(head_without_token)

    assert "the cluster wants no token" in message
    assert "unset RAY_AUTH_MODE RAY_AUTH_TOKEN" in message
    assert TOKEN not in message
