"""Ray's private interfaces that avemo uses, all of them: a new Ray may change them without a word.

tests/cluster/ray/test_private.py holds each one by its name: whoever raises Ray's bound in pyproject.toml runs it first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

import grpc
import ray
from ray import _raylet as raylet
from ray._private import worker as ray_worker
from ray.core.generated import gcs_service_pb2, gcs_service_pb2_grpc

SUBMITTED_JOB: Final = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Variable that Ray sets for the entry point of a submitted job."""

NODE_PROCESSES: Final = frozenset({"raylet", "gcs_server"})
"""Names of the processes without which a Ray on one machine is dead; children of the process that started it."""

_KEPT_DEVICES: Final = "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"
_WORKER_LOGS: Final = "_worker_logs_enabled"
_WRAPPED: Final = "_base_exc"
_JOB_DIGITS: Final = 8
"""Hexadecimal digits at the end of a placement group's id that are its job's."""


def quieten() -> None:
    """Turn off a warning of a coming change, and the raylet's paragraph about each dead worker, which log_to_driver=False leaves."""
    os.environ.setdefault(_KEPT_DEVICES, "0")
    vars(ray_worker)[_WORKER_LOGS] = False


def forget_token() -> None:
    """Have this process read its token anew: Ray keeps the first one that it finds."""
    _token_loader().reset_cache()


def token_header() -> dict[str, str]:
    """The token that Ray finds in the environment or in ~/.ray/auth_token, as a request carries it; {} if there is none."""
    header: dict[str, str] = _token_loader().get_token_for_http_header(ignore_auth_mode=True)
    return {name.lower(): str(value) for name, value in header.items()}


def version_of_head(address: str, header: Mapping[str, str], timeout_s: float) -> str:
    """Ask the head of a cluster whether it is there, and for the version of its Ray.

    Args:
        address: host:port.
        header: what the request carries: a token, or nothing.
        timeout_s: so long is waited for the answer, seconds.

    Raises:
        grpc.RpcError: its `code()` says why there is no answer: UNAUTHENTICATED where it wants a token, or another one.
    """
    with grpc.insecure_channel(address) as channel:
        stub: Any = gcs_service_pb2_grpc.NodeInfoGcsServiceStub(channel)  # type: ignore[no-untyped-call]
        request = gcs_service_pb2.CheckAliveRequest()  # type: ignore[attr-defined]
        answer = stub.CheckAlive(request, timeout=timeout_s, metadata=tuple(header.items()))
    return str(answer.ray_version)


def _token_loader() -> Any:  # noqa: ANN401 - Ray's extension module has no types
    return raylet.AuthenticationTokenLoader.instance()  # type: ignore[attr-defined]


def wrapped_error(failure: BaseException) -> BaseException:
    """What a worker of Ray Train raised; Ray Train wraps it."""
    error: BaseException = getattr(failure, _WRAPPED, failure)
    return error


def waits_for_room() -> bool:
    """Whether this job has asked for room that no node has: a placement group of it is not placed."""
    table: Any = ray.util.placement_group_table()
    job = ray.get_runtime_context().get_job_id()
    return any(group["state"] in {"PENDING", "RESCHEDULING"} and name[-_JOB_DIGITS:] == job for name, group in table.items())
