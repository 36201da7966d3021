"""Starting Ray on this machine, or joining the cluster that the environment names, without Ray's own messages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import ray

from avemo_core.errors import ConfigError
from cluster.ray import own_node
from cluster.ray.joining import join
from cluster.ray.private import SUBMITTED_JOB, quieten
from cluster.ray.stopping import exit_as_interrupt, terminate_as_interrupt
from cluster.storage.location import check_extra, is_remote


def inside_job() -> bool:
    """Whether this process was started by `ray job submit`."""
    return SUBMITTED_JOB in os.environ


def may_grow() -> bool:
    """Whether this process joins a cluster that runs already, to which nodes may come while it waits."""
    return inside_job() or bool(os.environ.get("RAY_ADDRESS"))


def resolve(location: str) -> str:
    """A location that means the same in every process: URLs as they are, local paths absolute.

    Raises:
        ConfigError: a relative local path inside a Ray job, whose working folder is temporary; a URL whose client is not installed.
    """
    if is_remote(location):
        check_extra(location)
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
    again. Never ends a Ray that was there before. SIGTERM raises KeyboardInterrupt while Ray starts, and where the block does not
    handle it.

    Args:
        num_cpus: of a Ray started here; None: the machine's.
        num_gpus: likewise.

    Raises:
        ConfigError: no cluster lets this process join it at RAY_ADDRESS.
        ClusterError: no Ray starts here, or the one that did died.
    """
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quieten()
    node: list[psutil.Process] = []
    with ExitStack() as stack:
        with exit_as_interrupt():
            if may_grow():
                join(os.environ.get("RAY_ADDRESS", ""))
            else:
                stack.enter_context(own_node.token_in_memory())
                node = own_node.start(num_cpus, num_gpus)
        stack.enter_context(terminate_as_interrupt())  # a signal may come while Ray is shut down, too
        stack.callback(ray.shutdown)
        if node:
            stack.enter_context(own_node.ends_with_its_node(node))
        yield
