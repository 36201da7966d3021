"""Whose label it is: rows of several faces, and of a region's."""

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from numpy import ndarray

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clip import Clip
from avemo_core.errors import ConfigError, MediaError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor

Encode = Callable[..., Path]
LEFT, RIGHT = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)
BELOW = (0.0, 0.9, 1.0, 1.0)
KNOWN = {"label": "happy", "subject": "ann", "split": "test"}


@pytest.fixture(scope="module")
def selection() -> Selection:
    whole = Selection.all(networks.load())
    return dataclasses.replace(whole, indices=whole.indices[:8], importances=whole.importances[:8])


@pytest.fixture(scope="module")
def main(selection: Selection) -> Extractor:
    return Extractor(ExtractionConfig(), selection)


@pytest.fixture(scope="module")
def every(selection: Selection) -> Extractor:
    return Extractor(ExtractionConfig(faces="all"), selection)


@pytest.fixture
def two(encode: Encode, talking: list[ndarray]) -> Path:
    """The same portrait twice, the larger and nearer one left; the right one drifts the other way."""
    pairs = zip(talking[:5], talking[20:15:-1], strict=True)
    pictures = [np.concatenate([left[45:225, 60:300], cv2.resize(right, (240, 180))], axis=1) for left, right in pairs]
    return encode("two.mp4", pictures=pictures, options={"crf": "12"})


def _rows(extractor: Extractor, path: Path, region: tuple[float, ...] | None = None) -> pa.Table:
    return extractor.rows(Clip(source_id="one", uri=str(path), region=region, **KNOWN))


def _boxes(rows: pa.Table, row: int = 0) -> ndarray:
    return np.array(rows["face_box"][row].as_py())


def _known(rows: pa.Table) -> list[tuple[str | None, ...]]:
    return list(zip(*(rows[name].to_pylist() for name in ("clip_id", *KNOWN)), strict=True))


def test_the_main_face_alone_has_label_and_subject(every: Extractor, two: Path):
    rows = _rows(every, two)

    assert _known(rows) == [("one#0", "happy", "ann", "test"), ("one#1", None, None, "test")]
    assert _boxes(rows, 0)[:, 2].max() < 0.5 < _boxes(rows, 1)[:, 0].min()


def test_a_gallery_of_nine_faces_has_nine_rows_of_which_one_is_labelled(every: Extractor, encode: Encode, talking: list[ndarray]):
    portraits = [cv2.resize(picture[45:225, 60:300], (160, 120)) for picture in talking[:12]]
    pictures = [np.concatenate([np.concatenate(portraits[step : step + 3], axis=1)] * 3) for step in range(4)]

    rows = _rows(every, encode("nine.mp4", pictures=pictures, options={"crf": "12"}))

    assert _known(rows) == [("one#0", "happy", "ann", "test"), *((f"one#{face}", None, None, "test") for face in range(1, 9))]
    assert rows["faces_max"].to_pylist() == [9] * 9
    middles = [_boxes(rows, row).mean(axis=0).reshape(2, 2).mean(axis=0) for row in range(9)]
    assert {(int(3 * x), int(3 * y)) for x, y in middles} == set(itertools.product(range(3), repeat=2))


@pytest.mark.parametrize(("region", "side"), [(LEFT, 0), (RIGHT, 1)])
def test_the_label_is_that_of_the_face_in_the_region(main: Extractor, every: Extractor, two: Path, region: tuple[float, ...], side: int):
    alone, all_rows = _rows(main, two, region), _rows(every, two, region)

    middles = [_boxes(all_rows, row)[:, [0, 2]].mean() for row in (0, 1)]
    assert _known(alone) == [("one", "happy", "ann", "test")]
    assert _known(all_rows) == [("one#0", "happy", "ann", "test"), ("one#1", None, None, "test")]
    assert [middle > 0.5 for middle in middles] == [side == 1, side == 0]
    assert alone.select(["face_box", "shape", "appearance"]) == all_rows.slice(0, 1).select(["face_box", "shape", "appearance"])


def test_a_region_with_the_main_face_of_the_picture_changes_no_value(main: Extractor, two: Path):
    assert _rows(main, two, LEFT).equals(_rows(main, two))


def test_a_small_face_is_the_main_one_of_its_region_though_a_large_one_leads_elsewhere(
    main: Extractor, encode: Encode, talking: list[ndarray]
):
    pictures = [np.full((720, 1280, 3), 110, np.uint8) for _ in range(3)]
    for picture, large, small in zip(pictures, talking, talking[10:13], strict=False):
        picture[90:630, 40:760] = cv2.resize(large, (720, 540))
        picture[300:372, 1000:1096] = cv2.resize(small[45:225, 60:300], (96, 72), interpolation=cv2.INTER_AREA)

    rows = _rows(main, encode("small.mp4", pictures=pictures, options={"crf": "12"}), (0.7, 0.0, 1.0, 1.0))

    assert _known(rows) == [("one", "happy", "ann", "test")]
    assert _boxes(rows)[:, 0].min() > 0.75


def test_nobody_in_the_region_is_no_face(main: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    rows = _rows(main, encode("heard.mp4", pictures=talking[:5], sound=tone[:, :9600]), BELOW)

    assert rows["has_face"][0].as_py() == [False] * 5
    assert not _boxes(rows).any()
    assert rows["faces_max"].to_pylist() == [1]


def test_nobody_in_the_region_and_no_sound_is_a_reject_that_names_the_region(main: Extractor, two: Path):
    with pytest.raises(MediaError, match=r"no face in the region 0, 0\.9, 1, 1, and no sound"):
        _rows(main, two, BELOW)


def test_where_nobody_is_in_the_region_the_others_have_their_rows_without_a_label(every: Extractor, two: Path):
    assert _known(_rows(every, two, BELOW)) == [("one#1", None, None, "test"), ("one#2", None, None, "test")]


def test_no_more_faces_have_rows_than_were_asked_for_and_all_are_counted(selection: Selection, two: Path):
    rows = _rows(Extractor(ExtractionConfig(faces="all", max_faces=1), selection), two)

    assert _known(rows) == [("one#0", "happy", "ann", "test")]
    assert rows["faces_max"].to_pylist() == [2]


def test_no_face_at_all_cannot_be_asked_for():
    with pytest.raises(ConfigError, match="--max-faces must be at least 1, not 0"):
        ExtractionConfig(max_faces=0)
