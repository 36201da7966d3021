"""Spliced clips: every step where a joined recording would have it, and the moment where the labelled piece lies."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from avemo_core.errors import ConfigError
from avemo_core.features.splicing import excerpt, length_s, spliced
from avemo_core.features.voice import Voice, VoiceSettings
from tests.avemo_core.features.spliceable import AUDIO_STEP_S, FRAME_S, clip

A, BB, CCC = clip("a", 0.96), clip("bb", 0.64, label="angry"), clip("ccc", 1.28)


def test_audio_steps_of_a_splice_lie_on_one_grid():
    joined, _ = spliced([A, BB, CCC], 1)

    np.testing.assert_allclose(joined.audio_time_s, np.arange(30 + 20 + 40) * AUDIO_STEP_S, atol=1e-5)
    np.testing.assert_array_equal(joined.audio, np.concatenate([A.audio, BB.audio, CCC.audio]))


def test_the_moment_is_where_the_labelled_piece_lies():
    joined, moment = spliced([A, BB, CCC], 1)

    assert moment == pytest.approx((0.96, 1.60))
    inside = (joined.frame_time_s >= moment.start_s - 1e-4) & (joined.frame_time_s < moment.stop_s - 1e-4)
    np.testing.assert_array_equal(joined.shape[inside], BB.shape)
    assert (joined.shape[~inside] != BB.shape[0]).all()


def test_a_splice_bears_the_label_of_its_moment_and_the_names_of_all_pieces():
    joined, _ = spliced([A, replace(BB, split="train"), CCC], 1)

    assert (joined.label, joined.subject, joined.split) == ("angry", "ann", "train")
    assert (joined.clip_id, joined.source_id) == ("a+bb+ccc", "s-a+s-bb+s-ccc")


def test_an_excerpt_and_a_splice_have_no_voice_of_the_clips_they_are_of():
    steps = np.zeros((len(A.audio), 3), np.float32)
    heard = replace(
        A,
        voice=Voice(
            settings=VoiceSettings(450.0, folds_octaves=True, with_functionals=False), steps=steps, moments=steps[:1], functionals=None
        ),
    )

    assert excerpt(heard, 0.0, length_s(heard)).voice is None
    assert spliced([heard, heard], 1)[0].voice is None


def test_frames_behind_a_piece_of_sound_do_not_overlap_the_next_piece():
    longer = replace(A, audio=A.audio[:20], audio_time_s=A.audio_time_s[:20])  # .64 s of sound under .96 s of pictures

    joined, moment = spliced([longer, BB], 1)

    assert moment.start_s == pytest.approx(0.64)
    assert (np.diff(joined.frame_time_s) > 0).all()
    assert len(joined.frame_time_s) == len(joined.has_face) == len(joined.shape) == len(joined.appearance) == 16 + 16


def test_a_clip_without_sound_is_as_long_as_its_frames():
    silent = [clip(name, 0.96, sound=False) for name in ("a", "bb")]

    joined, moment = spliced(silent, 1)

    assert len(joined.audio) == 0
    assert moment == pytest.approx((0.96, 1.92))
    np.testing.assert_allclose(joined.frame_time_s, np.arange(48) * FRAME_S, atol=1e-5)


def test_an_excerpt_begins_at_0_and_lasts_a_whole_number_of_audio_steps():
    some = excerpt(CCC, 0.33, 0.97)

    assert length_s(some) == pytest.approx(20 * AUDIO_STEP_S)
    np.testing.assert_allclose(some.audio_time_s, np.arange(20) * AUDIO_STEP_S, atol=1e-5)
    np.testing.assert_array_equal(some.audio, CCC.audio[10:30])
    np.testing.assert_allclose(some.frame_time_s, np.arange(8, 24) * FRAME_S - 0.32, atol=1e-5)


def test_excerpts_side_by_side_share_no_step_and_miss_none():
    cuts = [0.0, 0.32, 0.704, 1.28]

    parts = [excerpt(CCC, start, stop) for start, stop in pairwise(cuts)]

    np.testing.assert_array_equal(np.concatenate([part.audio for part in parts]), CCC.audio)
    assert sum(len(part.frame_time_s) for part in parts) == len(CCC.frame_time_s)


@pytest.mark.parametrize("begins_s", [0.0, 437.216, 3600.016, 80000.008])
def test_an_excerpt_has_so_many_steps_wherever_it_begins_though_times_are_rounded(begins_s: float):
    whole = clip("whole", 4.0)
    later = replace(whole, audio_time_s=(np.arange(125) * AUDIO_STEP_S + begins_s).astype(np.float32))

    for first in range(115):
        some = excerpt(later, first * AUDIO_STEP_S, (first + 10) * AUDIO_STEP_S)
        np.testing.assert_array_equal(some.audio, whole.audio[first : first + 10])


def test_a_clip_whose_steps_are_stamped_in_their_middle_begins_at_0():
    middles = replace(A, audio_time_s=A.audio_time_s + np.float32(AUDIO_STEP_S / 2))

    some = excerpt(middles, 0.0, 0.32)

    np.testing.assert_allclose(some.audio_time_s, middles.audio_time_s[:10], atol=1e-6)
    np.testing.assert_array_equal(some.frame_time_s, A.frame_time_s[:8])


def test_clips_of_two_people_are_not_spliced():
    with pytest.raises(ConfigError, match=r"one person.*ccc of bob"):
        spliced([A, replace(CCC, subject="bob")], 0)


def test_clips_with_and_without_sound_are_not_spliced():
    with pytest.raises(ConfigError, match=r"all with the same audio sets.*bb of ann with no sound"):
        spliced([A, clip("bb", 0.64, sound=False)], 0)


@pytest.mark.parametrize("sound", [True, False])
def test_a_range_of_a_file_and_a_segment_are_spliced_as_the_same_clip_in_a_file_of_its_own(*, sound: bool):
    alone = [clip(name, 0.96, sound=sound) for name in ("a", "bb")]
    later = [replace(one, audio_time_s=one.audio_time_s + 40, frame_time_s=one.frame_time_s + 40) for one in alone]

    expected, moment = spliced([excerpt(each, 0.32, 0.96) for each in alone], 1)
    found, also = spliced([excerpt(each, 0.32, 0.96) for each in later], 1)

    assert also == pytest.approx(moment)
    assert len(found.frame_time_s) == 2 * 16
    for name in ("audio", "audio_time_s", "shape", "frame_time_s"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-4)
