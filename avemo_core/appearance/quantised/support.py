"""Whether this machine computes in int8 as others do."""

from typing import Final

import torch

UNITS: Final = ("avx512_vnni", "avx_vnni", "amx_int8")
"""Instructions that add up products of 8 bits in 32. Without them CPUs cut sums off at 16 bits, and the values are others."""
_OPERATORS: Final = ("qconv_prepack", "qconv2d_pointwise")


def missing() -> str | None:
    """What this machine lacks for int8, in words; None: nothing."""
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    if not any(capabilities.get(unit) for unit in UNITS):
        return f"a CPU with one of {', '.join(UNITS)}: this machine has none"
    if absent := [name for name in _OPERATORS if not hasattr(torch.ops.onednn, name)]:
        return f"oneDNN's {' and '.join(absent)}, which torch {torch.__version__} does not have"
    return None
