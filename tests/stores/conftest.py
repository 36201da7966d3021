"""Fixtures of the tests against servers of three kinds of store; each runs once a session, when it is first asked for."""

import os

# Read when gcsfs is imported: without it, it asks each bucket for its kind by gRPC, which no emulator answers.
os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import fsspec
import pytest

from tests.cluster.store import FaultyProxy, no_fault
from tests.stores.servers import SERVERS, Store

ODD = "odd key +%41 ü=&"
"""A blank, and what an address escapes, splits or reads as something else."""


@pytest.fixture(scope="session")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], FaultyProxy]]:
    """The proxy before a server, which is started when it is first asked for; the environment says where it is."""
    started: dict[str, FaultyProxy] = {}
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())

        def proxy(name: str) -> FaultyProxy:
            if name not in started:
                server = SERVERS[name]
                endpoint = stack.enter_context(server.running(tmp_path_factory.mktemp(name)))
                started[name] = stack.enter_context(FaultyProxy(endpoint).running())
                for variable, value in server.environment(started[name].endpoint).items():
                    patch.setenv(variable, value)
                fsspec.config.set_conf_env(fsspec.config.conf)
                _make_bucket(server.scheme)
            return started[name]

        yield proxy


def _make_bucket(scheme: str) -> None:
    """On a busy machine a server answers some seconds before it makes buckets."""
    for _ in range(30):
        try:
            fsspec.filesystem(scheme, skip_instance_cache=True).mkdir("test")
        except FileExistsError:
            return
        except Exception:  # noqa: BLE001 - each client has errors of its own
            time.sleep(1)
        else:
            return
    pytest.fail(f"the server of {scheme}:// makes no bucket")


@pytest.fixture(params=SERVERS)
def store(request: pytest.FixtureRequest, proxies: Callable[[str], FaultyProxy]) -> Iterator[Store]:
    """A fresh prefix on each kind of store; a fault set by a test ends with it."""
    name = request.param
    proxy, server = proxies(name), SERVERS[name]
    proxy.fault, proxy.faults = no_fault, 0
    fsspec.get_filesystem_class(server.scheme).clear_instance_cache()
    yield Store(name=name, location=f"{server.scheme}://test/{uuid.uuid4().hex}/{ODD}", proxy=proxy, secret=server.secret)
    proxy.fault = no_fault
    fsspec.get_filesystem_class(server.scheme).clear_instance_cache()
