import shutil
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.corrections.truth import of_clips
from avemo_core.errors import ConfigError
from cluster.extract.shard import Shard
from cluster.tables.corrections.apply import apply
from cluster.tables.corrections.plan import plan
from cluster.tables.parts import read
from cluster.tables.table import open_table
from schemas import features
from schemas.clips import CLIPS
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


def _asked(out: str, index: int, clips: pa.Table) -> list[str]:
    """The clips that a run on shard i of 3 is given; it notes them."""
    shard = Shard(index=index, count=3)
    given = shard.clips(clips, out)
    location, truth = shard.location(out), of_clips(given, is_whole=True)
    with open_table(location, features.FEATURES, {}) as table:
        apply(plan(location, truth), table, location, truth)
    return given.column("clip_id").to_pylist()


def _clips(*names: str) -> pa.Table:
    return pa.Table.from_pylist([{"clip_id": name, "path": f"/{name}.mp4"} for name in names], schema=CLIPS)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1)])
def test_clips_stay_in_their_shard_when_the_table_changes_and_are_in_one_alone(tmp_path: Path, order: tuple[int, ...]):
    out, now = str(tmp_path / "out"), _clips(*"xyefghijz")
    first = {index: _asked(out, index, _clips(*"abcdefghij")) for index in order}

    second = {index: _asked(out, index, now) for index in order}

    assert [first[index] for index in (1, 2, 3)] == [list("abc"), list("def"), list("ghij")]
    assert sorted(chain.from_iterable(second.values())) == sorted(now.column("clip_id").to_pylist())
    assert [set(second[index]) & set("efghij") for index in (1, 2, 3)] == [set(), set("ef"), set("ghij")]


def test_a_shard_that_has_not_begun_gets_what_no_other_was_given(tmp_path: Path):
    out = str(tmp_path / "out")
    assert [_asked(out, index, _clips(*"abcdefghi")) for index in (1, 2)] == [list("abc"), list("def")]

    given = [_asked(out, index, _clips(*"bcdefghi")) for index in (1, 2, 3)]

    assert sorted(chain.from_iterable(given)) == list("bcdefghi")


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
