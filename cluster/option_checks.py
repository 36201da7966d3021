"""Numbers that several commands are told, held against what makes sense."""

from __future__ import annotations

import math

from avemo_core.errors import ConfigError


def check_worker_options(*, workers: int | None, gpus_per_worker: float) -> None:
    """Refuse numbers of workers and of devices that nobody has.

    Raises:
        ConfigError: which option, and what came.
    """
    if workers is not None and workers < 1:
        raise ConfigError(f"--workers must be at least 1, not {workers}")
    if not (math.isfinite(gpus_per_worker) and gpus_per_worker >= 0):
        raise ConfigError(f"--gpus-per-worker must be at least 0, not {gpus_per_worker:g}")


def check_reject_share(share: float) -> None:
    """Refuse what is no share.

    Raises:
        ConfigError: what came.
    """
    if not 0 <= share <= 1:
        raise ConfigError(f"--max-reject-share is a share, from 0 to 1, not {share:g}")
