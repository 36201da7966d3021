"""Clips and bundles of a server that fails in passing, or refuses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from avemo_core.errors import ConfigError, MediaError
from avemo_core.media.source import opened
from cluster.storage.bundles import load_bundle
from cluster.storage.replaced import replaced

FAILURES = 2


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avemo_core.runtime.retries.WAITS_S", (0.0,) * FAILURES)


@contextmanager
def server(status: int, failures: int) -> Iterator[tuple[str, list[str]]]:
    """Answers so many requests with the status, later ones with four bytes; gives its address and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            is_failing = len(asked) <= failures
            self.send_response(status if is_failing else 200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(b"clip")

        do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815 - the names http.server asks for

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()


def test_a_bundle_in_a_store_that_fails_is_asked_for_again_before_it_is_given_up():
    with server(503, 99) as (address, asked), pytest.raises(ConfigError, match="503"):
        load_bundle(f"{address}/model")

    assert len(asked) == FAILURES + 1


def test_a_bundle_that_may_not_be_read_is_asked_for_once():
    with server(403, 99) as (address, asked), pytest.raises(ConfigError, match="403"):
        load_bundle(f"{address}/model")

    assert len(asked) == 1


def test_a_clip_of_a_server_that_fails_in_passing_is_read():
    with server(503, FAILURES) as (address, asked), opened(f"{address}/a.mp4") as clip:
        assert clip.file.read() == b"clip"

    assert len(asked) > FAILURES


def test_a_clip_that_may_not_be_read_is_missing_at_once():
    with server(403, 99) as (address, asked), pytest.raises(MediaError, match="missing"), opened(f"{address}/a.mp4"):
        pass

    assert len(asked) <= 2  # HEAD, then GET: not every server knows HEAD


def test_a_place_that_may_not_be_written_is_refused_before_the_work():
    with server(403, 99) as (address, _), pytest.raises(ConfigError, match="cannot be used as an output"):  # noqa: SIM117
        with replaced(f"{address}/look", lambda _local, _target: None):
            pytest.fail("the work began")
