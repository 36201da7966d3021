import cv2
import numpy as np
import pytest
from numpy import ndarray

from avemo_core.figures.style import PNG_DPI
from avemo_core.look.contact_sheet import Strips, cell_width_px, cells_for, clock_text, contact_sheet, even_times_s, level_of, stretches
from avemo_core.look.drawing import colour_of
from avemo_core.look.moments import Moment
from avemo_core.media.sound import Sound


def strips(sound: Sound | None = None, tracks: dict[int, ndarray] | None = None) -> Strips:
    return Strips(start_s=0.0, stop_s=4.0, sound=sound, tracks=tracks or {}, frame_s=0.04)


def sheet(count: int, columns: int = 4, **below: object) -> ndarray:
    """The sheet of pictures in one green, as RGB."""
    width = cell_width_px(columns)
    green = np.full((width // 2, width, 3), (0, 200, 0), np.uint8)
    moments = [Moment(time_s=float(place), bgr=green) for place in range(count)]
    png = contact_sheet("a $title$", ["one", "two"], moments, columns, strips(**below))
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def patches(rgb: ndarray, colour: tuple[int, int, int]) -> ndarray:
    """Left, top, width, height of each patch of one colour, in reading order."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(np.all(rgb == colour, axis=2).astype(np.uint8))
    return np.array(sorted(boxes[1:, :4].tolist(), key=lambda box: (box[1], box[0])))


def test_pictures_stand_pixel_for_pixel_in_rows():
    found = patches(sheet(6), (0, 200, 0))

    width = cell_width_px(4)
    assert found[:, 2:].tolist() == [[width, width // 2]] * 6
    assert len(set(found[:4, 1].tolist())) == 1
    assert found[4:, 0].tolist() == found[:2, 0].tolist()
    assert np.all(np.diff(found[:4, 0]) > width)
    assert found[4, 1] > found[0, 1] + width // 2


def test_the_level_is_drawn_where_there_is_sound():
    samples = np.zeros(64_000, np.float32)
    samples[16_000:32_000] = 0.5 * np.sin(np.arange(16_000))
    quiet, loud = sheet(0), sheet(0, sound=Sound(start_s=0.0, samples=samples))

    columns = np.flatnonzero(np.any(np.any(quiet != loud, axis=2), axis=0)) / PNG_DPI

    drawn = columns[(columns > 2) & (columns < 6)]
    # The strip is 12.1 inches long, from 0.9 inches on, and shows 4 s: the second from 1 to 2 s is the second quarter.
    assert drawn.min() == pytest.approx(0.9 + 11.75 / 4, abs=0.1)


def test_each_face_has_a_lane_in_its_colour():
    rgb = sheet(0, tracks={0: np.arange(0, 2, 0.04), 1: np.arange(2, 4, 0.04)})

    (first,), (second,) = (
        [box for box in patches(rgb, tuple(bytes.fromhex(colour_of(track)[1:]))).tolist() if box[2] > PNG_DPI] for track in (0, 1)
    )
    assert first[0] + first[2] == pytest.approx(second[0], abs=4)
    assert first[1] < second[1]
    assert first[2] == pytest.approx(second[2], rel=0.02)


def test_the_level_of_a_full_sine_is_3_db_below_full_scale():
    times_s, level_db = level_of(Sound(start_s=2.0, samples=np.sin(np.arange(16_000) * 0.5).astype(np.float32)), 0.1)

    np.testing.assert_allclose(level_db, -3.01, atol=0.05)
    np.testing.assert_allclose(times_s, 2.05 + 0.1 * np.arange(10))


def test_digital_silence_has_a_level():
    _, level_db = level_of(Sound(start_s=0.0, samples=np.zeros(400, np.float32)), 0.0)

    assert np.all(level_db < -60)


def test_what_is_seen_without_a_break_is_one_stretch():
    assert stretches(np.array([0.0, 0.04, 0.08, 1.0, 1.04]), 0.04) == [(0.0, pytest.approx(0.12)), (1.0, pytest.approx(1.08))]


def test_times_lie_in_the_middles_of_equal_parts():
    assert even_times_s(1.0, 5.0, 4) == [1.5, 2.5, 3.5, 4.5]


@pytest.mark.parametrize(("size", "columns"), [((1920, 1080), 4), ((640, 640), 5), ((1080, 1920), 8)])
def test_upright_pictures_stand_closer(size: tuple[int, int], columns: int):
    assert cells_for(*size)[0] == columns


@pytest.mark.parametrize(
    ("time_s", "decimals", "text"),
    [(0.0, 0, "0:00"), (65.3, 1, "1:05.3"), (59.999, 2, "1:00.00"), (600.0, 0, "10:00"), (7.5, 2, "0:07.50")],
)
def test_times_are_minutes_and_seconds(time_s: float, decimals: int, text: str):
    assert clock_text(time_s, decimals) == text
