"""Examine this machine, and where a cluster is joined each of its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from avemo_core.appearance.networks import NetworkName
from avemo_core.errors import ConfigError
from avemo_core.extraction.config import ExtractionConfig
from cluster.doctor.examine import Examined, examine
from cluster.doctor.finding import Finding, wrong
from cluster.doctor.nodes import examine_nodes
from cluster.ray.devices import Precision, precision_of
from cluster.ray.session import may_grow, resolve, session


@dataclass(frozen=True, kw_only=True)
class DoctorOptions:
    """Options of `doctor`."""

    reads: list[str] = field(default_factory=list)
    """A folder that runs will read, a path or a URL; may be given several times."""
    writes: list[str] = field(default_factory=list)
    """A folder that runs will write: a small file is put there and taken away; may be given several times."""
    gpu: bool = False
    """Expect a GPU, and try the built-in clip on it too."""
    network: NetworkName = "resnet29"
    """The face-identity network, as for extract."""
    weights: str | None = None
    """Its weights, as for extract."""
    precision: Precision = "auto"
    """Of the network, as for extract."""


def diagnose(options: DoctorOptions) -> Iterator[tuple[str, list[Finding]]]:
    """Each machine by a name, and what was seen on it: this one, then the cluster's nodes."""
    what = Examined(
        config=ExtractionConfig(
            network=options.network,
            weights=options.weights and resolve(options.weights),
            precision=precision_of(options.precision, on_gpu=options.gpu, network=options.network, weights=options.weights),
            device="cuda" if options.gpu else "cpu",
        ),
        wants_device=options.gpu,
        reads=[resolve(location) for location in options.reads],
        writes=[resolve(location) for location in options.writes],
    )
    # The machine that submits to a cluster of GPUs needs none itself.
    here = examine(what.without_device() if may_grow() else what)
    yield "this machine", here.findings
    if not may_grow():
        return
    try:
        with session():
            for node, findings in examine_nodes(what, here):
                yield f"node {node.host}", findings
    except ConfigError as error:
        yield "the cluster", [wrong("ray", str(error))]
