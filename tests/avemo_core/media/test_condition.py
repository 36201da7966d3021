import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.errors import MediaError
from avemo_core.media.condition import NOTICED_S, Condition, DamageNotes
from avemo_core.media.recording import LONGEST_S
from schemas.faults import Fault
from schemas.rejects import Reason
from tests.avemo_core.media import films

MP4 = films.film("mp4", moov_first=True)
MKV = films.film("matroska")
AVI = films.film("avi", "mpeg4", "libmp3lame", options=())
WHOLE = Condition(decoded_share=1.0, fault=None)


@pytest.mark.parametrize(
    "container", ["mp4", "avi", *(pytest.param(name, marks=pytest.mark.slow) for name in ("matroska", "mpegts", "flv"))]
)
def test_of_a_whole_file_all_decodes_and_nothing_is_wrong(container: str):
    assert films.seen(films.film(container)).condition == WHOLE


@pytest.mark.parametrize("share", [0.4, pytest.param(0.75, marks=pytest.mark.slow)])
@pytest.mark.parametrize("content", [MP4, MKV, AVI, films.film("flv")], ids=["mp4", "mkv", "avi", "flv"])
def test_a_file_that_breaks_off_says_so_and_how_much_of_it_there_is(content: bytes, share: float):
    condition = films.seen(content[: round(share * len(content))]).condition

    assert condition.fault is Fault.BREAKS_OFF
    assert condition.decoded_share == pytest.approx(share, abs=0.1)


def test_pictures_that_end_before_their_header_says_are_noticed_though_the_sound_goes_on():
    content = bytearray(films.film("avi", "mpeg4", "pcm_s16le", options=(), left_out=frozenset(range(50, 90))))
    header = content.index(b"vids") - 8
    struct.pack_into("<I", content, header + 8 + 32, 90)

    seen = films.seen(bytes(content))

    assert (len(seen.times_s), seen.end_s) == (50, pytest.approx(3.6, abs=0.01))
    assert seen.condition.fault is Fault.BREAKS_OFF
    assert seen.condition.decoded_share == pytest.approx(50 / 90, abs=0.01)


