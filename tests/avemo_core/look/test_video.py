"""The video of a clip that was looked at."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy import ndarray
from scipy.io import wavfile

from avemo_core.look.build import LOOK, SHEET, SOUND, VIDEO, write_contact_sheet
from tests.avemo_core.look.looked import Encode, LookAt, click, flat, onset_s, picture_times_s, stored, video_sound


@pytest.mark.parametrize(
    ("times_s", "sound_start_s", "start_s"),
    [
        pytest.param([step / 25 for step in range(20)], 0.0, 0.0, id="even"),
        pytest.param(np.cumsum([0, *np.tile([0.013, 0.057, 0.1], 7)])[:20].tolist(), 0.0, 0.0, id="variable"),
        pytest.param([step / 30 for step in range(20)], 0.4, 0.0, id="sound starts later"),
        pytest.param([0.5 + step / 25 for step in range(20)], 0.0, 0.0, id="pictures start later"),
        pytest.param([step / 29.97 for step in range(20)], 0.1, 0.21, id="range"),
    ],
)
def test_pictures_and_sound_of_the_video_have_the_times_of_look_json(
    look_at: LookAt, folder: Path, encode: Encode, times_s: list[float], sound_start_s: float, start_s: float
):
    sound = click(0.6)[:, round(sound_start_s * 48_000) :]
    path = encode("clip.mkv", pictures=flat(20), times_s=times_s, sound=sound, sound_codec="pcm_s16le", sound_start_s=sound_start_s)

    look_at(path, start_s=start_s)

    found = stored(folder)
    expected_s = np.array([picture["time_s"] for picture in found["pictures"]]) - found["start_s"]
    np.testing.assert_allclose(picture_times_s(folder), expected_s, atol=1e-3)
    seen_s = found["sound"]["start_s"] + onset_s(wavfile.read(folder / SOUND)[1])
    assert seen_s == pytest.approx(0.6, abs=2e-3)
    video_start_s, samples = video_sound(folder)
    assert found["start_s"] + video_start_s + onset_s(samples) == pytest.approx(seen_s, abs=1e-3)


def test_the_video_is_one_that_browsers_play(look_at: LookAt, folder: Path, encode: Encode, tone: ndarray):
    look_at(encode("clip.mp4", pictures=flat(5), sound=tone))

    content = (folder / VIDEO).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    with av.open(str(folder / VIDEO)) as file:
        video, sound = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, video.pix_fmt, sound.codec_context.name) == ("h264", "yuv420p", "aac")
        assert video.sample_aspect_ratio in (None, 1)


@pytest.mark.parametrize(
    ("rows_and_columns", "how", "size"),
    [
        pytest.param((71, 95), {"pix_fmt": "yuv444p"}, (94, 70), id="odd"),
        pytest.param((72, 96), {"rotation_deg": 90}, (72, 96), id="turned"),
        pytest.param((72, 96), {"video": {"sample_aspect_ratio": Fraction(4, 3)}}, (128, 72), id="wide pixels"),
        pytest.param((1080, 1800), {}, (1280, 768), id="large"),
    ],
)
def test_the_videos_pictures_are_upright_even_and_at_most_1280_long(
    look_at: LookAt, folder: Path, encode: Encode, rows_and_columns: tuple[int, int], how: dict[str, Any], size: tuple[int, int]
):
    look_at(encode("clip.mp4", pictures=[np.full((*rows_and_columns, 3), 90, np.uint8)] * 2, **how))

    with av.open(str(folder / VIDEO)) as file:
        assert (file.streams.video[0].width, file.streams.video[0].height) == size


def test_the_last_picture_is_shown_until_the_end_of_the_range(look_at: LookAt, folder: Path, encode: Encode):
    look_at(encode("clip.mp4", pictures=flat(10)), stop_s=0.37)

    with av.open(str(folder / VIDEO)) as file:
        assert file.duration / av.time_base == pytest.approx(0.37, abs=1e-3)


@pytest.mark.parametrize("rgb", [(255, 255, 255), (0, 0, 0), (200, 40, 40), (40, 200, 40), (40, 40, 200), (224, 172, 140)])
def test_colours_of_the_video_are_those_of_the_clip(look_at: LookAt, folder: Path, encode: Encode, rgb: tuple[int, int, int]):
    look_at(encode("clip.mp4", pictures=flat(2, rgb[::-1])))

    with av.open(str(folder / VIDEO)) as file:
        frame = next(file.decode(video=0))
        assert int(frame.colorspace) == 1
        shown = frame.to_ndarray(format="rgb24")
    np.testing.assert_allclose(shown[20, 20].astype(int), rgb, atol=8)


def test_two_faces_have_two_tracks_and_their_own_colours(look_at: LookAt, folder: Path, encode: Encode, talking: list[ndarray]):
    looked = look_at(encode("clip.mp4", pictures=[np.hstack([frame, frame[:, ::-1]]) for frame in talking[:4]]))

    pictures = stored(folder)["pictures"]
    assert [sorted(face["track"] for face in picture["faces"]) for picture in pictures] == [[0, 1]] * 4
    assert looked.head["main_track"] in (0, 1)


def test_a_clip_without_sound_has_a_video_without_sound(look_at: LookAt, folder: Path, encode: Encode):
    looked = look_at(encode("clip.mp4", pictures=flat(3)))

    assert stored(folder)["sound"] is None
    assert SOUND not in looked.files
    with av.open(str(folder / VIDEO)) as file:
        assert not file.streams.audio


def test_sound_alone_has_no_video(look_at: LookAt, folder: Path, encode: Encode, tone: ndarray):
    looked = look_at(encode("clip.wav", sound=tone, sound_codec="pcm_s16le"))

    write_contact_sheet(looked, folder)
    assert set(looked.files) == {path.name for path in folder.iterdir()} == {LOOK, SOUND, SHEET}
    found = stored(folder)
    assert (found["pictures"], found["width"], found["height"]) == ([], None, None)
    assert found["sound"]["samples"] == 32_000


def test_pictures_that_change_their_size_on_the_way_fit_into_one_video(look_at: LookAt, folder: Path, tmp_path: Path, encode: Encode):
    parts = [
        encode(f"{place}.ts", pictures=[np.full((*size, 3), 90, np.uint8)] * 10, codec="mpeg2video")
        for place, size in enumerate([(72, 96), (96, 72)])
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))

    look_at(joined)

    assert len(stored(folder)["pictures"]) == len(picture_times_s(folder)) > 10
    assert (stored(folder)["width"], stored(folder)["height"]) == (96, 72)
