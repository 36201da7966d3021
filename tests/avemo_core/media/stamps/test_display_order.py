import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.media.stamps.display_order import DisplayOrder
from schemas.faults import Fault
from tests.avemo_core.media import films

FRAME_S = 1 / films.FPS
HOLE = frozenset(range(30, 50))
SPARSE = frozenset(number for number in range(90) if number % 3 and number not in {25, 60})
DEEP = (("bf", "3"), ("x264-params", "b-adapt=0:b-pyramid=strict:ref=4"))


@pytest.mark.parametrize(
    "left_out",
    [
        pytest.param(frozenset(), id="even", marks=pytest.mark.slow),
        pytest.param(HOLE, id="hole", marks=pytest.mark.slow),
        pytest.param(SPARSE, id="variable rate"),
    ],
)
@pytest.mark.parametrize(
    ("video", "options"),
    [
        pytest.param("libx264", films.NO_B_PICTURES, id="h264"),
        pytest.param("libx264", films.B_PICTURES, id="h264 with B"),
        pytest.param("libx264", DEEP, id="h264 with B of B"),
        pytest.param("mpeg4", (), id="mpeg4"),
        pytest.param("mpeg4", (("bf", "2"),), id="mpeg4 with B"),
    ],
)
def test_pictures_in_avi_come_up_when_they_were_shown(video: str, options: tuple[tuple[str, str], ...], left_out: frozenset[int]):
    seen = films.seen(films.film("avi", video, "pcm_s16le", options=options, left_out=left_out))

    shown = [number for number in range(90) if number not in left_out]
    assert seen.times_s == pytest.approx(FRAME_S * np.array(shown), abs=1e-3)
    assert seen.offsets_ms == pytest.approx([0, 0], abs=1)
    assert seen.condition.fault is None


def _with_damage(content: bytes, number: int) -> bytes:
    """With zeros instead of the data of one packet of the pictures."""
    with films.file_of(content) as file, av.open(file) as source:
        packet = [packet for packet in source.demux(video=0) if packet.size][number]
        data = bytes(packet)
    at = content.index(data)
    return content[:at] + bytes(len(data)) + content[at + len(data) :]


@pytest.mark.parametrize("number", [40, pytest.param(37, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("video", "options"),
    [("libx264", films.NO_B_PICTURES), ("libx264", films.B_PICTURES), ("mpeg4", ()), ("mpeg4", (("bf", "2"),))],
    ids=["h264", "h264 with B", "mpeg4", "mpeg4 with B"],
)
def test_a_damaged_packet_moves_no_picture_after_the_next_key_frame(video: str, options: tuple[tuple[str, str], ...], number: int):
    seen = films.seen(_with_damage(films.film("avi", video, "pcm_s16le", options=options), number))

    late = seen.times_s[seen.times_s >= 62 * FRAME_S - 1e-6]
    assert late == pytest.approx(FRAME_S * np.arange(62, 90), abs=1e-3)
    assert seen.flashes_s[-1] == pytest.approx(2.4, abs=1e-3)


@pytest.mark.parametrize("number", [38, 40])
def test_a_packet_that_the_decoder_refuses_moves_no_picture_at_all(number: int):
    seen = films.seen(_with_damage(films.film("avi", "mpeg4", "pcm_s16le", options=()), number))

    assert seen.times_s == pytest.approx([FRAME_S * each for each in range(90) if each != number], abs=1e-3)
    assert seen.condition.fault is Fault.DAMAGED


def _ordered(decoded: list[tuple[int, int]], stamps: list[int], held: int) -> list[tuple[int, int | None]]:
    """Pictures, each (its number, the stamp of its packet), out of a decoder that holds back so many, with their times."""
    order = DisplayOrder[int]()
    out: list[tuple[int, int | None]] = []
    for place, stamp in enumerate(stamps):
        order.packet(stamp)
        if place >= held:
            picture, own = decoded[place - held]
            out += order.add(picture, own, is_key_frame=picture == 0)
    for picture, own in decoded[len(stamps) - held :]:
        out += order.add(picture, own, is_key_frame=False)
    return [*out, *order.rest()]


def test_the_drawing_in_the_module_is_what_happens():
    in_decoding = [0, 2, 1, 4, 3, 5]  # numbers of pictures, as in the drawing
    stamps = [0, 1, 2, 3, 6, 7]
    decoded = [(number, stamps[in_decoding.index(number)]) for number in range(6)]

    assert _ordered(decoded, stamps, held=1) == [(0, 0), (1, 1), (2, 2), (3, 5), (4, 6), (5, 7)]


def test_how_deep_the_order_is_shows_where_the_streams_header_does_not_say():
    order, out = DisplayOrder[int](), []
    # A decoder gives picture 0 at once, and learns by picture 1 that it must wait. Each picture: when it comes, its packet's stamp.
    given_out = {0: [(0, 0)], 1: [], 2: [(1, 2)], 3: [(2, 1)], 4: [(3, 6)], 5: [(4, 3), (5, 7)]}
    for place, stamp in enumerate([0, 1, 2, 3, 6, 7]):
        order.packet(stamp)
        for picture, own in given_out[place]:
            out += order.add(picture, own, is_key_frame=picture == 0)

    assert [*out, *order.rest()] == [(0, 0), (1, 1), (2, 2), (3, 5), (4, 6), (5, 7)]


@given(st.lists(st.integers(1, 9), min_size=2, max_size=40), st.integers(0, 3))
def test_without_reordering_pictures_keep_the_stamps_of_their_packets(steps: list[int], held: int):
    stamps = [0, *np.cumsum(steps).tolist()]
    decoded = list(enumerate(stamps))

    ordered = _ordered(decoded, stamps, min(held, len(stamps)))

    assert [picture for picture, _ in ordered] == list(range(len(stamps)))
    if held == 0:
        assert [time for _, time in ordered] == stamps
