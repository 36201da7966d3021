import re
from dataclasses import replace

import numpy as np

from avemo_core.report.headline import media_notes, notes, recalls, tiles
from avemo_core.report.inputs import Media, ReportInputs
from avemo_core.report.media.gallery import ClipMedia
from avemo_core.report.scoring import scores
from tests.avemo_core.report import made


def notes_of(table: object, **inputs: object) -> str:
    given = ReportInputs(**{"predictions": table, "model": made.model(), **inputs})
    return "\n".join(notes(given, table, scores(table, given.model)))


def test_a_complete_run_needs_no_remark_but_for_clips_without_sound():
    assert notes_of(made.predictions(12)) == "1 clip(s) have no alignment: they have no sound, or the model does not align."


def test_no_rows_are_told():
    assert notes_of(made.predictions(3).slice(0, 0)) == "The predictions table has no rows."


def test_missing_labels_are_told():
    assert "No clip has a label" in notes_of(made.replaced(made.predictions(3), label=[None] * 3))


def test_clips_without_steps_are_counted():
    nothing = {name: [[], [], []] for name in ("step_time_s", "perception", "alignment", "window_time_s")}

    assert notes_of(made.replaced(made.predictions(3), **nothing)) == "3 clip(s) have no steps, so no attention to show."


def test_a_missing_model_is_told():
    assert "The model's bundle was not at hand" in notes_of(made.predictions(3), model=None)


def test_another_models_predictions_are_told():
    table = made.replaced(made.predictions(3), model_id=["another"] * 3)

    assert f"made by another, but the model shown here is {made.MODEL_ID}" in notes_of(table)


def test_figures_on_training_clips_are_told():
    table = made.replaced(made.predictions(3), split=["train"] * 3)

    learned = replace(made.model(), trained_on=frozenset(table.column("source_id").to_pylist()))

    assert "used to train this model" in notes_of(table, model=learned)


def test_rows_of_faces_beside_the_main_one_are_told_and_not_counted_as_right_or_wrong():
    table = made.replaced(
        made.predictions(6),
        clip_id=["a#0", "a#1", "a#2", "b#0", "c#0-4000#0", "c#0-4000#1"],
        source_id=["a", "a", "a", "b", "c", "c"],
        label=["sad", None, None, "happy", "fear", None],
    )

    counted = scores(table, None)

    assert "3 of the 6 rows are of other faces than a clip's main one" in notes_of(table)
    assert "other faces" not in notes_of(table.filter([True, False, False, True, True, False]))
    assert set(np.flatnonzero(counted.is_counted)) <= {0, 3, 4}


def test_clips_without_a_picture_are_counted_by_reason_and_those_of_sound_alone_by_themselves():
    shown = {
        0: ClipMedia(problem="missing (read): gone"),
        1: ClipMedia(problem="missing (read): gone"),
        2: ClipMedia(problem="no_video (decode): none"),
    }

    lines = list(media_notes(3, Media.BLURRED, shown))

    assert lines[-2:] == [
        "1 clip(s) are sound alone, and have no picture.",
        "2 clip(s) have no picture because their file gave none (missing: 2).",
    ]


def test_a_report_says_how_many_clips_have_pictures():
    assert any("2 of 9 clips have pictures" in line for line in media_notes(9, Media.SHOWN, {0: ClipMedia(), 1: ClipMedia()}))


def test_the_headline_states_accuracy_with_its_interval_and_what_it_was_counted_on():
    table = made.predictions(30)

    shown = {tile.name: tile for tile in tiles(ReportInputs(predictions=table), table, scores(table, None))}

    assert (shown["clips"].value, shown["clips"].remark) == ("30", "0 rejected, 8 with a fault")
    assert shown["accuracy"].value.endswith(" %")
    assert shown["accuracy"].remark.endswith("(95 %), over two people: the interval is too narrow; 10 labelled clips of the test split")
    assert shown["unweighted average recall"].value.endswith(" %")
    assert "(95 %)" in shown["unweighted average recall"].remark


def test_the_recall_of_every_emotion_has_its_interval_and_those_without_clips_are_named():
    table = made.predictions(30)
    labels = ["happy" if label == "fear" else label for label in table.column("label").to_pylist()]
    scored = scores(made.replaced(table, label=labels), None)

    rows = {emotion: (clips, recall) for emotion, clips, recall in recalls(scored)}
    shown = {tile.name: tile for tile in tiles(ReportInputs(predictions=table), table, scored)}

    assert sum(clips for clips, _ in rows.values()) == 10
    assert rows["fear"] == (0, "-")
    assert re.fullmatch(r"\d+\.\d \(\d+\.\d to \d+\.\d\)", rows["happy"][1])
    assert "fear" in shown["unweighted average recall"].remark
    assert list(recalls(None)) == []


def test_figures_of_one_person_stand_without_an_interval():
    table = made.replaced(made.predictions(30), subject=["anna"] * 30)
    scored = scores(table, None)

    shown = {tile.name: tile for tile in tiles(ReportInputs(predictions=table), table, scored)}

    assert shown["accuracy"].remark.startswith("over one person: it says nothing of others; ")
    assert shown["unweighted average recall"].remark.startswith("mean over the emotions")
    assert all(re.fullmatch(r"-|\d+\.\d", recall) for _, _, recall in recalls(scored))


def test_predictions_that_name_nobody_are_drawn_by_file():
    table = made.replaced(made.predictions(30), subject=[None] * 30)

    shown = {tile.name: tile for tile in tiles(ReportInputs(predictions=table), table, scores(table, None))}

    assert "over 10 files, as nobody is named" in shown["accuracy"].remark


def test_novel_clips_and_answers_that_were_not_given_are_told():
    table = made.replaced(made.predictions(40), novelty=[0.99] * 40, predicted=[None] * 10 + ["sad"] * 30)

    told = notes_of(table)
    named = {tile.name: tile for tile in tiles(ReportInputs(predictions=table), table, scores(table, None))}

    assert "40 of 40 rows are novel (100%, where 5% are expected)" in told
    assert "10 of 40 rows are not answered" in told
    assert (named["answered"].value, named["answered"].remark.split(";")[0]) == ("75.0 %", "10 of 40 are not (--abstain)")
    assert "answered" not in {tile.name for tile in tiles(ReportInputs(predictions=made.predictions(9)), made.predictions(9), None)}
