"""A clip whose file changed under its own name is done again; one that was only touched, or is gone, is not."""

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pytest

from cluster.extract.corrections import correct, planned
from cluster.tables.parts import read
from cluster.tables.rejects import Rejected
from cluster.tables.table import open_table
from schemas.clips import CLIPS
from schemas.rejects import Reason
from tests.cluster import generated


def extracted(folder: Path, size_bytes: int = 100) -> tuple[str, pa.Table]:
    """A features table of eight files, of which `clip-007` is a reject."""
    out, rows = str(folder / "out"), generated.rows(8).to_pylist()
    for index, row in enumerate(rows):
        path = folder / f"{index}.mp4"
        path.write_bytes(bytes([index]) * size_bytes)
        row |= {"uri": str(path), "content_sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    names = {"clip_id": "source_id", "path": "uri", "label": "label", "split": "split", "subject": "subject"}
    clips = pa.Table.from_pylist([{ours: row[theirs] for ours, theirs in names.items()} for row in rows], schema=CLIPS)
    with open_table(out, generated.SCHEMA, {}) as table:
        correct(table, clips, out, is_whole=True, accepted=False)
        table.publish(table.staging.write(pa.Table.from_pylist(rows[:7], schema=generated.SCHEMA)))
        table.publish_rejects([Rejected(source_id="clip-007", uri=rows[7]["uri"], stage="decode", reason=Reason.DECODE_FAILED, detail="")])
    return out, clips


def written(path: Path, content: bytes, time_s: int) -> None:
    path.write_bytes(content)
    os.utime(path, (time_s, time_s))


def corrected(out: str, clips: pa.Table) -> None:
    with open_table(out, generated.SCHEMA, {}) as table:
        correct(table, clips, out, is_whole=True, accepted=False)


def test_a_replaced_file_is_done_again_and_a_touched_one_is_read_once_and_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out, clips = extracted(tmp_path)
    written(tmp_path / "0.mp4", b"another length", 1)
    written(tmp_path / "1.mp4", bytes([9]) * 100, 2)
    written(tmp_path / "2.mp4", bytes([2]) * 100, 3)

    would, _ = planned(clips, out, is_whole=True)
    corrected(out, clips)
    said = capsys.readouterr().err
    corrected(out, clips)

    assert would.again == {"clip-000", "clip-001"}
    assert "files: 2 with another time of change; they are read" in said
    assert "corrected: 2 clips again, as their path, range or content changed\n" in said
    assert sorted(read(out, ["clip_id"]).column("clip_id").to_pylist()) == [f"clip-{index:03}" for index in range(2, 7)]
    assert capsys.readouterr().err == ""


def test_a_rejected_file_that_was_replaced_is_tried_again(tmp_path: Path):
    out, clips = extracted(tmp_path)
    written(tmp_path / "7.mp4", bytes([7]) * 100, 1)

    found, _ = planned(clips, out, is_whole=True)

    assert found.line() == "1 rejected before tried again, as their path, range or content changed"


def test_a_file_that_is_gone_leaves_its_row_and_is_said_and_known_again_when_it_is_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out, clips = extracted(tmp_path)
    (tmp_path / "3.mp4").rename(tmp_path / "away")

    corrected(out, clips)
    said = capsys.readouterr().err
    (tmp_path / "away").rename(tmp_path / "3.mp4")

    assert said == "files: 1 not there any more, such as that of clip-003; rows made of them stay\n"
    assert planned(clips, out, is_whole=True)[0].line() is None
    written(tmp_path / "3.mp4", b"another", 1)
    assert planned(clips, out, is_whole=True)[0].again == {"clip-003"}


def test_a_touched_file_that_cannot_be_read_is_in_doubt_until_it_can(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out, clips = extracted(tmp_path, size_bytes=0)
    path = tmp_path / "3.mp4"
    path.rename(tmp_path / "away")
    path.symlink_to("/proc/self/mem")  # has no bytes by its size, and refuses to be read

    told = []
    for _ in range(2):
        corrected(out, clips)
        told.append(capsys.readouterr().err)
    path.unlink()
    (tmp_path / "away").rename(path)
    corrected(out, clips)

    assert "files: 1 of these cannot be read, such as that of clip-003; whether their contents changed is not known" in told[0]
    assert told[1] == told[0]
    assert (capsys.readouterr().err, len(read(out, ["clip_id"]))) == ("", 7)


def test_a_file_that_moved_is_not_read_to_compare_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out, clips = extracted(tmp_path)
    written(tmp_path / "moved.mp4", bytes([1]) * 100, 1)
    rows = clips.to_pylist()
    rows[1]["path"] = str(tmp_path / "moved.mp4")

    found, _ = planned(pa.Table.from_pylist(rows, schema=CLIPS), out, is_whole=True)

    assert (found.again, capsys.readouterr().err) == ({"clip-001"}, "")


def test_a_changed_region_is_a_changed_range(tmp_path: Path):
    out, clips = extracted(tmp_path)
    rows = clips.to_pylist()
    rows[2]["region"] = [0.0, 0.0, 0.5, 1.0]

    assert planned(pa.Table.from_pylist(rows, schema=CLIPS), out, is_whole=True)[0].again == {"clip-002"}
