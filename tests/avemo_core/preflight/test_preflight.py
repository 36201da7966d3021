"""What the built-in clip is, what a sample of it holds, and which differences count."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch

from avemo_core.appearance import networks
from avemo_core.appearance.quantised import support
from avemo_core.appearance.selection import Selection
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.faces.landmarks import STEADIER_SCHEME
from avemo_core.preflight.agreement import differences
from avemo_core.preflight.known import excerpt, is_known, known
from avemo_core.preflight.make_clip import make
from avemo_core.preflight.sample import CLIP, Sample, reference, sample

Change = Callable[[Sample], Sample]


@pytest.fixture(scope="module")
def selection() -> Selection:
    return Selection.all(networks.load())


@pytest.fixture(scope="module")
def expected(selection: Selection) -> Sample:
    return reference(ExtractionConfig(precision="bfloat16"), selection)


def _pictures(path: Path) -> np.ndarray:
    with av.open(str(path)) as file:
        return np.stack([frame.to_ndarray(format="bgr24") for frame in file.decode(video=0)]).astype(int)


def test_the_built_in_clip_is_a_second_of_a_face_that_speaks(expected: Sample):
    assert len(expected.frame_time_s) == 8
    assert expected.frame_time_s[-1] == pytest.approx(7 / 8)
    assert expected.has_face.all()
    assert np.abs(np.diff(expected.audio_time_s) - 0.032).max() < 1e-6
    assert len(expected.audio_time_s) == pytest.approx(1 / 0.032, abs=1)


@pytest.mark.slow
def test_the_clip_is_what_its_recipe_makes(tmp_path: Path):
    make(tmp_path / "clip.mp4")

    assert np.abs(_pictures(tmp_path / "clip.mp4") - _pictures(CLIP)).mean() < 2  # bytes are another FFmpeg's matter


def test_the_reference_is_of_float32_on_the_cpu_and_leaves_threads_as_they_were(selection: Selection):
    threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(2)
    cv2.setNumThreads(2)
    try:
        made = reference(ExtractionConfig(device="cuda", precision="float16"), selection)
        left = torch.get_num_threads(), cv2.getNumThreads()
    finally:
        torch.set_num_threads(threads[0])
        cv2.setNumThreads(threads[1])

    assert made.computed_on == "cpu, float32"
    assert left == (2, 2)


WITH_INT8 = pytest.mark.skipif(support.missing() is not None, reason=f"needs {support.missing()}")


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16", pytest.param("int8", marks=WITH_INT8)])
def test_the_same_machine_in_each_precision_agrees(precision: str, expected: Sample, selection: Selection):
    found = sample(ExtractionConfig(precision=precision), selection)

    assert found.computed_on == f"cpu, {precision}"
    assert differences(found, expected, precision) == []


def test_what_an_extraction_says_of_its_own_clips_is_left_aside(expected: Sample, selection: Selection):
    config = ExtractionConfig(sound_track=3, channel="left", segment_s=1.0, fps=1.0, faces="all", max_side=64)

    assert differences(sample(config, selection), expected, "float32") == []


def test_other_audio_sets_are_held_to_what_they_were_and_faces_are_not_where_none_are_looked_for():
    config = ExtractionConfig(network="none", audio=("yaafe27", "librosa"))
    expected = reference(config, None)
    louder = replace(expected, other_audio={"librosa": expected.other_audio["librosa"] * 1.1})
    fewer = replace(expected, other_audio={"librosa": expected.other_audio["librosa"][1:]})

    assert differences(sample(config, None), expected, "float32") == []
    assert differences(louder, expected, "float32")[0] == "librosa by 0.1 of its length, where 0.05 is allowed"
    assert "other audio sets" in differences(fewer, expected, "float32")[0]


def test_tables_of_ones_own_say_nothing_of_the_built_in_clip():
    config = ExtractionConfig(network="none", face_table="faces.csv", audio_table="sound.csv")

    assert len(sample(config, None).audio)


def test_another_landmark_network_is_told(expected: Sample, selection: Selection):
    found = sample(ExtractionConfig(landmarks=STEADIER_SCHEME), selection)

    said = differences(found, expected, "float32")
    assert [line.split(" by ")[0] for line in said] == ["shape", "appearance", "computed on cpu, float32"]
    assert "appearance by 0.13 of its length, where 0.02 is allowed" in said


def _scaled(name: str, by: float) -> Change:
    return lambda one: replace(one, **{name: getattr(one, name) * by})


def _fewer(one: Sample) -> Sample:
    of_pictures = ("frame_time_s", "has_face", "shape", "appearance")
    return replace(one, **{name: getattr(one, name)[:-1] for name in of_pictures})


def _without_a_face(one: Sample) -> Sample:
    return replace(one, has_face=np.arange(len(one.has_face)) > 0)


def _no_number(one: Sample) -> Sample:
    return replace(one, appearance=np.full_like(one.appearance, np.nan))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_fewer, "7 pictures, where 8 are expected"),
        (_without_a_face, "a face in 7 pictures, where 8 have one"),
        (_no_number, "appearance by nan of its length"),
        (_scaled("appearance", 1.03), "appearance by 0.03 of its length, where 0.02 is allowed"),
        (_scaled("shape", 1.05), "shape by 0.067 of the face's size, where 0.02 is allowed"),
        (_scaled("audio", 1.01), "sound by 0.01 of its length, where 0.005 is allowed"),
        (_scaled("frame_time_s", 1.01), "times of the pictures by 0.0088 s, where 0.001 is allowed"),
    ],
)
def test_each_difference_is_told_with_its_size(expected: Sample, change: Change, said: str):
    line, by = differences(change(expected), expected, "float32")

    assert line.startswith(said)
    assert by == "computed on cpu, float32"


def test_a_precision_is_allowed_what_its_rounding_makes(expected: Sample):
    found = _scaled("appearance", 1.03)(expected)

    assert differences(found, expected, "bfloat16") == []
    assert differences(found, expected, "float16") != []
    assert differences(_scaled("appearance", 1.05)(expected), expected, "int8") == []
    assert differences(_scaled("appearance", 1.05)(expected), expected, "bfloat16") != []
    assert differences(_scaled("appearance", 1.08)(expected), expected, "int8") != []


def test_what_is_known_of_the_clip_is_what_it_gives_today(expected: Sample):
    # After a change of what is extracted by default: python -m avemo_core.preflight.make_clip
    assert differences(excerpt(expected), known(), "float32") == []


def test_only_the_shipped_network_and_the_default_landmarks_are_known():
    assert is_known(ExtractionConfig(precision="bfloat16", device="cuda"))
    assert not is_known(ExtractionConfig(landmarks=STEADIER_SCHEME))
    assert not is_known(ExtractionConfig(weights="mine.safetensors"))
