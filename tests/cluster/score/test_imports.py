"""What a scoring worker loads before it scores."""

import subprocess
import sys

import pytest

from tests.waiting import ROOT


@pytest.mark.slow
def test_a_worker_loads_nothing_that_only_fitting_needs():
    program = "import sys, cluster.score.worker; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own

    assert {"sklearn", "scipy.stats", "matplotlib"}.isdisjoint(loaded.stdout.split())
