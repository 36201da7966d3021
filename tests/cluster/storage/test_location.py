import pytest

from avemo_core.errors import ConfigError
from cluster.storage.location import is_remote, open_folder, public


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("s3://key:secret@bucket/clips/a.mp4", "s3://bucket/clips/a.mp4"),
        ("https://host/a.mp4?X-Amz-Signature=1&X-Amz-Credential=2", "https://host/a.mp4"),
        ("cannot read https://u:p@host/a?sig=1 (403)", "cannot read https://host/a (403)"),
        ("/data/a?b.mp4", "/data/a?b.mp4"),
        ("s3://bucket/user@home.mp4", "s3://bucket/user@home.mp4"),
    ],
)
def test_no_credential_survives_publication(text: str, safe: str):
    assert public(text) == safe


@pytest.mark.parametrize(("location", "remote"), [("s3://b/x", True), ("memory://x", True), ("/data", False), ("file:///data", False)])
def test_only_urls_beyond_this_machine_are_remote(location: str, remote: bool):  # noqa: FBT001 - a table of claims
    assert is_remote(location) is remote


def test_an_unknown_protocol_is_a_request_that_makes_no_sense():
    with pytest.raises(ConfigError, match="nonsense://x"):
        open_folder("nonsense://x")
