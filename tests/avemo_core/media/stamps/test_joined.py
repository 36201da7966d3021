import av
import numpy as np
import pytest

from avemo_core.media.stamps.joined import PartJoiner
from schemas.faults import Fault
from tests.avemo_core.media import films

TS = films.film("mpegts", options=films.B_PICTURES)
"""3.6 s; a transport stream's first picture and sound have stamps of about 1.5 s."""


@pytest.mark.parametrize("parts", [pytest.param(2, marks=pytest.mark.slow), 3])
@pytest.mark.parametrize(
    ("part", "fault"),
    [
        pytest.param(TS, Fault.JOINED, id="ts"),
        pytest.param(films.film("vob", "mpeg2video", "ac3", options=(("bf", "2"),)), Fault.JOINED, id="vob", marks=pytest.mark.slow),
        # Its sound begins 10 ms after its picture: that much is missing at the joint.
        pytest.param(films.film("mpeg", "mpeg2video", "mp2", options=(("bf", "2"),)), Fault.GAP, id="ps"),
    ],
)
def test_parts_joined_by_cat_are_played_one_after_the_other_each_in_step(part: bytes, fault: Fault, parts: int):
    seen = films.seen(parts * part)

    assert seen.flashes_s == pytest.approx(films.clicks_s(parts), abs=0.15)
    assert seen.offsets_ms == pytest.approx(np.zeros(2 * parts), abs=8)
    assert len(seen.times_s) == parts * 90
    assert (np.diff(seen.times_s) > 0).all()
    assert seen.condition.fault is fault


@pytest.mark.slow
def test_parts_of_different_length_and_of_no_length_are_joined():
    seen = films.seen(films.film("mpegts", periods=2) + TS + films.film("mpegts"))

    assert seen.flashes_s == pytest.approx(films.clicks_s(4), abs=0.15)
    assert seen.offsets_ms == pytest.approx(np.zeros(8), abs=8)


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize("moved_s", [-1.0, 3000.0])
def test_a_single_wrong_stamp_is_no_part(kind: str, moved_s: float):
    def one(of: str, number: int, _time_s: float) -> float:
        return moved_s if (of, number) == (kind, 50) else 0.0

    seen = films.seen(films.changed(TS, "mpegts", one, headroom_s=1.2))

    assert seen.flashes_s == pytest.approx(films.CLICKS_S, abs=0.05)
    assert seen.offsets_ms == pytest.approx([0, 0], abs=8)
    assert seen.condition.fault is not Fault.JOINED
    assert seen.end_s < 4.0


@pytest.mark.parametrize(("pictures", "joints"), [(1, 0), (2, 0), (3, 1)])
def test_a_part_is_what_three_packets_of_every_stream_belong_to(pictures: int, joints: int):
    joiner = PartJoiner()
    with films.file_of(TS) as file, av.open(file) as source:
        packets = [packet for packet in source.demux() if packet.dts is not None]
        places = [place for place, packet in enumerate(packets) if packet.stream.type == "video" and place > 100]
        for packet in packets[places[0] : places[pictures]]:  # and one or two packets of sound after each picture
            packet.dts, packet.pts = packet.dts - 90_000, packet.pts - 90_000

        played = [each for packet in packets for each in joiner.add(packet)] + list(joiner.rest())

    assert played == packets
    assert len(joiner.joints_s[:1]) == joints


def test_one_part_keeps_its_stamps():
    seen = films.seen(TS)

    assert seen.times_s == pytest.approx(seen.times_s[0] + np.arange(90) / films.FPS, abs=1e-3)
    assert seen.condition.fault is None


def test_a_range_after_the_joint_is_what_the_whole_has_there():
    start_s = 11.5
    content = 2 * films.film("mpegts", periods=3)

    part, whole = films.seen(content, start_s=start_s, stop_s=14.0), films.seen(content, stop_s=14.0)

    in_range = (whole.times_s >= start_s) & (whole.times_s < 14.0)
    assert part.times_s == pytest.approx(whole.times_s[in_range], abs=1e-9)
    assert part.chirps_s == pytest.approx([each for each in whole.chirps_s if start_s <= each < 14.0], abs=1e-4)
    assert len(part.chirps_s) == 2


def test_a_range_before_the_joint_is_no_joined_one():
    assert films.seen(2 * TS, stop_s=3.0).condition.fault is None
