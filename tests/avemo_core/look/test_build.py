import json
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from weakref import WeakSet

import av
import numpy as np
import pytest
from numpy import ndarray
from scipy.io import wavfile

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.look.build import LOOK, SHEET, SOUND, VIDEO, Looked, build, write_contact_sheet
from avemo_core.media import decode
from avemo_core.media.recording import Frame, Recording
from schemas.faults import Fault
from schemas.rejects import Reason

Encode = Callable[..., Path]
LookAt = Callable[..., Looked]


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {"detector": Detector(), "mesh": Mesh()}


@pytest.fixture
def look_at(tmp_path: Path, models: dict[str, Any]) -> Callable[..., Looked]:
    """A function that looks at a file, into the folder `look`."""
    folder = tmp_path / "look"
    folder.mkdir()

    def look(path: Path, **time_range: float) -> Looked:
        with decode.opened(str(path), **time_range) as recording:
            return build(recording, folder, clip=str(path), channel="mix", **models)

    return look


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "look"


def stored(folder: Path) -> dict[str, Any]:
    """look.json, read as strictly as any reader may."""
    return json.loads((folder / "look.json").read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def picture_times_s(folder: Path) -> list[float]:
    with av.open(str(folder / VIDEO)) as file:
        return [frame.time for frame in file.decode(video=0)]


def video_sound(folder: Path) -> tuple[float, ndarray]:
    """Where the video's sound starts, and its samples."""
    with av.open(str(folder / VIDEO)) as file:
        frames = list(file.decode(audio=0))
    return frames[0].time, np.concatenate([frame.to_ndarray()[0] for frame in frames])


def click(at_s: float, length_s: float = 2.0, rate_hz: int = 48_000) -> ndarray:
    """Silence with a sine of 50 ms at some time."""
    samples = np.zeros(round(length_s * rate_hz), np.float32)
    burst = np.sin(2 * np.pi * 1000 * np.arange(rate_hz // 20) / rate_hz)
    samples[round(at_s * rate_hz) :][: len(burst)] = burst
    return samples[None]


def flat(count: int, bgr: tuple[int, int, int] = (90, 90, 90)) -> list[ndarray]:
    """Small pictures of one colour."""
    return [np.full((72, 96, 3), bgr, np.uint8)] * count


def onset_s(samples: ndarray) -> float:
    return float(np.argmax(np.abs(samples) > 0.3)) / 16_000


def keys_of_the_guide() -> set[str]:
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "look.md").read_text(encoding="utf-8")
    rows = guide.partition("| key | type | meaning |")[2].partition("\n\n")[0].splitlines()[2:]
    return {key for row in rows for key in re.findall(r"`([^`]+)`", row.split("|")[1])}


def keys(value: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """The way to every key in it, as the guide writes it."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"{path}{name}"
            yield from keys(each, f"{path}{name}.")
    if isinstance(value, list):
        for each in value:
            yield from keys(each, f"{path.removesuffix('.')}[].")


def test_look_json_has_the_keys_of_the_guide_and_no_others(
    look_at: LookAt, folder: Path, encode: Encode, talking: list[ndarray], tone: ndarray
):
    path = encode("clip.mp4", pictures=talking[:3], sound=tone[:, :24_000])

    look_at(path)

    found = stored(folder)
    assert set(keys(found)) == keys_of_the_guide()
    pictures = found.pop("pictures")
    sound = found.pop("sound")
    video_stream, sound_stream = sorted(found.pop("streams"), key=lambda stream: stream["index"])
    assert sound == {"start_s": sound["start_s"], "rate": 16_000, "samples": sound["samples"], "sound_track": 0, "channel": "mix"}
    assert found == {
        "made_by": "avemo",
        "format": 1,
        "clip": str(path),
        "content_sha256": found["content_sha256"],
        "start_s": 0.0,
        "stop_s": pytest.approx(0.5, abs=0.03),
        "decoded_share": 1.0,
        "fault": None,
        "width": 360,
        "height": 270,
        "main_track": 0,
    }
    assert len(found["content_sha256"]) == 64
    of_both = {"kind", "index", "codec", "language", "chosen", "width", "height", "fps", "rate_hz", "channels"}
    assert set(video_stream) == set(sound_stream) == of_both
    assert [video_stream[key] for key in ("kind", "index", "codec", "chosen", "width", "height", "fps", "rate_hz", "channels")] == [
        *("video", 0, "h264", True, 360, 270, 25.0, None, None)
    ]
    assert [sound_stream[key] for key in ("kind", "index", "codec", "chosen", "width", "height", "fps", "rate_hz", "channels")] == [
        *("audio", 1, "aac", True, None, None, None, 48_000, 1)
    ]
    assert [set(picture) for picture in pictures] == [{"time_s", "brightness", "faces"}] * 3
    assert [set(face) for picture in pictures for face in picture["faces"]] == [{"track", "box", "score"}] * 3
    assert [picture["time_s"] for picture in pictures] == pytest.approx([0, 0.04, 0.08])


def test_a_face_stands_where_it_is_in_shares_of_the_picture(look_at: LookAt, folder: Path, encode: Encode, talking: list[ndarray]):
    beside = [np.hstack([np.full_like(frame, 90), frame]) for frame in talking[:3]]
    look_at(encode("clip.mp4", pictures=beside))

    (face,) = stored(folder)["pictures"][2]["faces"]

    x0, y0, x1, y1 = face["box"]
    assert 0.5 < x0 < x1 < 1
    assert 0 < y0 < y1 < 1
    # FaceMesh's points reach from ear to ear, some 85 of 720 pixels, and from hairline to chin, some 108 of 270.
    assert x1 - x0 == pytest.approx(85 / 720, rel=0.15)
    assert y1 - y0 == pytest.approx(108 / 270, rel=0.15)
    assert face["track"] == 0
    assert 0.9 < face["score"] <= 1


def test_what_is_seen_and_heard_is_what_extract_stores(
    look_at: LookAt, folder: Path, encode: Encode, talking: list[ndarray], tone: ndarray
):
    frames = [*talking[:6], *[np.full_like(talking[0], 90)] * 4, *talking[10:16]]
    path = encode("clip.mp4", pictures=frames, times_s=[0.3 + step**1.1 / 25 for step in range(16)], sound=tone)
    time_range = {"start_s": 0.32, "stop_s": 1.02}

    look_at(path, **time_range)

    row = (
        Extractor(ExtractionConfig(), Selection.all(networks.load()))
        .rows(Clip(source_id="one", uri=str(path), **time_range))
        .to_pylist()[0]
    )
    found = stored(folder)
    np.testing.assert_array_equal(np.float32([picture["time_s"] for picture in found["pictures"]]), np.float32(row["frame_time_s"]))
    main = found["main_track"]
    has_face = [any(face["track"] == main for face in picture["faces"]) for picture in found["pictures"]]
    assert has_face == row["has_face"]
    assert 0 < sum(has_face) < len(has_face)
    assert (found["start_s"], found["stop_s"], found["content_sha256"]) == (row["start_s"], row["stop_s"], row["content_sha256"])


def test_the_sound_is_to_the_bit_what_is_listened_to(look_at: LookAt, folder: Path, encode: Encode, tone: ndarray):
    path = encode("clip.mka", sound=5 * tone, sound_codec="pcm_f32le")
    with decode.opened(str(path), start_s=0.5) as recording:
        list(recording.frames())
        expected = recording.sound()

    look_at(path, start_s=0.5)

    rate_hz, samples = wavfile.read(folder / SOUND)
    sound = stored(folder)["sound"]
    assert (rate_hz, samples.dtype) == (16_000, np.float32)
    np.testing.assert_array_equal(samples, expected.samples)
    assert np.abs(samples).max() > 1.4
    assert (sound["start_s"], sound["samples"]) == (expected.start_s, len(samples))


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


@pytest.mark.parametrize(("level", "full_range"), [(0, False), (128, False), (255, False), (255, True)])
def test_black_has_brightness_0_and_white_255(look_at: LookAt, folder: Path, encode: Encode, level: int, full_range: bool):  # noqa: FBT001
    how = {"pix_fmt": "yuvj420p", "codec": "mjpeg"} if full_range else {}
    look_at(encode("clip.mkv", pictures=flat(1, (level,) * 3), **how))

    assert stored(folder)["pictures"][0]["brightness"] == pytest.approx(level, abs=1.5)


def test_two_faces_have_two_tracks_and_their_own_colours(look_at: LookAt, folder: Path, encode: Encode, talking: list[ndarray]):
    looked = look_at(encode("clip.mp4", pictures=[np.hstack([frame, frame[:, ::-1]]) for frame in talking[:4]]))

    pictures = stored(folder)["pictures"]
    assert [sorted(face["track"] for face in picture["faces"]) for picture in pictures] == [[0, 1]] * 4
    assert looked.head["main_track"] in (0, 1)


def test_a_clip_without_faces_is_shown_all_the_same(look_at: LookAt, folder: Path, encode: Encode):
    looked = look_at(encode("clip.mp4", pictures=flat(3)))

    found = stored(folder)
    assert found["main_track"] is None
    assert [picture["faces"] for picture in found["pictures"]] == [[], [], []]
    assert set(looked.files) == {LOOK, VIDEO, SHEET}
    write_contact_sheet(looked, folder)
    assert {path.name for path in folder.iterdir()} == set(looked.files)


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


def test_an_empty_range_is_told(look_at: LookAt, encode: Encode):
    with pytest.raises(MediaError) as error:
        look_at(encode("clip.mp4", pictures=flat(50)), start_s=5.0, stop_s=6.0)

    assert error.value.reason == Reason.TOO_SHORT


def test_what_is_too_long_is_told_the_options_that_help(look_at: LookAt, encode: Encode):
    path = encode("long.wav", sound=np.zeros((1, 8000 * 610), np.float32), sound_codec="pcm_u8", rate_hz=8000)

    with pytest.raises(MediaError, match="600 s are looked at: give --start and --stop") as error:
        look_at(path)

    assert error.value.reason == Reason.TOO_LONG


class Watched(Recording):
    """A recording that counts those of its pictures that are still held when the next one comes."""

    alive: WeakSet[Frame]
    most: int

    def frames(self) -> Iterator[Frame]:
        for frame in super().frames():
            self.alive.add(frame.picture)
            self.most = max(self.most, len(self.alive))
            yield frame
            del frame


def test_pictures_are_let_go_of_one_by_one(tmp_path: Path, encode: Encode, models: dict[str, Any]):
    with decode.opened(str(encode("clip.mp4", pictures=flat(30)))) as recording:
        recording.__class__ = Watched
        recording.alive, recording.most = WeakSet(), 0

        build(recording, tmp_path, clip="clip", channel="mix", **models)

        assert recording.most <= 2


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


def test_what_was_wrong_with_the_file_is_told(look_at: LookAt, folder: Path, encode: Encode, tone: ndarray):
    path = encode("clip.mkv", pictures=flat(50), sound=tone, sound_codec="pcm_s16le")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])

    look_at(path)

    found = stored(folder)
    assert found["fault"] == Fault.BREAKS_OFF
    assert found["decoded_share"] == pytest.approx(0.6, abs=0.1)
    assert found["pictures"][-1]["time_s"] == pytest.approx(1.2, abs=0.2)
