"""The same on every node of a cluster, one after the other's answer: a task that takes no core, so that it needs no room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import ray
from ray.exceptions import GetTimeoutError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cluster.doctor.examine import Examination, Examined, examine
from cluster.doctor.finding import Finding, wrong
from cluster.ray.capacity import Node, living_nodes

_PATIENCE_S: Final = 180.0
_GPU_SHARE: Final = 0.01
"""Enough to be given a device."""


def examine_nodes(what: Examined, here: Examination) -> Iterator[tuple[Node, list[Finding]]]:
    """Each living node with what was seen on it; what differs from here is wrong there.

    Args:
        what: to look at; a node without a device is looked at without one.
        here: this machine.
    """
    asked = [(node, _ask(node, what, here)) for node in living_nodes()]
    for node, answer in asked:
        try:
            there: Examination = ray.get(answer, timeout=_PATIENCE_S)
        except GetTimeoutError:
            yield node, [wrong("node", f"no answer within {_PATIENCE_S:g} s", "Its log: `ray logs cluster` on the head.")]
        except RayError as error:
            reason = str(error).strip().splitlines()[-1]
            yield node, [wrong("node", f"{type(error).__name__}: {reason}", "It needs the environment of `make setup` and this checkout.")]
        else:
            yield node, [*there.findings, *_other_versions(there, here)]


def _ask(node: Node, what: Examined, here: Examination) -> Any:  # noqa: ANN401 - Ray makes the class of a reference
    has_device = bool(node.resources.get("GPU")) and what.config.device != "cpu"
    there = what if has_device else what.without_device()
    remote: Any = ray.remote
    task = remote(num_cpus=0, num_gpus=_GPU_SHARE if has_device else 0, max_retries=0)(examine)
    return task.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False)).remote(there, here.sample)


def _other_versions(there: Examination, here: Examination) -> list[Finding]:
    names = sorted(there.versions.keys() | here.versions.keys())
    other = [f"{name} {there.versions.get(name)} (here {here.versions.get(name)})" for name in names if _differs(name, there, here)]
    return [wrong("versions", ", ".join(other), "Give every node the same environment.")] if other else []


def _differs(name: str, there: Examination, here: Examination) -> bool:
    return there.versions.get(name) != here.versions.get(name)
