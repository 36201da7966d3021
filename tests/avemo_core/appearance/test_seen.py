"""What a selection has seen: recorded in its file, found again under another name, unknown in files of before."""

import json
from pathlib import Path

import numpy as np
import pytest

from avemo_core.appearance.seen import NOTHING_SEEN, SeenClips, seen_by
from avemo_core.appearance.selection import Selection
from avemo_core.runtime import safetensors_file

CONTENT = "0f" * 32
SEEN = SeenClips.of(["ann-1", "ann-2"], [CONTENT])


def selection(seen: SeenClips | None) -> Selection:
    return Selection(
        indices=np.array([5, 0], np.int64),
        importances=np.array([1, 0], np.float32),
        network="resnet29",
        network_sha256="ab" * 32,
        feature_map_shape=(2, 3, 4),
        seen=seen,
    )


def test_a_clip_is_known_by_its_name_and_by_its_content():
    assert SEEN.has("ann-1")
    assert SEEN.has("another name", CONTENT)
    assert not SEEN.has("ann-3", "aa" * 32)
    assert not SEEN.has("ann-3", "")


def test_nothing_was_seen_by_nobodys_selection():
    assert not NOTHING_SEEN.has("ann-1", CONTENT)


@pytest.mark.parametrize("seen", [SEEN, NOTHING_SEEN, None], ids=["some clips", "none", "a file of before"])
def test_a_selection_comes_back_with_what_it_has_seen(seen: SeenClips | None, tmp_path: Path):
    selection(seen).save(tmp_path / "one")

    assert Selection.load(tmp_path / "one").seen == seen


def test_the_file_names_no_clip(tmp_path: Path):
    selection(SEEN).save(tmp_path / "one")

    assert b"ann" not in (tmp_path / "one").read_bytes()


def test_the_record_changes_no_feature_set():
    assert selection(SEEN).digest == selection(None).digest


def test_a_file_of_before_there_was_a_record_is_read(tmp_path: Path):
    selection(None).save(tmp_path / "one")
    stored = safetensors_file.read(str(tmp_path / "one"), "selection")

    assert sorted(stored.arrays) == ["importances", "indices"]


def test_a_record_is_the_same_after_json():
    assert SeenClips.from_json(json.loads(json.dumps(SEEN.to_json()))) == SEEN


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ({"indices": [5, 0], "map_shape": [2, 3, 4], "seen": SEEN.to_json()}, SEEN),
        ({"indices": list(range(24)), "map_shape": [2, 3, 4]}, NOTHING_SEEN),
        ({"indices": [], "map_shape": [2, 3, 4]}, NOTHING_SEEN),
        ({"indices": [5, 0], "map_shape": [2, 3, 4]}, None),
        ({}, None),
    ],
    ids=["recorded", "the whole feature map", "no face at all", "of before", "no provenance"],
)
def test_features_say_what_their_selection_has_seen_unless_nobody_knows(stored: dict[str, object], wanted: SeenClips | None):
    assert seen_by(stored) == wanted
