from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "ray_config.yaml").read_text())


def test_ray_accepts_the_cluster_file(config: dict[str, Any]):
    prepared = prepare_config(config)
    prepared["cluster_synced_files"] = []

    validate_config(prepared)

    assert prepared["head_node_type"] == "head"


def test_the_head_takes_no_work(config: dict[str, Any]):
    assert config["available_node_types"]["head"]["resources"] == {"CPU": 0}
    assert "--num-cpus=0" in config["head_start_ray_commands"][-1]


def test_there_are_workers_with_and_without_a_gpu_that_come_and_go(config: dict[str, Any]):
    workers = {name: node for name, node in config["available_node_types"].items() if name != config["head_node_type"]}

    assert {name: "GPU" in node["resources"] for name, node in workers.items()} == {"cpu_worker": False, "gpu_worker": True}
    assert all(node["min_workers"] == 0 and node["max_workers"] > 0 for node in workers.values())
    assert all(node["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"} for node in workers.values())


def test_no_environment_and_no_data_is_copied_to_the_nodes(config: dict[str, Any]):
    assert {".venv", ".git", "demo"} <= set(config["rsync_exclude"])
