"""How many workers a cluster has room for; the error message where it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import ray

from avemo_core.errors import ConfigError
from cluster.ray.session import may_grow


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """The resources that one worker reserves."""

    cpus: float = 1.0
    gpus: float = 0.0

    def __str__(self) -> str:
        gpus = f" and {self.gpus:g} GPU" if self.gpus else ""
        return f"{self.cpus:g} CPU{gpus}"


class Node(NamedTuple):
    """A living node of the cluster."""

    id: str
    """Ray's."""
    host: str
    resources: Mapping[str, float]


def living_nodes() -> list[Node]:
    """Each living node of the cluster."""
    list_nodes: Any = ray.nodes
    return [Node(node["NodeID"], node["NodeManagerHostname"], node["Resources"]) for node in list_nodes() if node["Alive"]]


def node_resources() -> list[Mapping[str, float]]:
    """The resources of each living node of the cluster."""
    return [node.resources for node in living_nodes()]


def room_for(needs: Needs, nodes: Sequence[Mapping[str, float]]) -> int:
    """How many workers fit on the nodes, were they free."""
    return sum(_room_on(node, needs) for node in nodes)


def check_room(needs: Needs, workers: int = 1) -> None:
    """Refuse workers that Ray on this machine alone could never start; a cluster may grow, so there they are waited for.

    Raises:
        ConfigError: there is no room for so many workers.
    """
    nodes = node_resources()
    if not may_grow() and room_for(needs, nodes) < workers:
        wanted = f"each worker needs {needs}" if workers == 1 else f"{workers} workers need {needs} each"
        raise ConfigError(f"{wanted}; this machine's Ray has {describe(nodes)}, and no other node can come")


def describe(nodes: Sequence[Mapping[str, float]]) -> str:
    """The resources of all nodes together, in words."""
    cpus, gpus = (sum(node.get(kind, 0) for node in nodes) for kind in ("CPU", "GPU"))
    return f"{len(nodes)} node{'s' * (len(nodes) != 1)} with {cpus:g} CPU and {gpus:g} GPU"


def _room_on(node: Mapping[str, float], needs: Needs) -> int:
    # 0.3 / 0.1 is 2.9999999999999996: int would make it 2, where Ray, which counts in units of 0.0001, places 3.
    by_kind = [int(node.get(kind, 0) / need + 1e-4) for kind, need in (("CPU", needs.cpus), ("GPU", needs.gpus)) if need]
    return min(by_kind, default=1)
