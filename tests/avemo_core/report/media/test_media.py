from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy import ndarray

from avemo_core.errors import MediaError
from avemo_core.faces.detect import Detector
from avemo_core.media import decode, source
from avemo_core.media.sound import Sound
from avemo_core.report.inputs import Media
from avemo_core.report.media.blur import blurred
from avemo_core.report.media.gallery import Gallery, MediaRequest
from avemo_core.report.media.pictured import by_interest
from avemo_core.report.media.thumbnails import SIDE_PX, frames_at, thumbnails
from avemo_core.report.media.video import Range, write_video
from tests.avemo_core.report import made

Encode = Callable[..., Path]
WHOLE = Range(start_s=0.0, stop_s=10.0)


def greys(count: int) -> list[ndarray]:
    """Pictures that say by their brightness which one they are: 4 x their place."""
    return [np.full((90, 120, 3), 4 * place, np.uint8) for place in range(count)]


def brightness(picture: ndarray) -> float:
    return float(picture.mean()) / 4


def onset_s(sound: Sound) -> float:
    return sound.start_s + float(np.argmax(np.abs(sound.samples) > 0.3)) / 16_000


def wanted(uri: Path, **changes: object) -> MediaRequest:
    return MediaRequest(**{"row": 7, "uri": str(uri), "moments_s": (0.2, 1.0), "range": WHOLE, **changes})


def test_a_thumbnail_is_the_frame_on_screen_at_its_moment(encode: Encode):
    clip = encode("clip.mp4", pictures=greys(50))

    with source.opened(str(clip)) as file:
        seen = [brightness(frame) for frame in frames_at(file, [0.0, 0.40, 1.23, 1.96])]

    np.testing.assert_allclose(seen, [0, 10, 30, 49], atol=0.6)


def test_moments_are_on_the_files_clock_also_where_its_stamps_start_late(encode: Encode):
    clip = encode("clip.mkv", pictures=greys(50), times_s=[3 + place / 25 for place in range(50)])

    with source.opened(str(clip)) as file:
        seen = [brightness(frame) for frame in frames_at(file, [0.4])]

    np.testing.assert_allclose(seen, [10], atol=0.6)


def test_moments_beyond_the_end_show_the_last_frame(encode: Encode):
    clip = encode("clip.mp4", pictures=greys(25))

    with source.opened(str(clip)) as file:
        seen = [brightness(frame) for frame in frames_at(file, [0.92, 5.0])]

    np.testing.assert_allclose(seen, [23, 24], atol=0.6)


def test_a_picture_that_came_long_before_is_still_on_screen(encode: Encode):
    clip = encode("clip.mkv", pictures=greys(30)[10::10], times_s=[0.0, 9.0])

    with source.opened(str(clip)) as file:
        seen = [brightness(frame) for frame in frames_at(file, [8.0, 9.0])]

    np.testing.assert_allclose(seen, [10, 20], atol=0.6)


def test_faces_are_gone_from_blurred_thumbnails_and_the_rest_is_not(encode: Encode, talking: list[ndarray]):
    clip = encode("clip.mp4", pictures=talking[:10])
    detector = Detector(min_score=0.3)

    with source.opened(str(clip)) as file:
        (jpeg,) = thumbnails(file, [0.2], detector)

    thumbnail = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert max(thumbnail.shape) == SIDE_PX
    assert not detector.find(thumbnail)
    assert detector.find(talking[5])


def test_a_picture_without_a_found_face_is_blurred_as_a_whole():
    picture = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)

    result = blurred(picture, [])

    assert np.abs(np.diff(result.astype(int), axis=1)).max() < 12


def test_the_blur_reaches_well_past_the_box_and_no_further():
    picture = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)

    result = blurred(picture, [np.array([80, 80, 120, 120], np.float32)])

    changed = np.flatnonzero((result != picture).any(axis=(1, 2)))
    assert (changed.min(), changed.max()) == (60, 139)


def test_a_box_that_reaches_out_of_the_picture_is_blurred_inside_it():
    picture = np.random.default_rng(0).integers(0, 255, (50, 50, 3), np.uint8)

    assert blurred(picture, [np.array([-30, -30, 20, 20], np.float32)]).shape == picture.shape


def test_a_written_video_starts_with_its_range_and_keeps_its_clock(encode: Encode, tmp_path: Path, tone: ndarray):
    pictures = [np.full((90, 120, 3), 10 * place, np.uint8) for place in range(25)]
    clip = encode("clip.mkv", pictures=pictures, codec="ffv1", sound=tone, sound_codec="pcm_s16le")

    with source.opened(str(clip)) as file:
        write_video(file, Range(start_s=0.2, stop_s=0.8), tmp_path / "out.mp4")

    with av.open(str(tmp_path / "out.mp4")) as written:
        frames = [(frame.time, frame.to_ndarray(format="bgr24").mean() / 10) for frame in written.decode(video=0)]
        assert {stream.codec_context.name for stream in written.streams} == {"h264", "aac"}
    assert len(frames) == 15
    np.testing.assert_allclose([time_s for time_s, _ in frames], np.arange(15) / 25, atol=1e-3)
    np.testing.assert_allclose([seen for _, seen in frames], np.arange(5, 20), atol=0.6)


