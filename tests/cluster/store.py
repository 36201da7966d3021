"""A real S3 server on loopback, and a proxy before it that makes it fail as servers do."""

import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.waiting import until

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "devkey", "AWS_SECRET_ACCESS_KEY": "devsecret", "AWS_REGION": "us-east-1"}

_OWN_HEADERS = frozenset({"transfer-encoding", "connection", "content-length"})

Fault = Callable[[str, str], str]
"""From the method and path of a request to its fate: pass, 503, slow, cut or refuse."""


@contextmanager
def weed(folder: Path) -> Iterator[str]:
    """SeaweedFS's S3 server for the length of the block; gives its endpoint."""
    s3, master, volume, filer = _free_ports(4)
    identity = {
        "name": "dev",
        "credentials": [{"accessKey": "devkey", "secretKey": "devsecret"}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    arguments = [
        "-logtostderr=true", "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", f"-s3.port={s3}",
        f"-s3.config={folder / 's3.json'}", f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}",
        "-volume.max=0", "-master.volumeSizeLimitMB=64", "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
    ]  # fmt: skip
    program = Path(sys.executable).parent / "weed"
    with (folder / "weed.log").open("wb") as log:
        server = subprocess.Popen([program, *arguments], stdout=log, stderr=log, cwd=folder)  # noqa: S603 - our own arguments
    try:
        until(lambda: _answers(f"http://127.0.0.1:{s3}/healthz"), "the S3 server", every_s=0.2)
        yield f"http://127.0.0.1:{s3}"
    finally:
        server.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(2)
        server.kill()
        server.wait()


class FaultyProxy:
    """Passes requests on to a server, or lets them fail.

    Args:
        endpoint: of the server.

    Attributes:
        given_bytes: content that was read from the server so far, by the request's path.
    """

    def __init__(self, endpoint: str) -> None:
        self.fault: Fault = no_fault
        self.faults = 0
        self.given_bytes: Counter[str] = Counter()
        self._server = _Server(endpoint.removeprefix("http://"), self._fault_of, self.given_bytes)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator["FaultyProxy"]:
        """Serve for the length of the block."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        yield self
        self._server.shutdown()
        self._server.server_close()
        thread.join()

    def _fault_of(self, method: str, path: str) -> str:
        fault = self.fault(method, path)
        self.faults += fault != "pass"
        return fault


def no_fault(_method: str, _path: str) -> str:
    """Lets every request pass."""
    return "pass"


def now_and_then(kind: str, share: float, methods: str = "PUT GET HEAD DELETE POST") -> Fault:
    """A fault of so many of the requests (a proportion), drawn from a fixed seed."""
    chance = random.Random(7)  # noqa: S311 - for tests
    return lambda method, _path: kind if method in methods and chance.random() < share else "pass"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def _serve(self) -> None:
        fault = self.server.fault_of(self.command, self.path)
        if fault == "refuse":
            self._hang_up()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        {"cut": self._cut, "503": self._try_later, "slow": self._pass_on_slowly}.get(fault, self._pass_on)(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815 - the names http.server asks for

    def _pass_on(self, body: bytes) -> None:
        connection = HTTPConnection(self.server.upstream)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        length = answer.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OWN_HEADERS]
        if self.command == "GET":
            self.server.given_bytes[self.path.split("?")[0]] += len(content)
        self._answer(answer.status, content, [*kept, ("Content-Length", length)])
        connection.close()

    def _pass_on_slowly(self, body: bytes) -> None:
        time.sleep(2)
        self._pass_on(body)

    def _cut(self, body: bytes) -> None:
        """Let the server see half of the body, then break both connections."""
        connection = HTTPConnection(self.server.upstream)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body[: len(body) // 2])
        connection.close()
        self._hang_up()

    def _try_later(self, body: bytes) -> None:
        del body
        content = b"<Error><Code>ServiceUnavailable</Code><Message>try later</Message></Error>"
        self._answer(503, content, [("Content-Length", str(len(content)))])

    def _answer(self, status: int, content: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content if self.command != "HEAD" else b"")

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    def __init__(self, upstream: str, fault_of: Fault, given_bytes: Counter[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.fault_of, self.given_bytes = upstream, fault_of, given_bytes

    def handle_error(self, *_arguments: object) -> None:
        """A client that goes away is nothing to print."""


def _free_ports(count: int) -> list[int]:
    """Ports that are free, and so are those 10,000 higher, which the server uses for gRPC."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20000, 30000)  # noqa: S311 - for tests
        with suppress(OSError), socket.socket() as low, socket.socket() as high:
            low.bind(("127.0.0.1", port))
            high.bind(("127.0.0.1", port + 10000))
            found.append(port)
    return found


def _answers(url: str) -> bool:
    with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 - loopback
        return True
    return False
