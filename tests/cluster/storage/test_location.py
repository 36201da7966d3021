"""Which folder a location names, and which locations are refused."""

import os
import sys

import pytest
import s3fs

from avemo_core.errors import ConfigError
from cluster.pretrain.job import PretrainOptions, pretrain
from cluster.ray.session import resolve
from cluster.select.job import SelectOptions, select
from cluster.storage.location import is_remote, open_folder
from cluster.storage.replaced import replaced
from cluster.tables.table import open_table
from tests.cluster.stub import SCHEMA


@pytest.mark.parametrize(("location", "remote"), [("s3://b/x", True), ("memory://x", True), ("/data", False), ("file:///data", False)])
def test_only_urls_beyond_this_machine_are_remote(location: str, remote: bool):  # noqa: FBT001 - a table of claims
    assert is_remote(location) is remote


def test_an_unknown_protocol_is_a_request_that_makes_no_sense():
    with pytest.raises(ConfigError, match="nonsense://x"):
        open_folder("nonsense://x")


@pytest.mark.parametrize(
    ("location", "line"), [("abfs://c/x", r"pip install --editable '\.\[azure\]'"), ("gs://b/x", r"pip install --editable '\.\[gcs\]'")]
)
def test_a_store_whose_client_is_not_installed_is_refused_with_the_line_that_installs_it(
    location: str, line: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "adlfs", None)
    monkeypatch.setitem(sys.modules, "gcsfs", None)

    for opening in (open_folder, resolve):
        with pytest.raises(ConfigError, match=line):
            opening(location)


@pytest.mark.parametrize(
    ("location", "reason"), [("memory://out/x", "memory of one process"), ("https://host/out", "only reads"), ("/proc/no/out", "output")]
)
def test_a_place_that_no_worker_can_write_is_refused(location: str, reason: str):
    with pytest.raises(ConfigError, match=reason), open_table(location, SCHEMA, {}):
        pass


def test_a_selection_or_weights_in_the_memory_of_one_process_are_refused_before_a_picture_is_read():
    with pytest.raises(ConfigError, match="memory of one process"):
        select(SelectOptions(out="memory://out", stills="/none"))
    with pytest.raises(ConfigError, match="memory of one process"):
        pretrain(PretrainOptions(out="memory://out", identities="/none"))


def test_a_folder_that_cannot_be_made_is_refused_before_the_work_for_it():
    with pytest.raises(ConfigError, match="cannot be used as an output"), replaced("/proc/no/out", lambda _local, _target: None):
        pytest.fail("the work begins")


def test_without_credentials_the_store_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/none")
    s3fs.S3FileSystem.clear_instance_cache()

    with pytest.raises(ConfigError, match=r"^[^\n]*Unable to locate credentials[^\n]*$"), open_table("s3://bucket/x", SCHEMA, {}):
        pass
