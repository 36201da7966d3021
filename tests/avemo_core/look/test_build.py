import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakSet

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
from avemo_core.look.build import LOOK, SHEET, SOUND, VIDEO, build, write_contact_sheet
from avemo_core.media import decode
from avemo_core.media.recording import Frame, Recording
from schemas.faults import Fault
from schemas.rejects import Reason
from tests.avemo_core.look.looked import Encode, LookAt, flat, stored


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


@pytest.mark.parametrize(("level", "full_range"), [(0, False), (128, False), (255, False), (255, True)])
def test_black_has_brightness_0_and_white_255(look_at: LookAt, folder: Path, encode: Encode, level: int, full_range: bool):  # noqa: FBT001
    how = {"pix_fmt": "yuvj420p", "codec": "mjpeg"} if full_range else {}
    look_at(encode("clip.mkv", pictures=flat(1, (level,) * 3), **how))

    assert stored(folder)["pictures"][0]["brightness"] == pytest.approx(level, abs=1.5)


def test_a_clip_without_faces_is_shown_all_the_same(look_at: LookAt, folder: Path, encode: Encode):
    looked = look_at(encode("clip.mp4", pictures=flat(3)))

    found = stored(folder)
    assert found["main_track"] is None
    assert [picture["faces"] for picture in found["pictures"]] == [[], [], []]
    assert set(looked.files) == {LOOK, VIDEO, SHEET}
    write_contact_sheet(looked, folder)
    assert {path.name for path in folder.iterdir()} == set(looked.files)


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


def test_what_was_wrong_with_the_file_is_told(look_at: LookAt, folder: Path, encode: Encode, tone: ndarray):
    path = encode("clip.mkv", pictures=flat(50), sound=tone, sound_codec="pcm_s16le")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])

    look_at(path)

    found = stored(folder)
    assert found["fault"] == Fault.BREAKS_OFF
    assert found["decoded_share"] == pytest.approx(0.6, abs=0.1)
    assert found["pictures"][-1]["time_s"] == pytest.approx(1.2, abs=0.2)
