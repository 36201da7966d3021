"""Starting Ray on this machine, or joining the cluster that the environment names, without Ray's own messages."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import ray
from ray._private import worker as ray_worker

from avemo_core.errors import ConfigError
from cluster.ray.stopping import terminate_as_interrupt
from cluster.storage.location import is_remote

_JOB_CONFIG: Final = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Ray sets it for the entry point of a submitted job."""

_REACHABLE_S: Final = 10.0
"""How long an answer at RAY_ADDRESS is waited for."""


def inside_job() -> bool:
    """Whether this process was started by `ray job submit`."""
    return _JOB_CONFIG in os.environ


def may_grow() -> bool:
    """Whether this process joins a cluster that runs already, to which nodes may come while it waits."""
    return inside_job() or bool(os.environ.get("RAY_ADDRESS"))


def resolve(location: str) -> str:
    """A location that means the same in every process: URLs as they are, local paths absolute.

    Raises:
        ConfigError: a relative local path inside a Ray job, whose working folder is temporary.
    """
    if is_remote(location):
        return location
    path = Path(location.removeprefix("file://").removeprefix("local://")).expanduser()
    if inside_job() and not path.is_absolute():
        raise ConfigError(
            f"{location}: expected an absolute path or a URL, found a relative path inside a Ray job.\n"
            "  A job's working folder is temporary: give the path as every node sees it, or s3://."
        )
    return str(path.absolute())


@contextmanager
def session(num_cpus: int | None = None, num_gpus: int | None = None) -> Iterator[None]:
    """Have Ray for the length of the block.

    Joins the cluster of the Ray job it runs in, or of RAY_ADDRESS; otherwise starts Ray on this machine alone, and ends that
    again. Never ends a Ray that was there before. SIGTERM raises KeyboardInterrupt where the block does not handle it.

    Args:
        num_cpus: of a Ray started here; None: the machine's.
        num_gpus: likewise.

    Raises:
        ConfigError: nobody listens at RAY_ADDRESS.
    """
    if ray.is_initialized():
        yield
        return
    _quieten()
    if may_grow():
        _check_address(os.environ.get("RAY_ADDRESS", ""))
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    else:
        ray.init("local", num_cpus=num_cpus, num_gpus=num_gpus, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    with terminate_as_interrupt():  # a signal may come while Ray is shut down, too
        try:
            yield
        finally:
            ray.shutdown()


def _check_address(address: str) -> None:
    """Try once to connect there: Ray itself would try for many minutes, and say nothing."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=_REACHABLE_S).close()
    except OSError as error:
        raise ConfigError(f"RAY_ADDRESS={address}: no cluster answers there ({error})\n  Start one, correct it, or unset it.") from error


def _quieten() -> None:
    """Turn off Ray's usage statistics, a warning of a coming change, and lines about dead workers, which the driver prints itself."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    # log_to_driver=False leaves the raylet's paragraph about each dead worker, on stdout; for that there is no public switch.
    vars(ray_worker)["_worker_logs_enabled"] = False
