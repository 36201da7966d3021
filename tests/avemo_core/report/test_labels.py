"""What a report says where labels or subjects were corrected."""

import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.report.headline import notes
from avemo_core.report.inputs import Model, ReportInputs
from avemo_core.report.labels import check_agreement, joined
from schemas.clips import CLIPS
from tests.avemo_core.report import made


def clips(**columns: list[str | None]) -> pa.Table:
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return pa.Table.from_pylist([{"path": "/a.mp4"} | row for row in rows], schema=CLIPS)


def test_a_clips_table_corrected_since_is_refused_with_the_clips_and_what_to_do():
    predictions = made.replaced(made.predictions(3), label=["sad", "fear", None], subject=["a", "b", None])
    corrected = clips(clip_id=["clip-00000", "clip-00001"], label=["happy", "fear"], subject=["a", "x"])

    with pytest.raises(ConfigError, match=r"label of 1 clips \(clip-00000\); subject of 1 clips \(clip-00001\)\n.*`score` again"):
        check_agreement(predictions, corrected)


def test_what_one_of_both_does_not_know_is_no_disagreement():
    predictions = made.replaced(made.predictions(3), label=["sad", None, "fear"], subject=[None] * 3)

    check_agreement(predictions, clips(clip_id=["clip-00000", "clip-00001"], label=[None, "happy"], subject=["a", "b"]))

    with pytest.raises(ConfigError, match=r"label of 1 clips \(clip-00002\)"):  # which both know
        check_agreement(predictions, clips(clip_id=["clip-00001", "clip-00002"], label=["happy", "sad"], subject=["a", "b"]))


def test_a_clips_table_fills_label_and_subject_of_the_main_face_alone():
    predictions = made.replaced(
        made.predictions(4),
        clip_id=["a#0", "a#0-4000#1", "a#12", "b#3"],
        source_id=["a", "a", "a", "b#3"],
        label=[None] * 4,
        subject=[None] * 4,
        split=[None] * 4,
    )
    known = clips(clip_id=["a", "b#3"], label=["happy", "sad"], subject=["ann", "bob"], split=["test", "val"])

    rows = {row["clip_id"]: row for row in joined(predictions, known).to_pylist()}

    assert {name: (row["label"], row["subject"]) for name, row in rows.items()} == {
        "a#0": ("happy", "ann"),
        "a#0-4000#1": (None, None),
        "a#12": (None, None),
        "b#3": ("sad", "bob"),
    }
    assert [rows[name]["split"] for name in ("a#0", "a#12", "b#3")] == ["test", "test", "val"]


def test_a_model_trained_before_a_correction_is_said():
    predictions = made.replaced(made.predictions(3), label=["sad", "fear", "happy"], subject=["a", "b", "c"])
    learned = pa.table({"clip_id": ["clip-00000", "clip-00001", "other"], "label": ["sad", "angry", "sad"], "subject": ["x", "y", "z"]})

    def said(learned: pa.Table | None) -> list[str]:
        inputs = ReportInputs(predictions=predictions, model=Model(model_id="m", learned=learned))
        return [note for note in notes(inputs, predictions, None) if "before a correction" in note]

    (note,) = said(learned)
    assert "some of its clips have another label (1) and another subject (2) now. Train again" in note
    assert said(learned.slice(2)) == said(None) == []
