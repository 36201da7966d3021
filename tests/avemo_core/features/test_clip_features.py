"""A clip's features, read from their table."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from avemo_core.errors import TableError
from avemo_core.features.clip_features import ClipFeatures, from_table
from tests.avemo_core.feature_rows import table
from tests.avemo_core.one_modality import without_pictures
from tests.avemo_core.planted import Plan, planted


@pytest.fixture(scope="module")
def clips() -> list[ClipFeatures]:
    made, _ = planted(Plan(clips=5, seed=0))
    silent = replace(made[2], audio=made[2].audio[:0], audio_time_s=made[2].audio_time_s[:0])
    return [*made[:2], silent, *made[3:]]


@pytest.mark.parametrize("start", [0, 1, 3])
def test_a_table_gives_back_the_features_it_was_made_from(clips: list[ClipFeatures], start: int):
    read = from_table(table(clips).slice(start))

    assert [clip.clip_id for clip in read] == [clip.clip_id for clip in clips[start:]]
    for_each = zip(read, clips[start:], strict=True)
    same = [
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in for_each
        for name in ("audio", "audio_time_s", "shape", "appearance", "frame_time_s", "has_face")
    ]
    assert all(same)


def test_rows_in_several_chunks_are_all_read(clips: list[ClipFeatures]):
    chunks = pa.concat_tables([table(clips[:2]), table(clips[2:])])

    assert [clip.clip_id for clip in from_table(chunks)] == [clip.clip_id for clip in clips]


def test_a_clip_without_sound_has_no_audio_steps_but_their_width(clips: list[ClipFeatures]):
    assert from_table(table(clips))[2].audio.shape == (0, clips[0].audio.shape[1])


def test_the_values_are_views_into_the_table(clips: list[ClipFeatures]):
    whole = table(clips).combine_chunks()

    first = from_table(whole)[0]

    flat = whole.column("audio").chunk(0).values.values.to_numpy()
    assert np.shares_memory(first.audio, flat)


def test_a_missing_column_is_named(clips: list[ClipFeatures]):
    with pytest.raises(TableError, match="no has_face"):
        from_table(table(clips).drop_columns("has_face"))


def test_a_row_of_sound_has_no_frames_and_a_row_of_nothing_is_damaged(clips: list[ClipFeatures]):
    heard = without_pictures(clips[0])
    empty = replace(heard, audio=heard.audio[:0], audio_time_s=heard.audio_time_s[:0])

    (read,) = from_table(table([heard]))

    assert (read.shape.shape, read.appearance.shape) == ((0, 98), (0, clips[0].appearance.shape[1]))
    with pytest.raises(TableError, match="at least one frame or audio step"):
        from_table(table([empty]))


def test_lists_of_unequal_length_are_refused_with_the_clip(clips: list[ClipFeatures]):
    whole = table(clips[:2])
    has_face = [whole["has_face"][0].as_py(), whole["has_face"][1].as_py()[:-1]]
    damaged = whole.set_column(whole.column_names.index("has_face"), "has_face", pa.array(has_face))

    with pytest.raises(TableError, match=clips[1].clip_id):
        from_table(damaged)
