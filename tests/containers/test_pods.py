"""The pods of the RayJob are valid by Kubernetes' own schemas (package kubernetes-validate, 110 MB: in no extra)."""

from pathlib import Path
from typing import Any

import pytest
import yaml

kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="pip install kubernetes-validate")

SPEC = yaml.safe_load((Path(__file__).parents[2] / "cluster" / "kubernetes" / "rayjob.yaml").read_text())["spec"]["rayClusterSpec"]
TEMPLATES = {"head": SPEC["headGroupSpec"]["template"]} | {group["groupName"]: group["template"] for group in SPEC["workerGroupSpecs"]}


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("kubernetes", ["1.30", "1.37"])
def test_each_pod_is_one_that_kubernetes_knows(name: str, kubernetes: str):
    pod: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, **TEMPLATES[name]}

    kubernetes_validate.validate(pod, kubernetes, strict=True)
