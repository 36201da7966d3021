"""Joining a cluster that runs already, or one message that says why not and what to do.

RAY_ADDRESS    http://HOST:8265   where `ray job submit` sends jobs; no process joins there
               HOST:6379          the head, which drivers and nodes join
               auto               the Ray that was started last on this machine
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Mapping
from typing import Final

import grpc
import ray
from ray.exceptions import RayError

from avemo_core.errors import ConfigError
from cluster.ray.private import token_header, version_of_head

_REACHABLE_S: Final = 10.0
"""How long an answer at RAY_ADDRESS is waited for."""

_REMEDY: Final = "Start a cluster there, correct the address, or unset it to work on this machine alone."

_UNAUTHENTICATED: Final = (
    "the cluster wants a token, and {shown}\n"
    "  To show it:           {show}\n"
    "  To have it want none: RAY_AUTH_MODE=disabled in front of `ray start`, on every node. A `ray start` without RAY_AUTH_MODE\n"
    "  wants one wherever ~/.ray/auth_token lies; delete that file if nobody uses it."
)

_NONE_WANTED: Final = (
    "the cluster wants no token, and this process wants one of whoever calls it (RAY_AUTH_MODE=token):\n"
    "  none of its workers could start. `unset RAY_AUTH_MODE RAY_AUTH_TOKEN`; RAY_AUTH_MODE=disabled where ~/.ray/auth_token lies"
)


def join(address: str) -> None:
    """Join the cluster there.

    Args:
        address: what RAY_ADDRESS says; "" inside a submitted job, to which Ray itself says where.

    Raises:
        ConfigError: nobody answers there, who answers is no Ray, another version of it, or wants another token or none.
    """
    if (refusal := _refusal(address)) is not None:
        raise ConfigError(f"RAY_ADDRESS={address}: {refusal}")
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError, RayError) as error:  # ConnectionError: none runs
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError(f"RAY_ADDRESS={address}: this process cannot join there ({reason})\n  {_REMEDY}") from error


def _refusal(address: str) -> str | None:
    """Why nobody can join there, as far as one try tells: Ray itself would try for a minute or many, and not say why."""
    if address.startswith(("http://", "https://")):
        return (
            "that is where jobs are sent to; a process that you start yourself cannot join there\n"
            f"  On the cluster:  ray job submit --working-dir . -- python {' '.join(sys.argv[:1])} ...\n"
            "  On this machine: unset RAY_ADDRESS"
        )
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():
        return None
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHABLE_S).close()
    except (OSError, ValueError) as error:  # UnicodeError: no name of a host, as node..cluster
        return f"no cluster answers there ({error})\n  {_REMEDY}"
    if address.startswith("ray://") or os.environ.get("RAY_USE_TLS", "0") != "0":
        return None
    return _refusal_of_head(f"{host}:{port}")


def _refusal_of_head(address: str) -> str | None:
    shows_token = os.environ.get("RAY_AUTH_MODE", "").lower() == "token"
    try:
        found = version_of_head(address, token_header() if shows_token else {}, _REACHABLE_S)
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.UNAUTHENTICATED:
            return _token_wanted(address, shows_token=shows_token)
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:  # a Ray that asks this in other words: it speaks for itself
            return None
        return f"who answers there is no Ray; a head listens on port 6379, if no other was chosen\n  {_REMEDY}"
    if found and found != ray.__version__:
        return (
            f"the cluster runs Ray {found}, and this process Ray {ray.__version__}\n  Start it from an environment that `make setup` made."
        )
    return _NONE_WANTED if shows_token and _lets_in(address, {}) else None


def _token_wanted(address: str, *, shows_token: bool) -> str:
    if shows_token:
        shown = "the one found here is another" if token_header() else "none is found here"
    else:
        shown = f"RAY_AUTH_MODE is {os.environ.get('RAY_AUTH_MODE') or 'not set'}: none was shown"
    show = "export RAY_AUTH_MODE=token RAY_AUTH_TOKEN=..., what ~/.ray/auth_token holds where the cluster was started"
    if not shows_token and _lets_in(address, token_header()):
        show = "export RAY_AUTH_MODE=token (the one found here fits)"
    return _UNAUTHENTICATED.format(shown=shown, show=show)


def _lets_in(address: str, header: Mapping[str, str]) -> bool:
    try:
        version_of_head(address, header, _REACHABLE_S)
    except grpc.RpcError:
        return False
    return True
