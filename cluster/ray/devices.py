"""Which device a worker computes on, and in which precision the network runs there."""

from __future__ import annotations

from typing import Final, Literal

import torch

from avemo_core.appearance import networks
from avemo_core.errors import ConfigError

Precision = Literal["auto", "float32", "bfloat16", "float16", "int8"]

_BF16_UNITS: Final = ("avx512_bf16", "amx_bf16")
"""CPU features with which bfloat16 is faster than float32."""


def device_of(*, on_gpu: bool) -> str:
    """The device for a worker that was, or was not, given a GPU or a fraction of one.

    Raises:
        ConfigError: Ray gave the worker a GPU that torch cannot use.
    """
    if not on_gpu:
        return "cpu"
    if not torch.cuda.is_available():
        raise ConfigError(
            "--gpus-per-worker: expected a device that torch can use on the worker's node, found none. "
            "Install a torch build with CUDA there, or leave the option out."
        )
    return "cuda"


def precision_of(choice: Precision, *, on_gpu: bool, network: str = networks.DEFAULT, weights: str | None = None) -> str:
    """What `auto` means: the fastest precision that was shown to agree with float32 on such a device.

    Resolved once, when the output is created, on the machine that starts the job; all nodes then use it, whatever their CPUs. A node that
    does not compute in int8 is refused by its preflight.

    Args:
        choice: what was asked for.
        on_gpu: whether the network runs on one.
        network: as `networks.load` takes it.
        weights: likewise.
    """
    if choice != "auto":
        return choice
    if on_gpu:
        return "float16"
    if networks.why_not_int8(network, weights) is None:
        return networks.INT8
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return "bfloat16" if any(capabilities.get(unit) for unit in _BF16_UNITS) else "float32"
