import pytest

from avemo_core.errors import ConfigError
from cluster.storage.location import is_remote, open_folder


@pytest.mark.parametrize(("location", "remote"), [("s3://b/x", True), ("memory://x", True), ("/data", False), ("file:///data", False)])
def test_only_urls_beyond_this_machine_are_remote(location: str, remote: bool):  # noqa: FBT001 - a table of claims
    assert is_remote(location) is remote


def test_an_unknown_protocol_is_a_request_that_makes_no_sense():
    with pytest.raises(ConfigError, match="nonsense://x"):
        open_folder("nonsense://x")
