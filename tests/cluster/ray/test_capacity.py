import pytest

from avemo_core.errors import ConfigError
from cluster.ray.capacity import Needs, check_room, describe, room_for


@pytest.mark.parametrize(
    ("needs", "nodes", "room"),
    [
        (Needs(), [{"CPU": 2.0}, {"CPU": 4.0}], 6),
        (Needs(cpus=3), [{"CPU": 2.0}, {"CPU": 4.0}], 1),
        (Needs(cpus=0.5, gpus=0.1), [{"CPU": 16.0, "GPU": 1.0}], 10),
        (Needs(gpus=1), [{"CPU": 16.0}], 0),
        (Needs(), [{}], 0),
        (Needs(), [], 0),
    ],
)
def test_a_worker_must_fit_on_one_node(needs: Needs, nodes: list[dict[str, float]], room: int):
    assert room_for(needs, nodes) == room


def test_needs_and_cluster_read_as_words():
    assert str(Needs(cpus=2, gpus=0.5)) == "2 CPU and 0.5 GPU"
    assert describe([{"CPU": 2.0, "GPU": 1.0}, {"CPU": 4.0}]) == "2 nodes with 6 CPU and 1 GPU"


@pytest.mark.usefixtures("ray_session")
@pytest.mark.parametrize(("needs", "workers"), [(Needs(), 3), (Needs(gpus=1), 1)])
def test_what_a_ray_of_this_machine_alone_can_never_give_is_refused(needs: Needs, workers: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)

    with pytest.raises(ConfigError, match="no other node can come"):
        check_room(needs, workers)

    monkeypatch.setenv("RAY_ADDRESS", "auto")
    check_room(needs, workers)