def test_pictures_and_sound_of_a_written_video_are_where_extraction_had_them(encode: Encode, tmp_path: Path):
    click = np.zeros((1, 96_000), np.float32)
    click[0, 48_000:48_480] = 0.9
    clip = encode("clip.avi", pictures=greys(50), codec="libx264", sound=click, sound_codec="mp3")
    with decode.opened(str(clip)) as recording:
        read = [(frame.time_s, brightness(frame.picture.bgr())) for frame in recording.frames()]
        heard = recording.sound()

    with source.opened(str(clip)) as file:
        write_video(file, WHOLE, tmp_path / "out.mp4")

    with decode.opened(str(tmp_path / "out.mp4")) as recording:
        written = [(frame.time_s, brightness(frame.picture.bgr())) for frame in recording.frames()]
        written_sound = recording.sound()
    assert heard is not None
    assert written_sound is not None
    np.testing.assert_allclose(written, read, atol=0.6)
    np.testing.assert_allclose([time_s for time_s, _ in written], [time_s for time_s, _ in read], atol=1e-3)
    assert abs(onset_s(heard) - onset_s(written_sound)) < 2e-3


@pytest.mark.parametrize("begins_s", [0.4, 1.5], ids=["pictures after the sound", "no picture in the range"])
def test_sound_waits_for_pictures_that_begin_later_or_never(encode: Encode, tmp_path: Path, tone: ndarray, begins_s: float):
    times_s = [begins_s + place / 25 for place in range(25)]
    clip = encode("clip.mkv", pictures=greys(25), times_s=times_s, codec="ffv1", sound=tone, sound_codec="pcm_s16le")

    with source.opened(str(clip)) as file:
        write_video(file, Range(start_s=0.0, stop_s=1.0), tmp_path / "out.mp4")

    with av.open(str(tmp_path / "out.mp4")) as written:
        seen = [frame.time for frame in written.decode(video=0)] if written.streams.video else []
    with av.open(str(tmp_path / "out.mp4")) as written:
        heard = sum(frame.samples for frame in written.decode(audio=0))
    np.testing.assert_allclose(seen, [time_s for time_s in times_s if time_s < 1], atol=1e-3)
    assert abs(heard - 16_000) < 3 * 1024


def test_sound_alone_is_written_too(encode: Encode, tmp_path: Path, tone: ndarray):
    clip = encode("clip.wav", sound=tone, sound_codec="pcm_s16le")

    with source.opened(str(clip)) as file:
        write_video(file, WHOLE, tmp_path / "out.mp4")

    with av.open(str(tmp_path / "out.mp4")) as written:
        assert abs(sum(frame.samples for frame in written.decode(audio=0)) - 32_000) < 3 * 1024


def test_a_range_in_which_nothing_is_is_refused_and_leaves_no_video(encode: Encode, tmp_path: Path, tone: ndarray):
    clip = encode("clip.mkv", pictures=greys(25), codec="ffv1", sound=tone, sound_codec="pcm_s16le")

    with source.opened(str(clip)) as file, pytest.raises(MediaError, match="starts at 7 s, and the file is 2"):
        write_video(file, Range(start_s=7.0, stop_s=8.0), tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


def test_a_broken_file_leaves_no_half_written_video(tmp_path: Path):
    (tmp_path / "clip.mp4").write_bytes(b"no video at all" * 100)

    with source.opened(str(tmp_path / "clip.mp4")) as file, pytest.raises(MediaError):
        write_video(file, WHOLE, tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("media", "names"), [(Media.BLURRED, ["000007-0.jpg", "000007-1.jpg"]), (Media.SHOWN, ["000007-0.jpg", "000007-1.jpg", "000007.mp4"])]
)
def test_videos_are_in_the_report_only_where_they_are_to_be_shown(
    encode: Encode, tmp_path: Path, talking: list[ndarray], media: Media, names: list[str]
):
    clip = encode("clip.mp4", pictures=talking)

    made_of = Gallery(tmp_path / "report", media).make([wanted(clip)])[7]

    assert sorted(file.name for file in (tmp_path / "report" / "media").iterdir()) == names
    assert [time_s for time_s, _ in made_of.thumbnails] == [0.2, 1.0]
    assert made_of.problem == ""


def test_a_clip_whose_file_is_gone_says_so_and_the_others_are_made(encode: Encode, tmp_path: Path, talking: list[ndarray]):
    clip = encode("clip.mp4", pictures=talking)

    shown = Gallery(tmp_path / "report", Media.BLURRED).make([wanted(tmp_path / "gone.mp4", row=0), wanted(clip, row=1)])

    assert shown[0].problem.startswith("missing")
    assert len(shown[1].thumbnails) == 2


def test_sure_errors_are_looked_at_first_then_the_others_from_all_over_the_table():
    table = made.replaced(
        made.predictions(8),
        label=["sad"] * 8,
        predicted=["sad", "fear", "sad", "fear", "sad", "sad", "sad", "sad"],
        confidence=[0.9, 0.4, 0.9, 0.8, 0.9, 0.9, 0.9, 0.9],
    )

    rows = by_interest(table)

    assert rows[:2] == [3, 1]
    assert sorted(rows) == list(range(8))
    assert abs(rows[2] - rows[3]) > 1
