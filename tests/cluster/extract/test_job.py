import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.errors import ConfigError
from cluster.convert.job import ConvertOptions, convert
from cluster.extract.corrections import correct
from cluster.extract.job import ExtractOptions, dry_run, extract
from cluster.ray.devices import precision_of
from cluster.tables import provenance
from cluster.tables.existing import recorded
from cluster.tables.parts import read
from cluster.tables.table import open_table
from schemas.clips import CLIPS
from schemas.columns import differences
from schemas.features import schema
from tests.cluster import generated
from tests.cluster.beside import beside
from tests.cluster.stub import SCHEMA

VERSION1 = Path(__file__).parents[2] / "version1"


@pytest.fixture(scope="module")
def selection(tmp_path_factory: pytest.TempPathFactory) -> str:
    network = networks.load()
    indices = np.arange(0, 8192, 256, dtype=np.int64)
    location = str(tmp_path_factory.mktemp("selection") / "selection")
    Selection(
        indices=indices,
        importances=np.full(len(indices), 1 / 8192, np.float32),
        network=network.name,
        network_sha256=network.sha256,
        feature_map_shape=network.feature_map_shape,
    ).save(location)
    return location


@pytest.fixture(scope="module")
def clips(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two good clips, one that is no video and one that is not there; the corpus itself is everybody's and stays as it is."""
    folder = tmp_path_factory.mktemp("clips")
    table = pd.read_csv(tiny_corpus / "clips.csv").head(2)
    table["path"] = [str(tiny_corpus / path) for path in table["path"]]
    (folder / "broken.mp4").write_bytes(b"no video at all" * 99)
    bad = pd.DataFrame({"clip_id": ["broken", "gone"], "path": [str(folder / "broken.mp4"), str(folder / "gone.mp4")]})
    location = folder / "with_bad_ones.csv"
    pd.concat([table, bad]).to_csv(location, index=False)
    return str(location)


@pytest.fixture(scope="module")
def features(clips: str, selection: str, ray_session: None, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG001 - Ray must run
    out = str(tmp_path_factory.mktemp("features"))
    extract(ExtractOptions(clips=clips, out=out, selection=selection, workers=1))
    return out


def test_good_clips_become_rows_and_bad_ones_rejects_with_their_reasons(features: str, clips: str):
    rows, rejects = pd.read_parquet(features), pd.read_parquet(beside(features) / "rejects")

    assert sorted(rows["clip_id"]) == sorted(pd.read_csv(clips)["clip_id"].head(2))
    assert dict(zip(rejects["clip_id"], rejects["reason"], strict=True)) == {"broken": "decode_failed", "gone": "missing"}
    assert differences(schema(32, 901), read(features).schema) == []
    assert (rows["face_coverage"] > 0.95).all()


def test_a_second_run_has_nothing_to_do(features: str, clips: str, selection: str):
    summary = extract(ExtractOptions(clips=clips, out=features, selection=selection, workers=1))

    assert (summary.done, summary.rejected, summary.skipped) == (0, {}, 4)


@pytest.mark.slow
def test_a_corrected_table_arrives_without_decoding_what_stays(
    features: str, clips: str, selection: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shutil.copytree(features, tmp_path / "out")
    shutil.copytree(beside(features), beside(tmp_path / "out"))
    table, before = pd.read_csv(clips), pd.read_parquet(features).set_index("clip_id")
    kept, moved = table["clip_id"][:2]
    shutil.copy(table["path"][1], tmp_path / "moved.mp4")
    table.loc[0, "label"] = "sad" if table["label"][0] != "sad" else "happy"
    table.loc[[1, 3], "path"] = str(tmp_path / "moved.mp4")
    table[table["clip_id"] != "broken"].to_csv(tmp_path / "clips.csv", index=False)
    options = ExtractOptions(clips=str(tmp_path / "clips.csv"), out=str(tmp_path / "out"), selection=selection, workers=1)
    expected = "1 label; 1 clip again and 1 rejected before tried again, as their path, range or content changed; 1 removed"

    would = dry_run(options)
    summary = extract(options)

    after = pd.read_parquet(tmp_path / "out").set_index("clip_id")
    assert (would.corrections, would.to_do) == (expected, 2)
    assert f"corrected: {expected}\n" in capsys.readouterr().err
    assert (summary.done, summary.skipped, summary.standing_rejects) == (2, 1, 0)
    assert sorted(after.index) == sorted([kept, moved, "gone"])
    assert (after["label"][kept], after["uri"][moved]) == (table["label"][0], str(tmp_path / "moved.mp4"))
    np.testing.assert_array_equal(np.stack(after["shape"][moved]), np.stack(before["shape"][moved]))
    assert pd.read_parquet(beside(tmp_path / "out") / "rejects").empty
    assert extract(options).skipped == 3


def test_rejects_that_stand_are_named_with_what_tries_them_again(features: str, clips: str, selection: str):
    summary = extract(ExtractOptions(clips=clips, out=features, selection=selection, workers=1))

    assert summary.line().split("\n")[1] == "2 of an earlier run stay rejected; --retry-rejects tries them again"


def test_most_of_a_large_table_does_not_go_without_a_word(tmp_path: Path):
    rows = generated.rows(102)
    names = dict(zip(("clip_id", "path"), ("source_id", "uri"), strict=True))
    now = pa.Table.from_pylist(
        [{ours: row[theirs] for ours, theirs in names.items()} for row in rows.slice(0, 50).to_pylist()], schema=CLIPS
    )
    with open_table(str(tmp_path / "out"), generated.SCHEMA, {}) as table:
        table.publish(table.staging.write(rows))

        with pytest.raises(ConfigError, match=r"rows of 52 of its 102 clips would go, .*52 removed\); among them clip-050(?s:.*)--accept"):
            correct(table, now, str(tmp_path / "out"), is_whole=True, accepted=False)
        assert read(str(tmp_path / "out")).num_rows == 102
        correct(table, now, str(tmp_path / "out"), is_whole=True, accepted=True)

    assert read(str(tmp_path / "out")).num_rows == 50


def test_the_record_tells_how_the_features_were_made(features: str, selection: str):
    config, stored = provenance.from_json(recorded(features).about["extraction"])

    assert config.precision == precision_of("auto", on_gpu=False)
    assert stored.digest == Selection.load(selection).digest


def test_an_output_of_other_settings_is_refused_with_both_shown(features: str, clips: str, selection: str):
    with pytest.raises(ConfigError, match=r"(?s)other settings.*feature_set: this run .*5 fps.*the table .*every frame"):
        extract(ExtractOptions(clips=clips, out=features, selection=selection, fps=5.0))


@pytest.mark.parametrize("name", ["sound_track", "channel"])
def test_one_table_holds_one_choice_of_sound(features: str, clips: str, selection: str, name: str):
    options = ExtractOptions(clips=clips, out=features, selection=selection, **{name: {"sound_track": "ENG", "channel": "left"}[name]})

    with pytest.raises(ConfigError, match=rf"  {name}: this run '(eng|left)', the table (None|'mix')\n"):
        extract(options)


@pytest.mark.parametrize("command", [extract, dry_run])
def test_a_table_of_another_media_version_is_not_gone_on_with_and_the_refusal_says_what_to_do(command: Callable[[ExtractOptions], object]):
    out = str(VERSION1 / "half-done")

    with pytest.raises(ConfigError) as refused:
        command(ExtractOptions(clips=str(VERSION1 / "clips" / "clips.csv"), out=out, selection=str(VERSION1 / "selection")))

    assert str(refused.value) == (
        f"{out}: its features are of media version 1, and this avemo extracts version 2: the two do not go together in one table\n"
        "  It can be scored, trained on and reported as it is. "
        "Finish it with the version that began it (avemo 0.1.0), or extract all clips into a new --out."
    )


def test_of_one_that_was_converted_the_old_table_is_to_be_finished(tmp_path: Path):
    old, out = str(VERSION1 / "half-done"), str(tmp_path / "new")
    convert(ConvertOptions(table=old, out=out))

    with pytest.raises(ConfigError, match=rf"media version 1, .*\n.* Finish {old} with avemo 0\.1\.0, and convert it then, or extract"):
        extract(ExtractOptions(clips=str(VERSION1 / "clips" / "clips.csv"), out=out, selection=str(VERSION1 / "selection")))


def test_a_table_of_another_kind_is_refused_as_an_output(clips: str, selection: str, tmp_path: Path):
    with open_table(str(tmp_path), SCHEMA, {"model": "some"}):
        pass

    with pytest.raises(ConfigError, match="the table was made with other settings"):
        extract(ExtractOptions(clips=clips, out=str(tmp_path), selection=selection))


@pytest.mark.parametrize("content", [None, "no record"], ids=["a file", "a damaged record"])
def test_what_is_no_table_is_refused_as_an_output(clips: str, selection: str, tmp_path: Path, content: str | None):
    out = tmp_path / "out"
    if content is None:
        out.write_text("a file")
    else:
        beside(out).mkdir()
        (beside(out) / "run.json").write_text(content)

    with pytest.raises(ConfigError, match="cannot be used as an output"):
        extract(ExtractOptions(clips=clips, out=str(out), selection=selection))


def test_a_resumed_table_keeps_its_precision(features: str, clips: str, selection: str):
    with pytest.raises(ConfigError, match="precision: this run 'float32'"):
        extract(ExtractOptions(clips=clips, out=features, selection=selection, precision="float32"))


def test_a_selection_that_is_not_there_or_none_is_refused(clips: str, tmp_path: Path):
    with pytest.raises(ConfigError, match="does not exist"):
        extract(ExtractOptions(clips=clips, out=str(tmp_path / "out"), selection=str(tmp_path / "selection")))
    with pytest.raises(ConfigError, match="no selection"):
        extract(ExtractOptions(clips=clips, out=str(tmp_path / "out"), selection=clips))


def test_a_shard_that_would_bring_clips_twice_is_refused(clips: str, selection: str, tmp_path: Path):
    (tmp_path / "share-00001-of-00002").mkdir()

    with pytest.raises(ConfigError, match="share-00001-of-00002, whose clips would come twice"):
        extract(ExtractOptions(clips=clips, out=str(tmp_path), selection=selection, shard="2/3"))


def test_clips_with_pictures_need_a_selection_and_the_message_names_one(clips: str, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"--selection: expected one for clips with pictures, such as .*\.mp4, found none"):
        extract(ExtractOptions(clips=clips, out=str(tmp_path / "out")))
