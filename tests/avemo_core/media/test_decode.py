from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from avemo_core.errors import MediaError
from avemo_core.media import decode
from avemo_core.media.recording import Frame
from avemo_core.media.sound import Sound
from avemo_core.media.subsampling import subsampled
from schemas.rejects import Reason

Encode = Callable[..., Path]


def _decoded(path: Path, **range_s: float) -> tuple[list[Frame], Sound | None, float]:
    with decode.opened(str(path), **range_s) as recording:
        frames = list(recording.frames())
        return frames, recording.sound(), recording.end_s


def _times_s(frames: list[Frame]) -> ndarray:
    return np.array([frame.time_s for frame in frames])


def test_frames_of_a_variable_rate_keep_their_own_times(encode: Encode, talking: list[ndarray]):
    times_s = np.cumsum([0.0, *np.random.default_rng(0).choice([0.02, 0.04, 0.1, 0.3], 29)])

    frames, _, _ = _decoded(encode("vfr.mkv", pictures=talking[:30], times_s=times_s.tolist()))

    np.testing.assert_allclose(_times_s(frames), times_s, atol=1.1e-3)


@pytest.mark.parametrize(("start_s", "stop_s"), [(0.0, 0.4), (0.2, 0.6), (0.4, 1.0)])
def test_a_range_is_half_open_in_pictures_and_sound(encode: Encode, talking: list[ndarray], tone: ndarray, start_s: float, stop_s: float):
    path = encode("clip.mkv", pictures=talking, sound=tone, sound_codec="pcm_s16le")

    frames, sound, end_s = _decoded(path, start_s=start_s, stop_s=stop_s)

    every = np.arange(50) / 25
    np.testing.assert_allclose(_times_s(frames), every[(every >= start_s) & (every < stop_s - 1e-9)], atol=1e-3)
    assert (sound.start_s, sound.stop_s) == pytest.approx((start_s, stop_s), abs=1e-4)
    assert end_s == stop_s


@pytest.mark.parametrize("codec", ["libx264", pytest.param("libvpx", marks=pytest.mark.slow)])
def test_a_range_far_into_a_file_is_reached_by_seeking_and_is_the_same(encode: Encode, talking: list[ndarray], codec: str):
    small = [np.ascontiguousarray(picture[::3, ::3]) for picture in talking]
    path = encode("long.mkv", pictures=small * 7, codec=codec, options={"g": "40"})

    sought, _, _ = _decoded(path, start_s=11.1, stop_s=12.0)
    whole, _, _ = _decoded(path)

    np.testing.assert_allclose(_times_s(sought), np.arange(278, 300) / 25, atol=1e-3)
    np.testing.assert_array_equal(sought[0].picture.bgr(), whole[278].picture.bgr())


def test_sound_longer_than_the_pictures_is_kept(encode: Encode, talking: list[ndarray], tone: ndarray):
    frames, sound, end_s = _decoded(encode("clip.mkv", pictures=talking[:20], sound=tone, sound_codec="pcm_s16le"))

    assert len(frames) == 20
    assert sound.stop_s == pytest.approx(2.0, abs=0.01)
    assert end_s == pytest.approx(2.0, abs=0.01)


def test_a_click_sounds_when_its_flash_shows(encode: Encode):
    pictures = [np.full((64, 64, 3), 255 if step == 25 else 0, np.uint8) for step in range(50)]
    click = np.zeros((1, 96_000), np.float32)
    click[0, 48_000:48_480] = 0.9

    frames, sound, _ = _decoded(encode("flash.mp4", pictures=pictures, sound=click))

    flash_s = frames[int(np.argmax([frame.picture.bgr().mean() for frame in frames]))].time_s
    click_s = sound.start_s + np.argmax(np.abs(sound.samples) > 0.3) / 16_000
    assert flash_s == pytest.approx(1.0, abs=0.001)
    assert click_s == pytest.approx(1.0, abs=0.005)


@pytest.mark.parametrize(("share", "reason"), [(0.8, None), (0.15, Reason.DECODE_FAILED)])
def test_a_broken_file_is_used_up_to_the_break_when_a_second_decodes(
    encode: Encode, talking: list[ndarray], tmp_path: Path, share: float, reason: Reason | None
):
    whole = encode("whole.mkv", pictures=talking * 2).read_bytes()
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole[: int(share * len(whole))])

    outcome = _frames_or_reason(broken)

    assert outcome == reason if reason else 25 <= outcome < 100


def _frames_or_reason(path: Path) -> int | Reason:
    try:
        return len(_decoded(path)[0])
    except MediaError as error:
        return error.reason


def test_a_file_that_is_not_there_is_missing(tmp_path: Path):
    with pytest.raises(MediaError) as error:
        _decoded(tmp_path / "none.mp4")

    assert error.value.reason == Reason.MISSING


def test_subsampling_takes_the_first_frame_of_every_slot(encode: Encode, talking: list[ndarray]):
    with decode.opened(str(encode("clip.mp4", pictures=talking))) as recording:
        times_s = [frame.time_s for frame in subsampled(recording.frames(), 5.0)]

    np.testing.assert_allclose(times_s, np.arange(10) / 5, atol=1e-3)


@pytest.mark.parametrize(("turn", "corner"), [(0, (0, 0)), (90, (1, 0)), (180, (1, 1)), (270, (0, 1))])
def test_a_rotation_flag_turns_the_picture(encode: Encode, turn: int, corner: tuple[int, int]):
    stored = np.zeros((80, 160, 3), np.uint8)
    stored[:40, :80] = 255

    frames, _, _ = _decoded(encode("turned.mp4", pictures=[stored] * 5, rotation_deg=turn))

    picture = frames[0].picture.bgr()
    assert picture.shape[:2] == ((80, 160) if turn % 180 == 0 else (160, 80))
    row, column = corner
    quarter = picture[row * picture.shape[0] // 2 :, column * picture.shape[1] // 2 :][: picture.shape[0] // 2, : picture.shape[1] // 2]
    assert quarter.mean() > 240
