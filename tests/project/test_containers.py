"""The image's recipe, the Apptainer definition and the RayJob fit the checkout and each other."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
CONTAINERS = ROOT / "cluster" / "containers"
SETTINGS = "PATH=/opt/avemo/.venv/bin:$PATH AVEMO_CACHE=/opt/avemo/models RAY_USAGE_STATS_ENABLED=0"

JOB_FIELDS = {
    "entrypoint": str,
    "backoffLimit": int,
    "submissionMode": str,
    "submitterConfig": dict,
    "shutdownAfterJobFinishes": bool,
    "ttlSecondsAfterFinished": int,
    "rayClusterSpec": dict,
}
"""Of RayJob in ray.io/v1, as far as used here; of the types in KubeRay's ray-operator/apis/ray/v1."""
CLUSTER_FIELDS = {
    "rayVersion": str,
    "enableInTreeAutoscaling": bool,
    "autoscalerOptions": dict,
    "headGroupSpec": dict,
    "workerGroupSpecs": list,
}
HEAD_FIELDS = {"rayStartParams": dict, "template": dict}
GROUP_FIELDS = {"groupName": str, "replicas": int, "minReplicas": int, "maxReplicas": int, **HEAD_FIELDS}


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "cluster" / "kubernetes" / "rayjob.yaml").read_text())


def _cluster(job: dict[str, Any]) -> dict[str, Any]:
    return job["spec"]["rayClusterSpec"]


def _groups(job: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {group["groupName"]: group for group in _cluster(job)["workerGroupSpecs"]}


def _pods(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [group["template"]["spec"] for group in (_cluster(job)["headGroupSpec"], *_groups(job).values())]


def _holds(value: dict[str, Any], fields: dict[str, type]) -> bool:
    return {name: type(one) for name, one in value.items()} == fields


def _leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever YAML holds
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def test_the_job_has_the_fields_of_a_ray_job_with_their_types_and_no_others(job: dict[str, Any]):
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    assert _holds(job["spec"], JOB_FIELDS)
    assert _holds(_cluster(job), CLUSTER_FIELDS)
    assert _holds(_cluster(job)["headGroupSpec"], HEAD_FIELDS)
    assert all(_holds(group, GROUP_FIELDS) for group in _groups(job).values())
    assert job["spec"]["submissionMode"] in {"K8sJobMode", "HTTPMode", "InteractiveMode", "SidecarMode"}
    starts = [_cluster(job)["headGroupSpec"], *_groups(job).values()]
    assert all(isinstance(value, str) for group in starts for value in group["rayStartParams"].values())


def test_its_ray_is_the_one_that_the_bounds_let_in(job: dict[str, Any]):
    assert _cluster(job)["rayVersion"] == version("ray")


def test_the_head_takes_no_work_and_groups_with_and_without_a_gpu_come_and_go(job: dict[str, Any]):
    gpus = {
        name: group["template"]["spec"]["containers"][0]["resources"]["limits"].get("nvidia.com/gpu")
        for name, group in _groups(job).items()
    }

    assert _cluster(job)["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert gpus == {"cpu": None, "gpu": "1"}
    assert all(group["minReplicas"] == 0 < group["maxReplicas"] for group in _groups(job).values())


def test_a_lost_driver_is_started_again_and_writes_where_the_next_one_finds_it(job: dict[str, Any]):
    words = shlex.split(job["spec"]["entrypoint"])

    assert job["spec"]["backoffLimit"] > 0
    assert (ROOT / words[1].removeprefix("/opt/avemo/")).is_file()
    assert all("://" in words[words.index(option) + 1] for option in ("--clips", "--selection", "--out"))


def test_credentials_come_by_reference_alone(job: dict[str, Any]):
    containers = [container for pod in _pods(job) for container in pod["containers"]]

    assert all(container["envFrom"] == [{"secretRef": {"name": "avemo-store", "optional": True}}] for container in containers)
    assert not [leaf for leaf in _leaves(job) if re.search(r"AKIA|SECRET|PASSWORD|TOKEN", str(leaf))]


def test_every_mount_has_its_volume_and_no_pod_runs_as_root(job: dict[str, Any]):
    for pod in _pods(job):
        mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
        assert pod["securityContext"]["runAsNonRoot"]


def test_image_and_definition_hold_all_that_the_package_is_made_of_and_install_it_alike():
    image, definition = (CONTAINERS / "Containerfile").read_text(), (CONTAINERS / "avemo.def").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = [name.removesuffix("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]]

    for name in ("pyproject.toml", project["project"]["readme"], *project["project"]["license-files"], *layers):
        assert re.search(rf"^COPY .*\b{re.escape(name)} ", image, re.MULTILINE), name
        assert f"    {name} /opt/avemo/{name}\n" in definition, name
    steps = [re.findall(r"^(?:RUN|   ) sh \S*install\.sh (\w+)$", text, re.MULTILINE) for text in (image, definition)]
    assert steps == [["packages", "avemo"]] * 2
    assert f"ENV {SETTINGS}\n" in image
    assert f"export {SETTINGS}\n" in definition


def test_the_python_they_start_from_is_one_that_the_bounds_let_in():
    bases = [re.search(r"python:(3\.\d+)-slim", (CONTAINERS / name).read_text())[1] for name in ("Containerfile", "avemo.def")]  # type: ignore[index]

    assert bases[0] == bases[1]
    assert bases[0] in SpecifierSet(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"])


def test_a_step_that_nobody_knows_is_refused():
    done = subprocess.run(["sh", CONTAINERS / "install.sh", "everything"], capture_output=True, text=True, check=False)  # noqa: S603, S607

    assert done.returncode == 2
    assert "found 'everything'" in done.stderr
