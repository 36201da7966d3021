import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu import reference

ROOT = Path(__file__).parents[2]
WITHOUT = ("jaxtyping", "pyarrow", "cv2", "ai_edge_litert", "scipy", "skimage", "sklearn", "av", "ray")
BARE = f"""
import sys
sys.modules.update(dict.fromkeys({WITHOUT}))
sys.argv = ["run", "--device", "cpu", "--quick"]
from benchmarks.gpu import run
sys.exit(run.main())
"""


def test_the_values_that_a_gpu_is_held_to_are_those_of_the_cpus_path():
    stored, made = reference.load(), reference.made()

    for each in fields(reference.Reference):
        np.testing.assert_allclose(getattr(stored, each.name), getattr(made, each.name), rtol=1e-3, atol=0.05, err_msg=each.name)


@pytest.mark.long
def test_the_benchmark_needs_torch_numpy_and_safetensors_alone():
    done = subprocess.run([sys.executable, "-c", BARE], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own script

    assert done.returncode == 0, done.stderr
    assert "without: jaxtyping, pyarrow" in done.stdout
    assert "frames/s from decoded clips | not measured: no PyAV" in done.stdout
    assert "too far" not in done.stdout
