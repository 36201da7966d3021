import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from avemo_core.appearance.selection import Selection
from avemo_core.errors import ConfigError
from cluster.select.job import SelectOptions, select
from tests.avemo_core.appearance.plugged.made import Small, exported, sidecar

PICTURES = 8


@pytest.fixture(scope="module")
def stills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chips of 96 px: bright on the left where happy, on the right where sad, and one that is no picture."""
    folder = tmp_path_factory.mktemp("stills")
    generator = np.random.default_rng(0)
    for emotion, side in (("Happy", 0), ("sad", 48)):
        (folder / "train" / emotion).mkdir(parents=True)
        for number in range(PICTURES):
            picture = generator.integers(0, 120, (96, 96, 3), dtype=np.uint8)
            picture[:, side : side + 48] += 100
            cv2.imwrite(str(folder / "train" / emotion / f"{number}.png"), picture)
    (folder / "train" / "sad" / "broken.jpg").write_bytes(b"no picture")
    return folder


def test_learning_needs_clips_or_stills_and_not_both(tmp_path: Path):
    with pytest.raises(ConfigError, match="either --clips"):
        SelectOptions(out=str(tmp_path / "one"))


def test_aligned_clips_make_no_sense(tmp_path: Path):
    with pytest.raises(ConfigError, match="--aligned is about stills"):
        SelectOptions(out=str(tmp_path / "one"), clips="clips.csv", aligned=True)


def test_keeping_more_than_the_feature_map_has_is_refused_before_ray_starts(tmp_path: Path, stills: Path):
    with pytest.raises(ConfigError, match="has 8192 values"):
        select(SelectOptions(out=str(tmp_path / "one"), stills=str(stills), keep=9000))


@pytest.mark.slow
def test_a_network_that_gives_a_vector_has_nothing_to_select(tmp_path: Path, stills: Path):
    network = sidecar(exported(Small(), tmp_path / "face.pt2"))

    with pytest.raises(ConfigError, match="a vector of 6 values, which extract keeps whole"):
        select(SelectOptions(out=str(tmp_path / "one"), stills=str(stills), network=f"torch:{network}"))


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_values_are_selected_of_the_map_of_a_network_of_ones_own(tmp_path: Path, stills: Path):
    network = sidecar(exported(Small(gives_map=True), tmp_path / "face.pt2"))

    select(SelectOptions(out=str(tmp_path / "one"), stills=str(stills), aligned=True, network=f"torch:{network}", keep=20, trees=25))

    assert len(Selection.load(tmp_path / "one").indices) == 20


def test_one_emotion_alone_is_refused_before_a_face_is_read(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("clip_id,path,label\na,a.mp4,happy\nb,b.mp4,happy\n")

    with pytest.raises(ConfigError, match="only happy"):
        select(SelectOptions(out=str(tmp_path / "one"), clips=str(tmp_path / "clips.csv")))


def test_settings_that_make_no_sense_are_refused(tmp_path: Path, stills: Path):
    with pytest.raises(ConfigError, match="--seed"):
        SelectOptions(out=str(tmp_path / "one"), stills=str(stills), seed=-1)
    with pytest.raises(ConfigError, match="workers"):
        select(SelectOptions(out=str(tmp_path / "one"), stills=str(stills), workers=0))


def test_clips_outside_train_are_not_learned_from(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("clip_id,path,label,split\na,a.mp4,happy,test\nb,b.mp4,sad,val\nc,c.mp4,,train\n")

    with pytest.raises(ConfigError, match="no clip to learn from"):
        select(SelectOptions(out=str(tmp_path / "one"), clips=str(tmp_path / "clips.csv")))


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_a_selection_is_learned_from_stills_and_a_broken_one_costs_only_itself(tmp_path: Path, stills: Path):
    out = tmp_path / "one.selection"

    summary = select(SelectOptions(out=str(out), stills=str(stills), aligned=True, keep=32, trees=20, workers=1))

    selection, metrics = Selection.load(out), json.loads((tmp_path / "one.selection.metrics.json").read_text())
    assert len(selection.indices) == 32
    assert np.all(np.diff(selection.importances) <= 0)
    picture = (stills / "train" / "sad" / "3.png").read_bytes()
    assert selection.seen.has("train/sad/3.png")
    assert selection.seen.has("the same elsewhere", hashlib.sha256(picture).hexdigest())
    assert not selection.seen.has("train/sad/broken.jpg")
    assert metrics["accuracy_by_count"]["32"] > 0.8 > metrics["chance"] == 0.5
    assert (metrics["sources"], metrics["rejected"]) == (2 * PICTURES, {"decode_failed": 1})
    beside = [f"{out.name}.{what}" for what in ("metrics.json", "png", "rejects.parquet")]
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name, *beside]
    assert pd.read_parquet(f"{out}.rejects.parquet").source_id.tolist() == ["train/sad/broken.jpg"]
    assert "16 faces in 16 sources, 1 rejected (1 decode_failed)" in summary.lines()[-1]


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_the_selection_does_not_depend_on_how_many_workers_there_are(tmp_path: Path, stills: Path):
    for workers in (1, 2):
        select(SelectOptions(out=str(tmp_path / str(workers)), stills=str(stills), aligned=True, keep=64, trees=30, workers=workers))

    assert Selection.load(tmp_path / "1").digest == Selection.load(tmp_path / "2").digest
