"""A chirp that begins with a flash comes out with it, whatever its packets went through."""

import numpy as np
import pytest

from schemas.faults import Fault
from tests.avemo_core.media import films

MKV = films.film("matroska")


def test_eight_joined_mp4_stay_in_step():
    seen = films.seen(films.joined(8 * [films.film("mp4", options=films.B_PICTURES)], "mp4"))

    assert seen.offsets_ms == pytest.approx(np.zeros(16), abs=1)
    assert len(seen.times_s) == 8 * 90


def test_after_three_lost_packets_of_sound_the_rest_is_in_step_and_the_gap_is_silent_and_marked():
    seen = films.seen(films.changed(MKV, "matroska", lambda kind, number, _: None if kind == "audio" and 75 <= number < 78 else 0.0))

    assert seen.offsets_ms == pytest.approx([0, 0], abs=1)
    assert seen.condition.fault is Fault.GAP
    assert 1 - seen.condition.decoded_share == pytest.approx(3 * 1024 / 48_000 / 3.6, rel=0.05)
    lost = slice(round((74 * 1024 / 48_000 + 0.01) * 16_000), round((77 * 1024 / 48_000 - 0.01) * 16_000))
    assert not seen.samples[lost].any()


@pytest.mark.parametrize("moved_s", [0.5, -0.05])
def test_one_wrong_stamp_of_sound_moves_nothing(moved_s: float):
    seen = films.seen(films.changed(MKV, "matroska", lambda kind, number, _: moved_s if (kind, number) == ("audio", 75) else 0.0))

    assert seen.offsets_ms == pytest.approx([0, 0], abs=1)
    assert seen.condition.fault is None
    assert len(seen.samples) == pytest.approx(3.6 * 16_000, abs=600)


@pytest.mark.parametrize("container", ["matroska", "mpegts"])
def test_stamps_of_sound_that_jitter_move_nothing(container: str):
    draw = np.random.default_rng(1)
    content = films.changed(films.film(container), container, lambda kind, *_: draw.uniform(-0.02, 0.02) * (kind == "audio"))

    assert films.seen(content).offsets_ms == pytest.approx([0, 0], abs=10)


@pytest.mark.parametrize(("container", "moved_s"), [("matroska", 0.04), ("matroska", 3.0), ("mpegts", -0.04), ("mpegts", 3.0)])
def test_one_wrong_stamp_of_a_picture_moves_no_other(container: str, moved_s: float):
    content = films.changed(films.film(container), container, lambda kind, number, _: moved_s if (kind, number) == ("video", 40) else 0.0)

    seen = films.seen(content)

    assert seen.offsets_ms == pytest.approx([0, 0], abs=1)
    assert np.diff(seen.times_s) == pytest.approx(0.04, abs=2.1e-3)


def test_of_a_vob_a_range_far_in_is_in_step_and_equals_the_whole():
    content = films.film("vob", "mpeg2video", "ac3", options=(("bf", "2"),), periods=4)

    part, whole = films.seen(content, start_s=10.0), films.seen(content)

    assert whole.offsets_ms == pytest.approx(np.zeros(8), abs=1)
    assert part.offsets_ms == pytest.approx(np.zeros(2), abs=1)
    assert part.times_s == pytest.approx(whole.times_s[whole.times_s >= 10.0], abs=1e-6)
    np.testing.assert_allclose(part.samples[-16_000:], whole.samples[-16_000:], atol=0.01)


@pytest.mark.parametrize(
    ("container", "video", "audio"),
    [
        ("mp4", "libx264", "aac"),
        pytest.param("mov", "libx264", "pcm_s16le", marks=pytest.mark.slow),
        ("matroska", "libx264", "libopus"),
        pytest.param("mpegts", "libx264", "ac3", marks=pytest.mark.slow),
        pytest.param("flv", "libx264", "aac", marks=pytest.mark.slow),
        ("mpeg", "mpeg2video", "mp2"),
        ("asf", "wmv2", "wmav2"),
        pytest.param("nut", "mpeg4", "mp2", marks=pytest.mark.slow),
    ],
)
def test_in_every_container_a_chirp_comes_with_its_flash(container: str, video: str, audio: str):
    seen = films.seen(films.film(container, video, audio, options=(("bf", "2"),) if video != "wmv2" else ()))

    assert seen.offsets_ms == pytest.approx([0, 0], abs=1)
    assert seen.condition.fault is None
