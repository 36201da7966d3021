"""What a user corrects in the clips table arrives in the rows, exactly once, whatever is killed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from avemo_core.corrections.truth import of_clips
from cluster.tables.corrections.apply import apply
from cluster.tables.corrections.plan import Plan, plan
from cluster.tables.parts import read
from cluster.tables.rejects import Rejected, read_rejects
from cluster.tables.table import open_table
from schemas.clips import CLIPS
from schemas.rejects import Reason
from tests.cluster import generated
from tests.cluster.killing_store import Killed, KillingStore

ROWS = generated.rows(12)


def clips(changes: Mapping[int, Mapping[str, Any] | None] | None = None, extra: int = 0) -> pa.Table:
    """The clips of ROWS, and some more, with changes; None takes a clip out."""
    names = ["source_id", "uri", "label", "split", "subject"]
    found = [dict(zip(CLIPS.names, row.values(), strict=False)) for row in ROWS.select(names).to_pylist()]
    found += [{"clip_id": f"bad-{index}", "path": f"/clips/bad-{index}.mp4"} for index in range(extra)]
    for index, change in sorted((changes or {}).items(), reverse=True):
        if change is None:
            del found[index]
        else:
            found[index] |= change
    return pa.Table.from_pylist(found, schema=CLIPS)


def extracted(out: str, rejected: int = 0) -> str:
    """A table of all clips in three parts, and some rejects."""
    with open_table(out, generated.SCHEMA, {}) as table:
        truth = of_clips(clips(extra=rejected), is_whole=True)
        apply(plan(out, truth), table, out, truth)
        for start in (0, 4, 8):
            table.publish(table.staging.write(ROWS.slice(start, 4)))
        table.publish_rejects(
            [
                Rejected(source_id=f"bad-{index}", uri=f"/clips/bad-{index}.mp4", stage="decode", reason=Reason.TOO_SHORT, detail="")
                for index in range(rejected)
            ]
        )
    return out


def correct(out: str, now: pa.Table, *, is_whole: bool = True) -> Plan:
    truth = of_clips(now, is_whole=is_whole)
    with open_table(out, generated.SCHEMA, {}) as table:
        found = plan(out, truth)
        apply(found, table, out, truth)
    return found


def said(out: str) -> dict[str, tuple[str, str, str]]:
    rows = read(out, ["clip_id", "label", "split", "subject"]).to_pylist()
    assert len({row["clip_id"] for row in rows}) == len(rows)
    return {row.pop("clip_id"): tuple(row.values()) for row in rows}


def test_a_table_that_is_right_is_left_as_it_is(tmp_path: Path):
    out = extracted(str(tmp_path / "out"), rejected=1)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}

    found = correct(out, clips(extra=1))

    assert (found.line(), found.sources) == (None, 12)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_labels_splits_and_subjects_arrive_and_only_their_parts_are_written(tmp_path: Path):
    out = extracted(str(tmp_path / "out"))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    expected = said(out)

    found = correct(out, clips({0: {"label": "sad"}, 1: {"subject": None, "label": None}, 5: {"split": "test"}}))

    expected["clip-000"] = ("sad", *expected["clip-000"][1:])
    expected["clip-001"] = (None, expected["clip-001"][1], None)
    expected["clip-005"] = (expected["clip-005"][0], "test", expected["clip-005"][2])
    assert said(out) == expected
    assert found.line() == "2 labels, 1 split, 1 subject"
    assert sum(path.stat().st_mtime_ns == before[path] for path in (tmp_path / "out").iterdir()) == 1
    columns = [name for name in ROWS.column_names if name not in ("label", "split", "subject")]
    assert sorted(read(out, columns).to_pylist(), key=str) == sorted(ROWS.select(columns).to_pylist(), key=str)


@pytest.mark.parametrize(
    "change",
    [{"path": "/clips/other.mp4"}, {"start_s": 0.5}, {"stop_s": 9.0}, {"region": [0.0, 0.0, 0.5, 1.0]}],
    ids=lambda change: next(iter(change)),
)
def test_a_clip_of_another_file_range_or_region_leaves_to_be_done_again(tmp_path: Path, change: dict[str, Any]):
    out = extracted(str(tmp_path / "out"))

    found = correct(out, clips({2: change}))

    assert found.line() == "1 clip again, as their path, range or content changed"
    assert set(said(out)) == set(ROWS.column("clip_id").to_pylist()) - {"clip-002"}


def test_a_range_that_is_taken_back_is_a_change_too(tmp_path: Path):
    """Rows alone cannot say it: one that ends at 9 s may be of a file that ends there."""
    out = extracted(str(tmp_path / "out"))
    correct(out, clips({2: {"stop_s": 9.0}}))
    with open_table(out, generated.SCHEMA, {}) as table:
        table.publish(table.staging.write(ROWS.slice(2, 1)))

    assert correct(out, clips({2: {"stop_s": 9.0}})).line() is None
    assert correct(out, clips()).again == {"clip-002"}


def test_clips_taken_out_of_the_table_leave_and_so_do_their_rejects(tmp_path: Path):
    out = extracted(str(tmp_path / "out"), rejected=2)

    found = correct(out, clips({0: None, 1: None, 2: None, 3: None, 7: None, 13: None}, extra=2))

    assert found.line() == "6 removed"
    assert sorted(said(out)) == [f"clip-{index:03}" for index in (4, 5, 6, 8, 9, 10, 11)]
    assert read_rejects(out).column("source_id").to_pylist() == ["bad-0"]
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_reject_is_tried_again_where_its_path_or_range_changed(tmp_path: Path):
    out = extracted(str(tmp_path / "out"), rejected=3)

    found = correct(out, clips({12: {"path": "/clips/better.mp4"}, 13: {"stop_s": 2.0}}, extra=3))

    assert found.line() == "2 rejected before tried again, as their path, range or content changed"
    assert read_rejects(out).column("source_id").to_pylist() == ["bad-2"]


def test_a_run_of_the_first_clips_alone_corrects_those_and_lets_nothing_leave(tmp_path: Path):
    out = extracted(str(tmp_path / "out"), rejected=2)
    now = clips({0: {"label": "sad"}, 1: {"start_s": 1.0}, 11: {"label": "sad"}}).slice(0, 3)

    found = correct(out, now, is_whole=False)

    assert found.line() == "1 label; 1 clip again, as their path, range or content changed"
    assert len(said(out)) == 11
    assert read_rejects(out).num_rows == 2
    assert correct(out, clips({1: {"start_s": 1.0}, 0: {"label": "sad"}}, extra=2)).again == set()
    assert correct(out, clips({1: {"start_s": 1.0}, 0: {"label": "sad"}, 5: {"start_s": 1.0}}, extra=2)).again == {"clip-005"}


def test_a_table_without_a_note_goes_by_the_addresses_in_its_rows(tmp_path: Path):
    out = extracted(str(tmp_path / "out"))
    (tmp_path / "out.avemo" / "sources.parquet").unlink()

    found = correct(out, clips({2: {"path": "/clips/other.mp4"}, 3: {"stop_s": 9.0}}))

    assert found.again == {"clip-002"}


def test_an_address_is_compared_without_its_credentials(tmp_path: Path):
    out = str(tmp_path / "out")
    rows = ROWS.slice(0, 1).set_column(2, "uri", pa.array(["s3://bucket/a.mp4"]))
    with open_table(out, generated.SCHEMA, {}) as table:
        table.publish(table.staging.write(rows))

    assert correct(out, clips({0: {"path": "s3://key:secret@bucket/a.mp4"}}).slice(0, 1)).line() is None
    assert b"secret" not in (tmp_path / "out.avemo" / "sources.parquet").read_bytes()


def test_rows_of_other_faces_go_on_saying_nothing(tmp_path: Path):
    out = str(tmp_path / "out")
    rows = ROWS.slice(0, 1).to_pylist()
    both = [rows[0] | {"clip_id": "clip-000#0"}, rows[0] | {"clip_id": "clip-000#1", "label": None, "subject": None}]
    with open_table(out, generated.SCHEMA, {}) as table:
        table.publish(table.staging.write_stream("clip-000", [pa.Table.from_pylist([row], schema=generated.SCHEMA) for row in both]))
    truth = of_clips(clips({0: {"label": "sad", "split": "test", "subject": "ann"}}).slice(0, 1), is_whole=True)

    with open_table(out, generated.SCHEMA, {}) as table:
        found = plan(out, truth)
        apply(found, table, out, truth)

    assert said(out) == {"clip-000#0": ("sad", "test", "ann"), "clip-000#1": (None, "test", None)}
    assert found.line() == "1 label, 1 split, 1 subject"
    assert plan(out, truth).line() is None


CORRECTED = {
    0: {"label": "sad"},
    1: {"path": "/clips/other.mp4"},
    9: {"stop_s": 3.0},
    12: {"start_s": 1.0},
    **dict.fromkeys((4, 5, 6, 7)),
}


def test_a_run_killed_at_any_change_to_the_table_is_gone_on_with_and_no_row_is_there_twice():
    """Before each object that is put, copied or deleted: the process ends, another one corrects, and the result is the same."""
    KillingStore.store.clear()
    out = extracted("killing://bucket/out", rejected=1)
    begun = dict(KillingStore.store)

    expected, changes = _killed_at(None, out, begun)

    assert changes >= 10
    assert [_killed_at(change, out, begun)[0] for change in range(changes)] == [expected] * changes


def _killed_at(change: int | None, out: str, begun: Mapping[str, object]) -> tuple[list[object], int]:
    KillingStore.store.clear()
    KillingStore.store.update(begun)
    KillingStore.reset(change)
    try:
        correct(out, clips(CORRECTED, extra=1))
    except Killed:
        said(out)
        correct(out, clips(CORRECTED, extra=1))
    changes = KillingStore.changes
    KillingStore.reset()
    assert plan(out, of_clips(clips(CORRECTED, extra=1), is_whole=True)).line() is None
    return [sorted(said(out).items(), key=str), read_rejects(out).num_rows], changes
