import io
import struct

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avemo_core.media.stamps import edit_list
from avemo_core.media.stamps.edit_list import Edit
from tests.avemo_core.media import films

FRAME_S = 1 / films.FPS
ONE_AHEAD = (("bf", "2"), ("x264-params", "b-adapt=0:b-pyramid=none"))
MP4 = films.film("mp4", options=ONE_AHEAD)
"""Its first picture comes up at media time 40 ms, and there its edit list begins."""


def _box(content: bytes | bytearray, kind: bytes) -> int:
    """Where the content of a box of the pictures' track begins."""
    return content.index(kind, content.rindex(b"trak", 0, content.index(b"vmhd"))) + 4


def _with_media_time(content: bytes, media_s: float) -> bytes:
    """With an edit list of the pictures that begins there."""
    (scale,) = struct.unpack_from(">I", content, _box(content, b"mdhd") + 12)
    patched = bytearray(content)
    struct.pack_into(">i", patched, _box(content, b"elst") + 12, round(media_s * scale))
    return bytes(patched)


def _misread(content: bytes) -> dict[int, Edit]:
    with films.file_of(content) as file:
        file.seek(5)
        edits = edit_list.misread(file)
        assert file.tell() == 5
        return edits


def _by_ffmpeg(content: bytes) -> list[float]:
    with av.open(io.BytesIO(content)) as file:
        return [frame.time for frame in file.decode(video=0)]


@pytest.mark.parametrize("container", ["mp4", "mov"])
@pytest.mark.parametrize("options", [films.B_PICTURES, films.NO_B_PICTURES])
def test_files_as_ffmpeg_writes_them_are_left_to_ffmpeg(container: str, options: tuple[tuple[str, str], ...]):
    assert _misread(films.film(container, options=options)) == {}


@pytest.mark.parametrize("container", ["matroska", "avi", "mpegts", "flv"])
def test_what_is_no_mp4_has_no_edit_lists(container: str):
    assert _misread(films.film(container)) == {}


def test_from_media_time_0_on_all_pictures_are_played_the_first_at_its_composition_offset():
    content = _with_media_time(MP4, 0.0)

    seen = films.seen(content)

    assert _misread(content)[0] == Edit(media_s=0.0, start_s=0.0, length_s=3.6)
    assert seen.times_s == pytest.approx(FRAME_S * np.arange(1, 91), abs=1e-3)
    assert seen.condition.fault is None
    assert _by_ffmpeg(content)[0] == 0.0


def test_the_sound_of_such_a_file_is_untouched_bit_for_bit():
    patched, whole = films.seen(_with_media_time(MP4, 0.0)), films.seen(MP4)

    np.testing.assert_array_equal(patched.samples, whole.samples)
    assert (patched.sound_start_s, whole.sound_start_s) == (0.0, 0.0)
    assert patched.offsets_ms == pytest.approx(whole.offsets_ms - 40, abs=0.1)


def test_of_several_edits_ffmpegs_reading_stays():
    content = bytearray(_with_media_time(MP4, 0.0))
    entry = _box(content, b"elst") + 8
    content[entry:entry] = content[entry : entry + 12]
    struct.pack_into(">I", content, entry - 4, 2)
    for box in (b"moov", b"edts", b"elst"):  # the tables come last in the file, so that nothing else moves
        _grow(content, content.rindex(box) if box == b"moov" else _box(content, box) - 4)
    _grow(content, content.rindex(b"trak", 0, content.index(b"vmhd")))

    assert _misread(bytes(content)) == {}
    assert len(films.seen(bytes(content)).times_s) > 90


def _grow(content: bytearray, kind: int) -> None:
    """Make the box whose kind stands there longer by an entry."""
    struct.pack_into(">I", content, kind - 4, struct.unpack_from(">I", content, kind - 4)[0] + 12)


def test_a_cut_inside_the_time_of_a_picture_begins_with_the_picture_after_it():
    content = _with_media_time(MP4, FRAME_S + 1.3)

    times_s = films.seen(content).times_s

    assert times_s[:2] == pytest.approx([0.02, 0.06], abs=1e-3)
    assert _by_ffmpeg(content)[0] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.slow
def test_a_range_of_such_a_file_far_in_is_the_same_as_of_the_whole():
    content = _with_media_time(films.film("mp4", options=ONE_AHEAD, periods=3), 0.0)

    part, whole = films.seen(content, start_s=10.0, stop_s=10.5), films.seen(content)

    in_range = whole.times_s[(whole.times_s >= 10.0) & (whole.times_s < 10.5)]
    assert part.times_s == pytest.approx(in_range, abs=1e-9)


def test_a_moov_that_goes_on_to_the_files_end_is_read():
    patched = bytearray(_with_media_time(MP4, 0.0))
    struct.pack_into(">I", patched, patched.rindex(b"moov") - 4, 0)

    assert _misread(bytes(patched)) == _misread(_with_media_time(MP4, 0.0))


def test_quicktimes_second_handler_does_not_hide_that_the_first_says_pictures():
    content = films.film("mov", options=ONE_AHEAD)

    assert content.count(b"hdlr") > 2
    assert _misread(_with_media_time(content, 0.0))[0].shift_s == 0.0


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(12, -1, id="nothing is played"),
        pytest.param(16, 2 << 16, id="double speed"),
        pytest.param(4, 2, id="more than are there"),
        pytest.param(4, -1, id="four thousand million"),
    ],
)
def test_other_lists_stay_as_ffmpeg_reads_them(place: int, value: int):
    patched = bytearray(_with_media_time(MP4, 0.0))
    struct.pack_into(">i", patched, _box(MP4, b"elst") + place, value)

    assert _misread(bytes(patched)) == {}


@pytest.mark.parametrize("box", [b"moov", b"trak", b"mdia", b"stbl", b"edts", b"elst", b"stts", b"ctts", b"mdhd"])
def test_boxes_of_broken_sizes_have_no_edits(box: bytes):
    patched = bytearray(_with_media_time(MP4, 0.0))

    for size in (1, 7, 12, 2**31, 2**32 - 1):
        struct.pack_into(">I", patched, patched.rindex(box) - 4, size)
        assert _misread(bytes(patched)) == {}, size


@settings(max_examples=60)
@given(st.binary(max_size=400), st.binary(max_size=40), st.integers(0, 10**6))
def test_random_bytes_never_raise(content: bytes, patch: bytes, place: int):
    moov = MP4.index(b"moov") - 4
    at = moov + place % (len(MP4) - moov)

    for damaged in (content, b"\0\0\0\x10ftypisom\0\0\0\0" + content, MP4[:at] + patch + MP4[at + len(patch) :]):
        assert isinstance(_misread(damaged), dict)
