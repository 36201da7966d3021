"""Where the files of a table lie."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError, TableError
from avemo_core.runtime.table_files import TableFiles
from cluster.tables.existing import check_table
from cluster.tables.feature_table import check_own_folder
from cluster.tables.parts import read
from cluster.tables.paths import check_place, sibling
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


@pytest.mark.parametrize(
    "location", ["s3://bucket", "s3://bucket/", "/", "s3://bucket/share-00001-of-00002", "/share-00001-of-00002"], ids=repr
)
def test_an_output_that_can_have_no_sibling_is_refused(location: str):
    with pytest.raises(ConfigError, match="name a folder"):
        check_place(location)


def test_a_folder_that_only_begins_like_a_shard_is_a_table_of_its_own():
    assert sibling("s3://bucket/share-emotions") == "s3://bucket/share-emotions.avemo"


def test_the_sibling_of_a_link_is_that_of_the_table(tmp_path: Path):
    _one_table(tmp_path / "disk" / "features")
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "features")

    assert sibling(str(tmp_path / "link")) == str(tmp_path / "disk" / "features.avemo")
    assert read_rejects(str(tmp_path / "link")).num_rows == 1
    (tmp_path / "link.avemo").mkdir()
    assert sibling(str(tmp_path / "link")) == str(tmp_path / "link.avemo")


@pytest.mark.parametrize("name", ["features/more", "features.avemo", "features.avemo/staging", "features.avemo/log/more"])
def test_an_output_within_a_table_or_its_sibling_is_refused(tmp_path: Path, name: str):
    _one_table(tmp_path / "features")

    with pytest.raises(ConfigError, match="name a folder outside it"):
        check_place(str(tmp_path / name))
    with pytest.raises(ConfigError, match="name a folder outside it"):
        check_own_folder(str(tmp_path / name), str(tmp_path / "features"))
    check_place(str(tmp_path / "features.avemo" / "features"))
    check_place(str(tmp_path / "model"))


def test_a_whole_table_is_refused_where_shards_have_begun(tmp_path: Path):
    with open_table(str(tmp_path / "out" / "share-00001-of-00002"), SCHEMA, {}) as table:
        table.close(RunCounts(), "interrupted")

    with pytest.raises(ConfigError, match="it holds share-00001-of-00002, whose clips would come twice"):
        check_table(str(tmp_path / "out"), SCHEMA, {})


def test_a_part_that_is_a_link_leading_nowhere_is_said(tmp_path: Path):
    """As where a file of a versioned corpus was not fetched."""
    _one_table(tmp_path / "features")
    (tmp_path / "features" / "part-z.parquet").symlink_to(tmp_path / "not fetched")

    with pytest.raises(TableError, match=r"part-z\.parquet: a link that leads nowhere"):
        read(str(tmp_path / "features"))
    with pytest.raises(TableError, match=r"part-z\.parquet: cannot be read"):
        list(TableFiles.of(tmp_path / "features").tables(TableFiles.of(tmp_path / "features").parts(), lambda schema, _: schema.names))


@pytest.mark.parametrize("linked", ["parts", "shards", "the table"])
def test_links_count_as_what_they_lead_to(tmp_path: Path, linked: str):
    _one_table(tmp_path / "store" / "share-00001-of-00001")
    share, table = tmp_path / "table" / "share-00001-of-00001", tmp_path / "table"
    match linked:
        case "parts":
            share.mkdir(parents=True)
            for part in (tmp_path / "store" / "share-00001-of-00001").iterdir():
                (share / part.name).symlink_to(part)
        case "shards":
            table.mkdir()
            share.symlink_to(tmp_path / "store" / "share-00001-of-00001")
        case "the table":
            table.symlink_to(tmp_path / "store")

    assert read(str(table)).num_rows == 1
    assert len(TableFiles.of(table).parts()) == 1


def _one_table(location: Path) -> None:
    with open_table(str(location), SCHEMA, {}) as table:
        table.publish(table.staging.write(rows("a")))
        table.publish_rejects([Rejected(source_id="gone", uri="u", stage="read", reason=Reason.MISSING, detail="")])
        table.close(RunCounts(done=1), "done")


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
