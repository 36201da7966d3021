"""extract with features of one's own: refused before Ray starts, or the same rows however many workers make them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from avemo_core.errors import ConfigError
from cluster.extract.job import ExtractOptions, extract
from cluster.tables.existing import recorded
from tests.avemo_core.appearance.plugged.made import OverTheBatch, Small, exported, sidecar
from tests.avemo_core.audio_sets.encoders import KINDS, encoder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network, and a table of two values for every clip of the tiny corpus."""
    folder = tmp_path_factory.mktemp("made")
    sidecar(exported(Small(), folder / "face.pt2"))
    return folder


@pytest.fixture
def options(tiny_corpus: Path, tmp_path: Path) -> ExtractOptions:
    return ExtractOptions(clips=str(tiny_corpus / "clips.csv"), out=str(tmp_path / "out"), network="none", limit=3)


@pytest.fixture
def unopened(tmp_path: Path) -> ExtractOptions:
    """Of clips that are not there: what is refused before Ray starts opens none."""
    names = [f"clip-{number}" for number in range(3)]
    pd.DataFrame({"clip_id": names, "path": [f"/nowhere/{name}.mp4" for name in names]}).to_csv(tmp_path / "clips.csv", index=False)
    return ExtractOptions(clips=str(tmp_path / "clips.csv"), out=str(tmp_path / "out"), network="none")


@pytest.fixture
def with_network(options: ExtractOptions, made: Path) -> ExtractOptions:
    return replace(options, network=f"torch:{made}/face.pt2")


@pytest.fixture
def heard(tiny_corpus: Path, tmp_path: Path) -> str:
    time_s = np.arange(10) / 10
    names = pd.read_csv(tiny_corpus / "clips.csv")["clip_id"]
    pd.concat([pd.DataFrame({"clip_id": name, "time_s": time_s, "x": time_s, "y": 1.0}) for name in names]).to_csv(
        tmp_path / "heard.csv", index=False
    )
    return str(tmp_path / "heard.csv")


def rows(out: str) -> pd.DataFrame:
    return pd.read_parquet(out).sort_values("clip_id").reset_index(drop=True)


def assert_alike(one: pd.DataFrame, other: pd.DataFrame, names: tuple[str, ...]) -> None:
    assert len(one) == len(other) > 0
    for name in names:
        for left, right in zip(one[name], other[name], strict=True):
            np.testing.assert_array_equal(np.array(left.tolist()), np.array(right.tolist()))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"audio": "mfcc"}, "'mfcc' is no audio set"),
        ({"network": "onnx:/nowhere.onnx"}, "expected a file .onnx"),
        ({"network": "facenet"}, "network 'facenet' is none of: resnet29, alexnet, onnx:FILE.onnx, torch:FILE.pt2"),
        ({"speech": "wavlm"}, r"--speech wavlm: (expected hf:FOLDER|the package)"),
        ({"network": "none", "selection": "all"}, "expected none with --network none"),
        ({"network": "none", "audio": "none"}, "nothing is left to extract"),
        ({"audio_table": "/nowhere.csv"}, "--audio-table /nowhere.csv: cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused_before_ray_starts(unopened: ExtractOptions, change: dict[str, str], refusal: str):
    with pytest.raises(ConfigError, match=refusal):
        extract(replace(unopened, **change))


@pytest.mark.slow
def test_a_network_that_normalises_over_the_batch_is_refused_before_ray_starts(options: ExtractOptions, tmp_path: Path):
    path = sidecar(exported(OverTheBatch(), tmp_path / "face.pt2"))

    with pytest.raises(ConfigError, match="hang on the faces beside it"):
        extract(replace(options, network=f"torch:{path}"))


def test_a_table_of_other_clips_is_refused_and_both_names_are_shown(unopened: ExtractOptions, tmp_path: Path):
    (tmp_path / "other.csv").write_text("clip_id,time_s,x\nelsewhere,0,1\n")

    with pytest.raises(ConfigError, match=r"rows of 1 clips, such as elsewhere, and of none of these 3, such as"):
        extract(replace(unopened, audio_table=str(tmp_path / "other.csv")))


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_one_worker_and_two_make_the_same_rows_and_the_record_holds_licence_and_table(
    with_network: ExtractOptions, heard: str, tmp_path: Path
):
    options = replace(with_network, audio="yaafe27,librosa", audio_table=heard)

    for workers in (1, 2):
        summary = extract(replace(options, out=str(tmp_path / str(workers)), workers=workers))
        assert (summary.done, summary.rejected) == (3, {})

    one, two = (rows(str(tmp_path / str(workers))) for workers in (1, 2))
    assert_alike(one, two, ("appearance", "shape", "audio", "audio_librosa", "audio_librosa_time_s", "audio_own", "audio_own_time_s"))
    record = recorded(str(tmp_path / "1"))
    assert record.about["licences"] == {"network": "MIT"}
    assert len(record.fingerprint["audio_table"]) == 64


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_a_table_that_was_changed_does_not_mix_with_rows_of_before(options: ExtractOptions, heard: str):
    options = replace(options, audio="none", network="none", audio_table=heard)
    extract(options)
    table = pd.read_csv(heard)
    table.assign(y=2.0).to_csv(heard, index=False)

    with pytest.raises(ConfigError, match=r"other settings\n  audio_table: this run"):
        extract(options)


@pytest.mark.extras
@pytest.mark.usefixtures("ray_session")
@pytest.mark.parametrize("kind", KINDS)
def test_onnx_speech_and_egemaps_give_the_same_rows_by_one_worker_and_by_two_and_in_segments(
    options: ExtractOptions, tmp_path: Path, kind: str
):
    network = sidecar(exported(Small(), tmp_path / "face.onnx"))
    folder = encoder(tmp_path / "encoder", kind)
    options = replace(options, network=f"onnx:{network}", audio="egemaps", speech=f"hf:{folder}:layers=-2..-1")

    for workers in (1, 2):
        extract(replace(options, out=str(tmp_path / str(workers)), workers=workers))
    extract(replace(options, out=str(tmp_path / "segments"), segment="1s", workers=2))

    one, two, segments = (rows(str(tmp_path / name)) for name in ("1", "2", "segments"))
    names = ("appearance", "audio_egemaps", "audio_egemaps_time_s", "audio_speech", "audio_speech_time_s")
    assert_alike(one, two, names)
    firsts = segments.groupby("source_id").first()
    for _, row in one.iterrows():
        for name in names:
            found = np.array(firsts.loc[row["clip_id"], name].tolist())
            np.testing.assert_array_equal(found, np.array(row[name].tolist())[: len(found)])
    assert one["feature_set"][0].split(" / ")[3].startswith(f"egemaps 2.6+speech {kind} ")
