import shutil
import subprocess
from pathlib import Path

import av
import pytest

from avemo_core.errors import MediaError
from avemo_core.media.stamps import encoder_delay
from tests.avemo_core.media import films
from tests.avemo_core.media.hostile.inputs import input_at


@pytest.mark.parametrize(
    ("video", "audio"),
    [("mpeg4", "libmp3lame"), ("libx264", "libmp3lame"), ("mpeg4", "mp2"), ("mpeg4", "ac3"), ("libx264", "aac"), ("mpeg4", "pcm_s16le")],
)
def test_sound_in_avi_begins_with_its_picture(video: str, audio: str):
    seen = films.seen(films.film("avi", video, audio))

    assert seen.offsets_ms == pytest.approx([0, 0], abs=1)
    assert seen.flashes_s == pytest.approx(films.CLICKS_S, abs=1e-3)


@pytest.mark.slow
def test_where_the_container_says_it_nothing_is_added():
    for container, audio in (("matroska", "libmp3lame"), ("mp4", "libmp3lame"), ("mpegts", "mp2")):
        assert films.seen(films.film(container, audio=audio)).offsets_ms == pytest.approx([0, 0], abs=1), (container, audio)


@pytest.mark.slow
def test_a_range_far_into_an_avi_file_has_the_same_pictures_at_the_same_times():
    content = films.film("avi", "mpeg4", "libmp3lame", periods=4, options=())

    part, whole = films.seen(content, start_s=11.0, stop_s=13.0), films.seen(content)

    assert part.times_s == pytest.approx(whole.times_s[(whole.times_s >= 11.0) & (whole.times_s < 13.0)], abs=1e-6)
    assert part.chirps_s == pytest.approx(whole.chirps_s[(whole.chirps_s >= 11.0) & (whole.chirps_s < 13.0)], abs=1e-3)


@pytest.mark.parametrize("place", [17, 1191, 1963])
def test_an_avi_file_that_cannot_be_sought_in_is_a_reject(place: int):
    with pytest.raises(MediaError):
        films.seen(input_at(place, 1).data)


@pytest.mark.parametrize(
    ("software", "delay_s", "tick_s", "ticks"),
    [
        ("Lavf62.1.0", 1105 / 48_000, 0.04, 1),
        ("Lavf62.1.0", 481 / 48_000, 0.04, 0),
        ("VirtualDub", 0.04, 0.04, 0),
        ("Lavf62", 0.04, 0.0, 0),
    ],
)
def test_only_ffmpeg_moves_pictures_and_by_whole_ones(software: str, delay_s: float, tick_s: float, ticks: int):
    assert encoder_delay.late_ticks(software, delay_s, tick_s) == ticks


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="PyAV's wheel has no encoder for DTS")
def test_dts_in_matroska_begins_with_its_picture(tmp_path: Path):
    source, out = tmp_path / "film.mkv", tmp_path / "dts.mkv"
    source.write_bytes(films.film("matroska", audio="pcm_s16le", channels=2))
    command = ["ffmpeg", "-loglevel", "error", "-i", str(source), "-c:v", "copy", "-c:a", "dca", "-strict", "-2", str(out)]
    subprocess.run(command, check=True)  # noqa: S603 - the film of the line above

    with av.open(str(out)) as file:
        assert file.streams.audio[0].codec_context.name == "dca"
    assert films.seen(out.read_bytes()).offsets_ms == pytest.approx([0, 0], abs=1)
