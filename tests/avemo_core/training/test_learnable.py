"""What a features table lets a model learn to read."""

import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.training.learnable import check_emotions, learnable_modalities, parts_with_values


def rows(*coverages: tuple[float, float]) -> pa.Table:
    face, sound = zip(*coverages, strict=True)
    return pa.table({"clip_id": [f"clip-{number}" for number in range(len(face))], "face_coverage": face, "audio_coverage": sound})


@pytest.mark.parametrize(
    ("coverages", "expected"),
    [
        ([(0.0, 1.0), (0.0, 0.4)], "sound"),
        ([(0.9, 0.0), (0.2, 0.0)], "face"),
        ([(0.0, 1.0), (0.2, 0.0)], "audio-visual"),
        ([(0.0, 1.0), (0.9, 0.8)], "audio-visual"),
    ],
)
def test_a_modality_is_read_where_any_clip_has_it(coverages: list[tuple[float, float]], expected: str):
    assert learnable_modalities(rows(*coverages), ["clip-0", "clip-1"]) == expected


def test_only_the_clips_that_are_learned_from_count():
    assert learnable_modalities(rows((0.0, 1.0), (0.9, 0.8)), ["clip-0"]) == "sound"


def test_a_table_of_sound_files_holds_no_part_of_the_face_though_it_has_the_columns():
    columns = ["shape", "appearance", "audio", "audio_time_s", "audio_librosa", "audio_librosa_time_s"]

    assert parts_with_values(rows((0.0, 1.0), (0.0, 0.4)), columns) == ("yaafe27", "librosa")
    assert parts_with_values(rows((0.0, 0.0), (0.9, 0.0)), columns) == ("shape", "appearance")
    assert parts_with_values(rows((0.0, 1.0), (0.9, 0.0)), columns) == ("shape", "appearance", "yaafe27", "librosa")


def test_clips_with_neither_are_refused():
    with pytest.raises(ConfigError, match="found neither in any"):
        learnable_modalities(rows((0.0, 0.0)), ["clip-0"])


def test_two_emotions_are_enough_and_one_is_not():
    check_emotions(["sad", "happy", "sad"])

    with pytest.raises(ConfigError):
        check_emotions(["sad", "sad"])
