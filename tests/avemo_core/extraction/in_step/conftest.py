import pytest

from avemo_core.appearance import networks
from avemo_core.appearance.network import Backbone
from avemo_core.appearance.selection import Selection
from avemo_core.extraction.in_step.stepper import DeviceNetworks
from avemo_core.faces.batched import mesh_network, yunet_network
from avemo_core.faces.landmarks import SCHEME


@pytest.fixture(scope="session")
def on_device() -> DeviceNetworks:
    """On the CPU, which is a device like another."""
    network = networks.load()
    assert isinstance(network, Backbone)
    selection = Selection.all(network)
    return DeviceNetworks(yunet=yunet_network.load(), mesh=mesh_network.load(SCHEME), backbone=network, selection=selection)
