"""Where the files of a table lie."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError
from cluster.tables.paths import check_has_sibling, sibling
from cluster.tables.rejects import Rejected, read_rejects
from cluster.tables.run_record import RunCounts
from cluster.tables.table import open_table
from schemas.rejects import Reason
from tests.cluster.stub import SCHEMA, rows


@pytest.mark.parametrize(
    ("location", "beside"),
    [
        ("/data/features", "/data/features.avemo"),
        ("/data/features/", "/data/features.avemo"),
        ("s3://bucket/a/b", "s3://bucket/a/b.avemo"),
        ("/data/features/share-00001-of-00002", "/data/features.avemo/share-00001-of-00002"),
        ("s3://bucket/out/share-00002-of-00002", "s3://bucket/out.avemo/share-00002-of-00002"),
    ],
)
def test_everything_but_the_parts_lies_in_one_sibling(location: str, beside: str):
    assert sibling(location) == beside


@pytest.mark.parametrize("location", ["s3://bucket", "s3://bucket/", "/"])
def test_an_output_that_can_have_no_sibling_is_refused(location: str):
    with pytest.raises(ConfigError, match="name a folder"):
        check_has_sibling(location)


def test_a_table_of_shards_is_read_as_one_and_so_are_its_rejects(tmp_path: Path):
    for number in ("1", "2"):
        with open_table(str(tmp_path / f"out/share-0000{number}-of-00002"), SCHEMA, {}) as table:
            table.publish(table.staging.write(rows(f"clip-{number}")))
            table.publish_rejects([Rejected(source_id=f"gone-{number}", uri="u", stage="read", reason=Reason.MISSING, detail="")])
            table.close(RunCounts(done=1), "done")

    assert sorted(pd.read_parquet(tmp_path / "out")["source_id"]) == ["clip-1", "clip-2"]
    assert sorted(read_rejects(str(tmp_path / "out"))["source_id"].to_pylist()) == ["gone-1", "gone-2"]


def test_no_file_below_the_folder_is_anything_but_a_part_even_while_it_is_written(tmp_path: Path):
    with open_table(str(tmp_path / "out"), SCHEMA, {}) as table:
        staged = table.staging.write(rows("a"))
        table.publish_rejects([Rejected(source_id="gone", uri="u", stage="read", reason=Reason.MISSING, detail="")])
        before = list((tmp_path / "out").rglob("*"))
        table.publish(staged)

        assert before == []
        assert [path.name.split("-")[0] for path in (tmp_path / "out").rglob("*")] == ["part"]
        assert pq.read_table(tmp_path / "out").num_rows == 1
