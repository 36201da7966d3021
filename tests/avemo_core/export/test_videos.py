from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from avemo_core.errors import TableError
from avemo_core.export.formats import Exported, Format
from avemo_core.export.predictions import predictions_of
from avemo_core.export.videos import videos_of
from tests.avemo_core.export.written import Row, table, write
from tests.avemo_core.report.made import replaced

ROWS = table(
    Row(clip="a", of="#0-2000"),
    Row(clip="b"),
    Row(clip="c", uri="/corpus/videos/a.mp4", range_s=(9.0, 10.0)),
    Row(clip="a", of="#2000-3000", range_s=(2.0, 3.0)),
)


@pytest.mark.parametrize("rows_at_once", [1, 2, 4])
def test_the_rows_of_a_video_come_together_wherever_they_stand(rows_at_once: int):
    groups = [ROWS.slice(first, rows_at_once) for first in range(0, 4, rows_at_once)]

    videos = {video.name: video for video in videos_of(lambda columns: [group.select(list(columns)) for group in groups], "/corpus/out")}

    assert {name: (video.rows, video.media) for name, video in videos.items()} == {"a": (3, "../videos/a.mp4"), "b": (1, "../videos/b.mp4")}
    assert [interval.row.clip_id for interval in videos["a"].timelines[0].intervals] == ["a#0-2000", "a#2000-3000", "c"]


def test_a_video_is_handed_out_as_soon_as_its_last_row_has_come():
    read = []
    groups = [ROWS.slice(first, 1) for first in range(4)]

    def reading(columns: Sequence[str]) -> Iterator[pa.Table]:
        return (read.append(place) or group.select(list(columns)) for place, group in enumerate(groups))

    videos = videos_of(reading, "/corpus/out")

    assert next(videos).name == "b"
    assert read == [0, 1, 2, 3, 0, 1]


def test_a_table_that_changes_meanwhile_is_an_error():
    passes = iter([ROWS.slice(0, 3), ROWS])

    with pytest.raises(TableError, match="changed while it was read"):
        list(videos_of(lambda columns: [next(passes).select(list(columns))], "/corpus/out"))


@pytest.mark.parametrize("as_format", list(Format))
def test_every_format_says_how_many_rows_it_wrote(as_format: Format, tmp_path: Path):
    assert write(ROWS, as_format, tmp_path).rows == 4


@pytest.mark.parametrize("as_format", [Format.VTT, Format.SRT, Format.TEXTGRID, Format.EAF])
def test_a_table_without_rows_gives_no_file(as_format: Format, tmp_path: Path):
    assert write(ROWS.slice(0, 0), as_format, tmp_path) == Exported(rows=0, files=0)


def test_attention_that_is_no_number_gives_no_peak():
    nothing = [[float("nan")] * 7] * 20

    (row,) = predictions_of(replaced(table(Row(peaks_s=(1.0,))), perception=[nothing]))

    assert row.peaks == ()


def test_a_clip_id_with_signs_of_its_own_is_read_from_behind_its_source():
    rows = predictions_of(table(Row(clip="x#1", of="#0-4000#2"), Row(clip="x#1-2"), Row(clip="y", of="other")))

    assert [(row.is_segment, row.face) for row in rows] == [(True, 2), (False, None), (False, None)]
