"""Each of Ray's private interfaces that cluster/ray/private.py uses is there and does what we use it for; a test a name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import ray
from ray._private import accelerators, worker
from ray._private.runtime_env import constants
from ray.train.v2._internal.exceptions import UserExceptionWithTraceback

from cluster.ray import private

ROOT = Path(__file__).parents[3]


def test_the_entry_point_of_a_submitted_job_is_known_by_the_variable_that_ray_sets():
    assert private.SUBMITTED_JOB == constants.RAY_JOB_CONFIG_JSON_ENV_VAR


def test_the_switch_of_the_lines_about_dead_workers_is_read_where_they_are_printed():
    private.quieten()

    assert "_worker_logs_enabled" in worker.print_worker_logs.__code__.co_names
    assert vars(worker)["_worker_logs_enabled"] is False


def test_the_variable_that_lets_workers_without_a_gpu_see_all_of_them_has_its_name():
    assert private._KEPT_DEVICES == accelerators.RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO_ENV_VAR


def test_what_ray_train_wraps_an_error_in_gives_it_back():
    ours = ValueError("no")

    assert private.wrapped_error(UserExceptionWithTraceback(ours, traceback_str="Traceback ...")) is ours
    assert private.wrapped_error(ours) is ours


def test_a_token_of_the_environment_is_shown_as_ray_shows_it_and_a_new_one_after_it_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    shown = []
    for token in ("a" * 64, "b" * 64):
        monkeypatch.setenv("RAY_AUTH_TOKEN", token)
        private.forget_token()
        shown.append(private.token_header())
    monkeypatch.undo()
    private.forget_token()

    assert shown == [{"authorization": f"Bearer {token * 64}"} for token in "ab"]


@pytest.mark.usefixtures("ray_session")
def test_the_processes_of_a_node_are_children_by_these_names():
    assert {child.name() for child in psutil.Process().children()} >= private.NODE_PROCESSES


@pytest.mark.usefixtures("ray_session")
def test_the_head_tells_its_version():
    header = private.token_header()

    assert private.version_of_head(ray.get_runtime_context().gcs_address, header, 10.0) == ray.__version__


@pytest.mark.usefixtures("ray_session")
def test_a_placement_group_of_this_job_without_room_is_seen_until_it_is_gone():
    too_large = ray.util.placement_group([{"CPU": 99.0}])
    waiting = private.waits_for_room()
    ray.util.remove_placement_group(too_large)
    fitting = ray.util.placement_group([{"CPU": 1.0}])
    ray.get(fitting.ready())

    assert waiting
    assert not private.waits_for_room()
    ray.util.remove_placement_group(fitting)


def test_no_other_module_of_ours_imports_what_ray_keeps_to_itself():
    modules = [file for layer in ("avemo_core", "cluster", "jobs", "schemas") for file in (ROOT / layer).rglob("*.py")]

    assert {str(file.relative_to(ROOT)) for file in modules if any(map(_is_private, _imported(file)))} == {"cluster/ray/private.py"}


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_private(name: str) -> bool:
    _, *inner = name.split(".")
    return name.startswith("ray.") and (inner[0] == "core" or any(part.startswith("_") for part in inner) or "v2" in inner)
