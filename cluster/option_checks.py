"""Checks of options that several commands have."""

from __future__ import annotations

import math

from avemo_core.errors import ConfigError


def check_worker_options(*, workers: int | None, gpus_per_worker: float) -> None:
    """Refuse a number of workers below 1, and one of GPUs below 0 or not finite.

    Raises:
        ConfigError: names the option and the value found.
    """
    if workers is not None and workers < 1:
        raise ConfigError(f"--workers must be at least 1, not {workers}")
    if not (math.isfinite(gpus_per_worker) and gpus_per_worker >= 0):
        raise ConfigError(f"--gpus-per-worker must be at least 0, not {gpus_per_worker:g}")


def check_reject_share(share: float) -> None:
    """Refuse a proportion outside 0 to 1.

    Raises:
        ConfigError: names the option and the value found.
    """
    if not 0 <= share <= 1:
        raise ConfigError(f"--max-reject-share is a share, from 0 to 1, not {share:g}")
