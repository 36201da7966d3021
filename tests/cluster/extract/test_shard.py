import shutil
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.errors import ConfigError
from cluster.extract.shard import Shard
from cluster.tables.parts import read
from cluster.tables.table import open_table
from tests.cluster.stub import SCHEMA, rows


@given(total=st.integers(0, 10_000), count=st.integers(1, 50))
def test_all_shards_together_are_the_corpus_and_differ_in_size_by_one_at_most(total: int, count: int):
    shards = [Shard(index=index + 1, count=count).rows(total) for index in range(count)]

    assert list(chain.from_iterable(shards)) == list(range(total))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize("text", ["", "1", "0/4", "5/4", "1/0", "-1/4", "a/b", "1/4/2"])
def test_a_shard_that_makes_no_sense_is_refused(text: str):
    with pytest.raises(ConfigError, match="expected i/n"):
        Shard.parse(text)


def test_the_output_of_all_shards_reads_as_one_table(tmp_path: Path):
    with (
        open_table(Shard.parse("1/2").location(str(tmp_path)), SCHEMA, {}) as first,
        open_table(Shard.parse("2/2").location(str(tmp_path)), SCHEMA, {}) as second,
    ):
        first.publish(first.staging.write(rows("a")))
        second.publish(second.staging.write(rows("b")))
        second.staging.write(rows("lost"))

    assert sorted(pd.read_parquet(tmp_path).source_id) == ["a", "b"]
    assert sorted(read(str(tmp_path))["source_id"].to_pylist()) == ["a", "b"]


def test_a_shard_beside_shards_of_another_number_is_refused(tmp_path: Path):
    with open_table(Shard.parse("1/2").location(str(tmp_path)), SCHEMA, {"fps": None}):
        pass

    with pytest.raises(ConfigError, match="share-00001-of-00002, whose clips would come twice"):
        Shard.parse("2/3").check_beside(str(tmp_path), {"fps": None})


def test_a_shard_beside_one_of_other_settings_is_refused_with_both_shown(tmp_path: Path):
    with open_table(Shard.parse("1/2").location(str(tmp_path)), SCHEMA, {"fps": None, "faces": "main"}):
        pass

    Shard.parse("2/2").check_beside(str(tmp_path), {"fps": None, "faces": "main"})
    with pytest.raises(ConfigError, match=r"(?s)this run: \{'fps': 5.0\}.*share-00001-of-00002: \{'fps': None\}"):
        Shard.parse("2/2").check_beside(str(tmp_path), {"fps": 5.0, "faces": "main"})


def test_a_shard_inside_a_whole_table_is_refused(tmp_path: Path):
    with open_table(str(tmp_path), SCHEMA, {}) as table:
        table.publish(table.staging.write(rows("a")))

    with pytest.raises(ConfigError, match="a whole table already"):
        Shard.parse("1/2").check_beside(str(tmp_path), {})


def test_a_shard_beside_one_of_the_old_version_is_refused_and_says_what_to_do(tmp_path: Path):
    shutil.copytree(Path(__file__).parents[2] / "version1" / "features", tmp_path / "out" / "share-00001-of-00002")

    with pytest.raises(
        ConfigError, match=r"share-00001-of-00002: .* media version 1, .*\n.*avemo 0\.1\.0.* or extract all clips into a new"
    ):
        Shard(index=2, count=2).check_beside(str(tmp_path / "out"), {})
