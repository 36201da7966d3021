"""Containers and codecs that are tried; docs/formats.md lists them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from avemo_core.media import decode
from avemo_core.media.recording import Frame

Encode = Callable[..., Path]
DOCS = Path(__file__).parents[3] / "docs" / "formats.md"
EVERYDAY = {"H.264 + AAC in MP4", "VP9 + Opus in WebM"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Two seconds of a portrait at 25 fps and of a tone at 440 Hz, written this way."""

    name: str
    file: str
    video: dict[str, Any] | None = field(default_factory=dict)
    sound: dict[str, Any] | None = field(default_factory=dict)
    size: tuple[int, int] = (360, 270)
    frames: int = 50
    rate_hz: int = 48_000
    channels: int = 1


CASES = [
    Case(name="H.264 + AAC in MP4", file="a.mp4"),
    Case(name="H.264 + AAC in MOV", file="a.mov"),
    Case(name="H.264 + AAC in Matroska", file="a.mkv"),
    Case(name="H.264 + AAC in MPEG-TS", file="a.ts"),
    Case(name="H.264 + MP3 in FLV", file="a.flv", sound={"sound_codec": "libmp3lame"}, rate_hz=44_100),
    Case(name="HEVC + AAC in MP4", file="a.mp4", video={"codec": "libx265"}),
    Case(name="HEVC 10 bit in Matroska", file="a.mkv", video={"codec": "libx265", "pix_fmt": "yuv420p10le"}),
    Case(name="VP8 + Opus in WebM", file="a.webm", video={"codec": "libvpx"}, sound={"sound_codec": "libopus"}),
    Case(
        name="VP9 + Opus in WebM",
        file="a.webm",
        video={"codec": "libvpx-vp9", "options": {"cpu-used": "8"}},
        sound={"sound_codec": "libopus"},
    ),
    Case(name="AV1 + AAC in MP4", file="a.mp4", video={"codec": "libsvtav1", "options": {"preset": "12"}}),
    Case(name="MPEG-4 + MP3 in Matroska", file="a.mkv", video={"codec": "mpeg4"}, sound={"sound_codec": "libmp3lame"}),
    Case(name="MPEG-4 + PCM in AVI", file="a.avi", video={"codec": "mpeg4"}, sound={"sound_codec": "pcm_s16le"}),
    Case(name="MPEG-2 + AC-3 in MPEG-PS", file="a.mpg", video={"codec": "mpeg2video"}, sound={"sound_codec": "ac3"}),
    Case(
        name="MJPEG (full range) + PCM in AVI",
        file="a.avi",
        video={"codec": "mjpeg", "pix_fmt": "yuvj420p"},
        sound={"sound_codec": "pcm_s16le"},
    ),
    Case(name="Sorenson H.263 in FLV, no sound", file="a.flv", video={"codec": "flv"}, sound=None),
    Case(name="WMV2 + WMA in ASF", file="a.asf", video={"codec": "wmv2"}, sound={"sound_codec": "wmav2"}),
    Case(
        name="ProRes 4:2:2 10 bit + PCM in MOV",
        file="a.mov",
        video={"codec": "prores_ks", "pix_fmt": "yuv422p10le"},
        sound={"sound_codec": "pcm_s16le"},
    ),
    Case(name="FFV1 4:4:4 + FLAC in Matroska", file="a.mkv", video={"codec": "ffv1", "pix_fmt": "yuv444p"}, sound={"sound_codec": "flac"}),
    Case(name="H.264, grey", file="a.mp4", video={"pix_fmt": "gray"}),
    Case(name="H.264, odd sides (359 x 269), 4:4:4", file="a.mp4", size=(359, 269), video={"pix_fmt": "yuv444p"}),
    Case(
        name="H.264, interlaced", file="a.mp4", size=(360, 268), video={"options": {"flags": "+ildct+ilme", "x264-params": "interlaced=1"}}
    ),
    Case(name="sound at 8 kHz", file="a.mkv", sound={"sound_codec": "pcm_s16le"}, rate_hz=8_000),
    Case(name="sound at 96 kHz, float", file="a.mkv", sound={"sound_codec": "pcm_f32le"}, rate_hz=96_000),
    Case(name="sound of 24 bit, stereo", file="a.mkv", sound={"sound_codec": "pcm_s24le", "layout": "stereo"}, channels=2),
    Case(name="sound of 5.1 channels", file="a.mp4", sound={"layout": "5.1"}, channels=6),
    Case(name="WAV, no pictures", file="a.wav", video=None, sound={"sound_codec": "pcm_s16le"}, frames=0),
    Case(name="MP3, no pictures", file="a.mp3", video=None, sound={"sound_codec": "libmp3lame"}, frames=0),
    Case(name="FLAC, no pictures", file="a.flac", video=None, sound={"sound_codec": "flac"}, frames=0),
]


def _marked(case: Case) -> Any:  # noqa: ANN401 - pytest names no type for its parameter sets
    return pytest.param(case, id=case.name, marks=[] if case.name in EVERYDAY else [pytest.mark.slow])


def _tone(case: Case) -> ndarray | None:
    wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * case.rate_hz) / case.rate_hz)
    return None if case.sound is None else np.tile(wave, (case.channels, 1)).astype(np.float32)


def _written(case: Case, encode: Encode, talking: list[ndarray]) -> Path:
    pictures = () if case.video is None else [np.ascontiguousarray(picture[: case.size[1], : case.size[0]]) for picture in talking]
    return encode(case.file, pictures=pictures, sound=_tone(case), rate_hz=case.rate_hz, **(case.video or {}), **(case.sound or {}))


@pytest.mark.parametrize("case", [_marked(case) for case in CASES])
def test_every_frame_and_second_is_decoded(case: Case, encode: Encode, talking: list[ndarray]):
    path = _written(case, encode, talking)

    with decode.opened(str(path)) as recording:
        frames = list(recording.frames())
        sound = recording.sound()

    assert len(frames) == case.frames
    np.testing.assert_allclose([frame.time_s for frame in frames], _start_s(frames) + np.arange(case.frames) / 25, atol=0.021)
    assert {(frame.picture.width, frame.picture.height) for frame in frames} <= {(case.size[0] & ~1, case.size[1] & ~1)}
    assert (sound is None) == (case.sound is None)
    assert recording.end_s == pytest.approx(2.0, abs=0.12)


def _start_s(frames: list[Frame]) -> float:
    """Time of the first frame: where the sound's codec primes itself the pictures start a little later."""
    return frames[0].time_s if frames else 0.0


@pytest.mark.parametrize("case", [_marked(case) for case in CASES if case.sound is not None])
def test_the_tone_is_there_in_pitch_and_level(case: Case, encode: Encode, talking: list[ndarray]):
    path = _written(case, encode, talking)

    with decode.opened(str(path)) as recording:
        list(recording.frames())
        sound = recording.sound()

    middle = sound.samples[8_000:24_000] * np.hanning(16_000)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) == 440
    assert np.sqrt(np.mean(sound.samples[8_000:24_000] ** 2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_docs_name_every_format_that_is_tried_with_its_frames_and_seconds(case: Case):
    assert f"| {case.name} | {case.frames} | 2.0 |" in DOCS.read_text()
