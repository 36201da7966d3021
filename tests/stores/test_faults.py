"""Whole processes on each kind of store: killed, two at once, refused."""

import base64
import os
import sys
from collections.abc import Mapping

import pandas as pd
import pytest

from cluster.storage.location import open_folder
from tests.cluster.stub import clips
from tests.stores.servers import Store
from tests.waiting import ROOT, Job

pytestmark = pytest.mark.timeout(900)


def program(out: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Job:
    """The test job of tests/cluster/program.py, under way."""
    command = [sys.executable, "tests/cluster/program.py", "--out", out, *arguments]
    return Job(command, {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})})


def outcomes(where: str) -> dict[str, str]:
    """Every row and every reject, by its source; fails on a source that has two."""
    rows, rejects = pd.read_parquet(where), pd.read_parquet(f"{where}.avemo/rejects")
    found = [*((source, "row") for source in rows.source_id), *zip(rejects.source_id, rejects.reason, strict=True)]
    assert len(found) == len(dict(found)), "a clip has two outcomes"
    return dict(found)


def test_a_driver_killed_on_the_way_goes_on_and_no_secret_is_written(store: Store):
    first = program(store.location, "--good", "200", "--seconds", "0.02", "--odd", "corrupt-1")
    first.until(lambda: open_folder(store.location).entries(), "a first part")
    first.kill()
    second = program(store.location, "--good", "200", "--odd", "corrupt-1")

    assert second.ended() == 0
    assert outcomes(store.location) == {item.source_id: "row" for item in clips(200)} | {"corrupt-1": "decode_failed"}
    assert {name.split("/")[0] for name in open_folder(f"{store.location}.avemo").tree()} == {"log", "rejects", "run.json"}
    assert store.secret not in first.out + first.err + second.out + second.err


def test_the_second_of_two_runs_ends_with_code_4(store: Store):
    first = program(store.location, "--good", "60", "--seconds", "0.2")
    first.until(lambda: open_folder(f"{store.location}.avemo").read("lock") is not None, "its lock")

    second = program(store.location)

    assert second.ended() == 4
    assert first.ended() == 0
    assert len(outcomes(store.location)) == 60


@pytest.mark.parametrize("store", ["azure", "gcs"], indirect=True)  # SeaweedFS makes a bucket of the name
def test_a_bucket_or_container_that_is_not_there_is_refused_in_one_line(store: Store):
    job = program(store.location.replace("://test/", "://no-such-place/"))

    assert job.ended() == 2
    assert len(job.err.splitlines()) == 1
    assert "Traceback" not in job.err


@pytest.mark.parametrize("store", ["s3", "azure"], indirect=True)
def test_a_wrong_key_is_refused_in_one_line_that_does_not_hold_it(store: Store):
    wrong = base64.b64encode(b"a wrong key").decode()
    azure = os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "").replace(store.secret, wrong)
    variables = {"s3": {"AWS_SECRET_ACCESS_KEY": wrong}, "azure": {"AZURE_STORAGE_CONNECTION_STRING": azure}}

    job = program(store.location, environment=variables[store.name])

    assert job.ended() == 2
    assert len(job.err.splitlines()) == 1
    assert wrong not in job.err
