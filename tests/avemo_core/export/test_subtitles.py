from datetime import timedelta
from html import unescape
from pathlib import Path

import srt
import webvtt

from avemo_core.export.formats import Format
from tests.avemo_core.export.written import HOSTILE, ONE_LINE, Row, table, write
from tests.avemo_core.report.made import replaced

SEGMENTS = table(
    Row(of="#0-2000", emotion="happy", confidence=0.75, peaks_s=(1.0,)),
    Row(of="#2000-4000", range_s=(2.0, 4.0), emotion="sad", confidence=0.5),
    Row(of="#4000-5233", range_s=(4.0, 5.2333), emotion="fear", confidence=0.331),
)
TWO_FACES = table(Row(of="#0", subject=HOSTILE), Row(of="#1", emotion="angry", subject=HOSTILE))


def test_segments_become_cues_one_after_the_other(tmp_path: Path):
    write(SEGMENTS, Format.VTT, tmp_path)

    cues = [(cue.start, cue.end, cue.text) for cue in webvtt.read(tmp_path / "clip.vtt")]

    assert cues == [
        ("00:00:00.000", "00:00:02.000", "happy 0.75"),
        ("00:00:02.000", "00:00:04.000", "sad 0.50"),
        ("00:00:04.000", "00:00:05.233", "fear 0.33"),
    ]


def test_a_whole_clip_says_where_its_attention_peaks(tmp_path: Path):
    write(table(Row(range_s=(10.0, 13.0), peaks_s=(11.0, 12.0))), Format.VTT, tmp_path)

    assert [(cue.start, cue.end, cue.text) for cue in webvtt.read(tmp_path / "clip.vtt")] == [
        ("00:00:10.000", "00:00:10.850", "happy 0.75"),
        ("00:00:10.850", "00:00:11.150", "happy 0.75, peak"),
        ("00:00:11.150", "00:00:11.850", "happy 0.75"),
        ("00:00:11.850", "00:00:12.150", "happy 0.75, peak"),
        ("00:00:12.150", "00:00:13.000", "happy 0.75"),
    ]


def test_no_cue_beside_a_peak_is_too_short_to_read(tmp_path: Path):
    write(table(Row(range_s=(0.0, 1.0), peaks_s=(0.2, 0.7))), Format.VTT, tmp_path)

    assert [(cue.start, cue.end, cue.text) for cue in webvtt.read(tmp_path / "clip.vtt")] == [
        ("00:00:00.000", "00:00:00.350", "happy 0.75, peak"),
        ("00:00:00.350", "00:00:01.000", "happy 0.75, peak"),
    ]


def test_webvtt_and_subrip_say_the_same(tmp_path: Path):
    (tmp_path / "vtt").mkdir()
    (tmp_path / "srt").mkdir()
    write(SEGMENTS, Format.VTT, tmp_path / "vtt")
    write(SEGMENTS, Format.SRT, tmp_path / "srt")

    subtitles = list(srt.parse((tmp_path / "srt" / "clip.srt").read_text()))

    from_vtt = [(cue.start, cue.end, cue.text) for cue in webvtt.read(tmp_path / "vtt" / "clip.vtt")]
    from_srt = [(srt.timedelta_to_srt_timestamp(each.start), srt.timedelta_to_srt_timestamp(each.end), each.content) for each in subtitles]
    assert [(start.replace(",", "."), stop.replace(",", "."), text) for start, stop, text in from_srt] == from_vtt
    assert [each.index for each in subtitles] == [1, 2, 3]
    assert subtitles[-1].end == timedelta(seconds=5, milliseconds=233)


def test_an_hour_and_more_has_its_own_digits(tmp_path: Path):
    write(replaced(table(Row(of="#0-1")), start_s=[3_599.9996], stop_s=[360_000.5]), Format.SRT, tmp_path)

    (subtitle,) = srt.parse((tmp_path / "clip.srt").read_text())

    assert (subtitle.start, subtitle.end) == (timedelta(hours=1), timedelta(hours=100, milliseconds=500))


def test_times_have_all_their_digits(tmp_path: Path):
    (tmp_path / "vtt").mkdir()
    (tmp_path / "srt").mkdir()
    rows = table(Row(of="#1-62005", range_s=(1.0, 1.005)))
    write(rows, Format.VTT, tmp_path / "vtt")
    write(rows, Format.SRT, tmp_path / "srt")

    assert (tmp_path / "vtt" / "clip.vtt").read_text() == "WEBVTT\n\n00:00:01.000 --> 00:00:01.005\nhappy 0.75\n"
    assert (tmp_path / "srt" / "clip.srt").read_text() == "1\n00:00:01,000 --> 00:00:01,005\nhappy 0.75\n"


def test_two_faces_are_told_apart(tmp_path: Path):
    write(TWO_FACES, Format.VTT, tmp_path)

    assert [unescape(cue.text) for cue in webvtt.read(tmp_path / "clip.vtt")] == [f"{ONE_LINE}: happy 0.75", "clip#1: angry 0.75"]


def test_a_hostile_name_is_text_and_nothing_else(tmp_path: Path):
    rows = table(Row(clip="a", subject=HOSTILE, uri="/v/x.mp4"), Row(clip="b", subject="B", uri="/v/x.mp4"))
    (tmp_path / "vtt").mkdir()
    (tmp_path / "srt").mkdir()
    write(rows, Format.VTT, tmp_path / "vtt")
    write(rows, Format.SRT, tmp_path / "srt")

    # webvtt-py leaves the escapes of a text as they are; browsers take them out.
    texts = [cue.text for cue in webvtt.read(tmp_path / "vtt" / "x.vtt")]
    assert [unescape(text) for text in texts] == [f"{ONE_LINE}: happy 0.75", "B: happy 0.75"]
    assert not set("<>") & set("".join(texts))
    assert {each.content for each in srt.parse((tmp_path / "srt" / "x.srt").read_text())} == {
        "B: happy 0.75",
        f"{ONE_LINE.replace('-->', '→')}: happy 0.75",
    }


def test_an_unknown_confidence_is_left_out(tmp_path: Path):
    write(table(Row(of="#0-2000", confidence=float("nan"))), Format.VTT, tmp_path)

    assert [cue.text for cue in webvtt.read(tmp_path / "clip.vtt")] == ["happy"]


def test_a_row_that_is_not_answered_says_so(tmp_path: Path):
    write(table(Row(clip="a", emotion=None, confidence=0.4, peaks_s=(0.4,))), Format.SRT, tmp_path)

    assert next(tmp_path.glob("*.srt")).read_text().splitlines()[2] == "not answered 0.40"