def test_a_transport_stream_does_not_say_how_long_it_is():
    content = films.film("mpegts")

    seen = films.seen(content[: len(content) // 188 // 2 * 188])

    assert seen.end_s < 2.0
    assert seen.condition.fault is not Fault.BREAKS_OFF


@pytest.mark.parametrize("container", ["mp4", "matroska", "avi", "mpegts"])
def test_zeros_in_the_middle_are_marked(container: str):
    content = films.film(container)
    damaged = content[: len(content) // 2] + bytes(4000) + content[len(content) // 2 + 4000 :]

    condition = films.seen(damaged).condition

    assert condition.fault in {Fault.DAMAGED, Fault.GAP}
    assert 0.7 < condition.decoded_share < 1


def test_a_range_before_the_damage_is_sound():
    damaged = MP4[: len(MP4) // 2] + bytes(4000) + MP4[len(MP4) // 2 + 4000 :]

    assert films.seen(damaged, stop_s=1.2).condition == WHOLE


@pytest.mark.parametrize("content", [MP4, MKV], ids=["mp4", "mkv"])
def test_of_a_range_that_the_file_does_not_fill_the_share_is_that_of_the_range(content: bytes):
    condition = films.seen(content, start_s=1.0, stop_s=6.0).condition

    assert condition.fault is Fault.BREAKS_OFF
    assert condition.decoded_share == pytest.approx(2.6 / 5, abs=0.01)


def test_a_range_inside_the_file_decodes_as_a_whole():
    assert films.seen(MP4, start_s=1.0, stop_s=3.0).condition == WHOLE


@pytest.mark.parametrize(("container", "start_s"), [("mp4", 40.0), ("matroska", 4.0), ("mpegts", 40.0)])
def test_a_range_behind_the_files_end_says_how_long_the_file_is(container: str, start_s: float):
    with pytest.raises(MediaError, match=rf"starts at {start_s:g} s, and the file is 3\.6\d\d s long") as error:
        films.seen(films.film(container), start_s=start_s, stop_s=50.0)

    assert error.value.reason == Reason.TOO_SHORT


def _slow(seconds: float) -> bytes:
    """Two tiny pictures a second, and silence."""
    with films.NamedTemporaryFile() as file, av.open(file.name, "w", format="matroska") as output:
        picture, spoken = output.add_stream("mpeg4", rate=2), output.add_stream("pcm_u8", rate=8_000, layout="mono")
        picture.width, picture.height, picture.pix_fmt = 16, 16, "yuv420p"
        for number in range(round(2 * seconds)):
            frame = av.VideoFrame(16, 16, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 2)
            output.mux(picture.encode(frame))
            part = av.AudioFrame.from_ndarray(np.zeros((1, 4_000), np.int16), format="s16", layout="mono")
            part.sample_rate, part.pts, part.time_base = 8_000, 4_000 * number, Fraction(1, 8_000)
            output.mux(spoken.encode(part))
        output.mux(picture.encode(None))
        output.close()
        return file.read()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [LONGEST_S, LONGEST_S + 0.5])
def test_ten_minutes_and_the_padding_of_codecs_are_read(seconds: float):
    seen = films.seen(_slow(seconds))

    assert len(seen.times_s) == 2 * seconds
    assert len(seen.samples) == 16_000 * seconds
    assert seen.condition == WHOLE


@pytest.mark.slow
def test_eleven_minutes_are_too_long():
    with pytest.raises(MediaError, match="more than 600 s") as error:
        films.seen(_slow(660))

    assert error.value.reason == Reason.TOO_LONG


def _notes() -> DamageNotes:
    return DamageNotes(frame_s=0.04)


def test_what_is_lost_counts_in_the_parts_that_it_lies_in():
    notes = _notes()
    notes.corrected_sound(2.0, 1.0)

    shares = [notes.condition(start_s, start_s + 2, start_s + 2).decoded_share for start_s in (0.0, 1.0, 2.5, 3.0)]

    assert shares == pytest.approx([1.0, 0.5, 0.75, 1.0])
    assert [notes.condition(start_s, start_s + 2, start_s + 2).fault for start_s in (0.0, 1.0, 3.0)] == [None, Fault.GAP, None]


def test_lost_pictures_and_lost_sound_are_not_added_up_the_longer_counts():
    notes = _notes()
    notes.corrected_sound(2.0, 1.0)
    for number in range(5):
        notes.lost_picture(2.0 + number * 0.04)

    condition = notes.condition(0.0, 4.0, 4.0)

    assert condition == Condition(decoded_share=0.75, fault=Fault.DAMAGED)


@pytest.mark.parametrize(("missing_s", "fault"), [(NOTICED_S - 0.01, None), (NOTICED_S + 0.01, Fault.BREAKS_OFF)])
def test_a_quarter_of_a_second_at_the_end_is_padding(missing_s: float, fault: Fault | None):
    ended, one_stream = _notes(), _notes()
    one_stream.broke_off(10 - missing_s, 10.0, is_picture=True)

    assert ended.condition(0.0, 10.0, 10 - missing_s).fault is fault
    assert one_stream.condition(0.0, 10.0, 10.0).fault is fault


@pytest.mark.parametrize(("pictures", "fault"), [(5, None), (6, Fault.BAD_STAMPS)])
def test_more_than_two_of_a_hundred_stamps_that_cannot_be_believed_are_a_fault(pictures: int, fault: Fault | None):
    notes = _notes()
    for number in range(pictures):
        notes.bad_stamp(number * 0.04)

    assert notes.condition(0.0, 10.0, 10.0) == Condition(decoded_share=1.0, fault=fault)


def test_the_gravest_fault_is_named():
    notes = _notes()
    notes.bad_channel(Fault.DEAD_CHANNEL)
    notes.joint(1.0)
    found = [notes.condition(0.0, 4.0, 4.0).fault]
    notes.corrected_sound(1.0, -0.02)
    found.append(notes.condition(0.0, 4.0, 4.0).fault)
    notes.lost_sound(1.5)
    found.append(notes.condition(0.0, 4.0, 4.0).fault)
    found.append(notes.condition(0.0, 4.0, 2.0).fault)

    assert found == [Fault.JOINED, Fault.GAP, Fault.DAMAGED, Fault.BREAKS_OFF]


@pytest.mark.parametrize("share", [pytest.param(0.0, id="equal"), pytest.param(-1.0, id="backwards", marks=pytest.mark.slow)])
def test_pictures_whose_stamps_are_nonsense_come_at_the_nominal_rate_and_are_marked(share: float):
    def nonsense(kind: str, _number: int, time_s: float) -> float:
        return (share - 1) * time_s if kind == "video" else 0.0

    seen = films.seen(films.changed(MKV, "matroska", nonsense, headroom_s=4.0))

    assert seen.times_s == pytest.approx(np.arange(90) / films.FPS)
    assert seen.offsets_ms == pytest.approx([0, 0], abs=1)
    assert seen.condition.fault is Fault.BAD_STAMPS


def test_pictures_without_stamps_come_at_the_nominal_rate_and_are_marked():
    seen = films.seen(films.film("h264", audio=None))

    assert seen.times_s == pytest.approx(np.arange(90) / films.FPS)
    assert seen.condition.fault is Fault.BAD_STAMPS


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0, 50), st.lists(st.tuples(st.floats(0, 50), st.floats(-5, 50)), max_size=8))
def test_a_share_is_between_0_and_1(start_s: float, asked_s: float, end_s: float, gaps: list[tuple[float, float]]):
    notes = _notes()
    for at_s, silence_s in gaps:
        notes.corrected_sound(at_s, silence_s)

    condition = notes.condition(start_s, start_s + asked_s, min(end_s, start_s + asked_s))

    assert 0 <= condition.decoded_share <= 1
