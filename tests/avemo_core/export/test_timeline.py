from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avemo_core.export.predictions import Prediction, predictions_of
from avemo_core.export.timeline import Timeline, disjoint, milliseconds, one_line, timelines_of
from tests.avemo_core.export.written import Row, table

times_s = st.floats(0, 1000)


def timelines(*rows: Row) -> tuple[Timeline, ...]:
    return timelines_of(list(predictions_of(table(*rows))))


def shown(line: Timeline) -> list[tuple[float, float, str]]:
    return [(interval.start_s, interval.stop_s, interval.row.clip_id) for interval in line.intervals]


def test_overlapping_segments_are_cut_half_way_between_their_centres():
    (line,) = timelines(
        Row(of="#2000-6000", range_s=(2.0, 6.0)),
        Row(of="#0-4000", range_s=(0.0, 4.0)),
        Row(of="#4000-7500", range_s=(4.0, 7.5)),
    )

    assert shown(line) == [(0.0, 3.0, "clip#0-4000"), (3.0, 4.875, "clip#2000-6000"), (4.875, 7.5, "clip#4000-7500")]


def test_of_an_overlap_each_segment_keeps_the_peaks_of_its_own_part():
    (line,) = timelines(
        Row(of="#0-4000", range_s=(0.0, 4.0), peaks_s=(1.0, 3.5)), Row(of="#2000-6000", range_s=(2.0, 6.0), peaks_s=(2.5, 3.5))
    )

    assert [[peak.time_s for peak in interval.peaks] for interval in line.intervals] == [[1.0], [3.5]]


@pytest.mark.parametrize(("subject", "main"), [("A", "A"), (None, "clip#0")])
@pytest.mark.parametrize("beside", [None, "A"], ids=["now", "in a table of before"])
def test_faces_stand_on_timelines_of_their_own_and_the_main_one_alone_is_the_subject(subject: str | None, main: str, beside: str | None):
    lines = timelines(Row(of="#1", subject=beside), Row(of="#0", subject=subject))

    assert [(line.suffix, shown(line)[0][2], line.intervals[0].speaker) for line in lines] == [
        ("@1", "clip#0", main),
        ("@2", "clip#1", "clip#1"),
    ]


def test_a_single_face_is_its_subject():
    (line,) = timelines(Row(of="#0-2000#0", subject="A"), Row(of="#2000-4000#0", range_s=(2.0, 4.0), subject="A"))

    assert (line.suffix, [interval.speaker for interval in line.intervals]) == ("", ["A", "A"])


def test_clips_of_one_video_follow_each_other_and_part_where_they_overlap():
    one, two = timelines(Row(clip="a"), Row(clip="b", range_s=(2.0, 4.0)), Row(clip="c", range_s=(3.0, 5.0)))

    assert shown(one) == [(0.0, 2.0, "a"), (2.0, 4.0, "b")]
    assert shown(two) == [(3.0, 5.0, "c")]


@pytest.mark.parametrize("range_s", [(1.0, 1.0), (1.0, 1.0000001), (-0.5, 1.001)])
def test_a_range_is_at_least_a_millisecond_and_within_the_file(range_s: tuple[float, float]):
    (line,) = timelines(Row(range_s=range_s))

    assert [(start, stop) for start, stop, _ in shown(line)] == [(max(0.0, range_s[0]), pytest.approx(1.001))]


def test_a_range_that_is_no_number_is_on_no_timeline():
    rows = list(predictions_of(table(Row(range_s=(0.0, 2.0)))))

    assert timelines_of([with_stop(rows[0], float("nan"))]) == ()


@given(st.lists(st.tuples(times_s, times_s).map(sorted).map(tuple), max_size=12))
def test_cut_ranges_never_overlap_and_never_grow(ranges: list[tuple[float, float]]):
    ordered = sorted(ranges, key=sum)

    cut = disjoint(ordered)

    assert all(start <= new_start and new_stop <= stop for (start, stop), (new_start, new_stop) in zip(ordered, cut, strict=True))
    left = [(start, stop) for start, stop in cut if start < stop]
    assert all(before[1] <= after[0] for before, after in pairwise(left))


@given(st.integers(0, 10**9), st.integers(1, 10**6))
@example(268293745, 1)
def test_times_a_millisecond_apart_stay_apart(half_ms: int, further_ms: int):
    assert milliseconds((half_ms / 2 + further_ms) / 1000) > milliseconds(half_ms / 2 / 1000)


def test_one_line_keeps_what_scripts_need():
    assert one_line("  क\u200dष\r\n\x00ą\u2028b\ufffe ") == "क\u200dष ą b"


def with_stop(row: Prediction, stop_s: float) -> Prediction:
    return Prediction(**{name: getattr(row, name) for name in Prediction.__slots__} | {"stop_s": stop_s})
