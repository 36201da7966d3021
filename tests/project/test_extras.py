"""Packages of the extras are wanted by those who asked for what needs them, and by nobody else."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPORTING = """
import importlib, pkgutil, sys
for layer in ("schemas", "avemo_core", "cluster"):
    package = importlib.import_module(layer)
    for module in pkgutil.walk_packages(package.__path__, layer + "."):
        importlib.import_module(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"onnxruntime", "onnx", "transformers", "opensmile"}))
"""


@pytest.mark.slow
def test_importing_every_module_imports_no_package_of_an_extra():
    found = subprocess.run([sys.executable, "-c", IMPORTING], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own

    assert found.stdout.split() == []
