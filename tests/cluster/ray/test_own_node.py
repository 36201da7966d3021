"""What becomes of a run whose node ends: it died, or somebody who stopped the run ended it too."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from avemo_core.errors import ClusterError, TableError
from cluster.ray import own_node
from cluster.ray.own_node import ends_with_its_node, token_in_memory
from cluster.ray.stopping import stop_requests, terminate_as_interrupt


@pytest.fixture
def node() -> Iterator[psutil.Process]:
    """A process to be watched as a node's are."""
    process = subprocess.Popen(["sleep", "100"])  # noqa: S607
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The token of the environment whenever Ray was told to read it anew; of a user who chose none."""
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.setenv(name, "")  # so that it is put back however the test leaves it
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    found: list[str] = []
    monkeypatch.setattr(own_node, "forget_token", lambda: found.append(os.environ["RAY_AUTH_TOKEN"]))
    return found


def test_a_ray_of_ones_own_has_a_token_in_the_environment_while_it_runs_and_none_afterwards(forgotten: list[str]):
    with token_in_memory():
        token = os.environ["RAY_AUTH_TOKEN"]
        os.environ["RAY_AUTH_MODE"] = "token"  # as Ray does

    assert len(token) == 64
    assert forgotten == [token]
    assert not {"RAY_AUTH_TOKEN", "RAY_AUTH_MODE"} & os.environ.keys()


@pytest.mark.parametrize("name", ["RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"])
def test_where_the_user_chose_a_token_or_a_mode_nothing_is_chosen_for_them(
    forgotten: list[str], monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, "chosen")
    before = dict(os.environ)

    with token_in_memory():
        assert dict(os.environ) == before

    assert (dict(os.environ), forgotten) == (before, [])


def test_where_a_token_lies_in_a_file_it_is_that_one(forgotten: list[str], tmp_path: Path):
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("0" * 64)

    with token_in_memory():
        assert "RAY_AUTH_TOKEN" not in os.environ

    assert forgotten == []


def _dies(node: psutil.Process) -> None:
    with terminate_as_interrupt(), ends_with_its_node([node]):
        node.kill()
        time.sleep(30)


def _is_told_to_stop(node: psutil.Process, error: Exception | None = None, publishing_s: float = 1.5) -> bool:
    """SIGTERM comes to the run and its node; the run publishes for longer than the watch takes to see the node's end."""
    with terminate_as_interrupt(), ends_with_its_node([node]), stop_requests() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        node.kill()
        time.sleep(publishing_s)
        if error is not None:
            raise error
        return bool(stop)


def test_a_run_whose_node_dies_is_interrupted_and_says_so(node: psutil.Process):
    with pytest.raises(ClusterError, match="Ray on this machine died"):
        _dies(node)


def test_a_run_that_ignores_sigint_as_behind_nohup_is_interrupted_all_the_same(node: psutil.Process):
    before, started_s = signal.signal(signal.SIGINT, signal.SIG_IGN), time.monotonic()
    try:
        with pytest.raises(ClusterError, match="Ray on this machine died"):
            _dies(node)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - started_s < 25


def test_a_run_that_was_told_to_stop_together_with_its_node_ends_in_order(node: psutil.Process):
    assert _is_told_to_stop(node)


def test_what_then_fails_for_want_of_the_node_is_an_interruption(node: psutil.Process):
    with pytest.raises(KeyboardInterrupt):
        _is_told_to_stop(node, RuntimeError("a call to a Ray that is gone"))
    with pytest.raises(KeyboardInterrupt):
        _is_told_to_stop(node, ClusterError("no worker could start"), publishing_s=0)


def test_what_else_fails_while_a_run_is_told_to_stop_is_said(node: psutil.Process):
    with pytest.raises(TableError, match="full"):
        _is_told_to_stop(node, TableError("the disk is full"), publishing_s=0)


def test_a_node_that_dies_in_a_later_session_of_a_process_once_told_to_stop_has_died(node: psutil.Process):
    _is_told_to_stop(node, publishing_s=0)

    with pytest.raises(ClusterError):
        _dies(node)
