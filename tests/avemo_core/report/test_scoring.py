from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from avemo_core.appearance.seen import NOTHING_SEEN, SeenClips
from avemo_core.report.inputs import Model
from avemo_core.report.labels import joined
from avemo_core.report.scoring import scores
from schemas.clips import CLIPS
from tests.avemo_core.report import made


def model(*, trained_on: Iterable[int] = (), chosen_on: Iterable[int] = (), seen: SeenClips | None = NOTHING_SEEN) -> Model:
    """What a report knows of a model: numbers of clips."""
    trained, chosen = (frozenset(f"clip-{clip:05d}" for clip in some) for some in (trained_on, chosen_on))
    return Model(model_id="one", trained_on=trained, chosen_on=chosen, seen=seen)


def clips(**columns: list[object]) -> pa.Table:
    rows = len(next(iter(columns.values())))
    full = {field.name: columns.get(field.name, [None] * rows) for field in CLIPS}
    return pa.table([pa.array(full[field.name], field.type) for field in CLIPS], schema=CLIPS)


def test_the_test_split_is_counted_where_there_is_one():
    scored = scores(made.predictions(30), None)

    assert scored.figures["clips"] == 10
    assert scored.is_counted.tolist() == [clip % 3 == 2 for clip in range(30)]
    assert "test split" in scored.scope


def test_without_a_test_split_the_clips_of_the_training_are_not_counted():
    table = made.replaced(made.predictions(10), split=[None] * 10)

    scored = scores(table, model(trained_on=range(6)))

    assert not scored.caution
    assert scored.is_counted.tolist() == [False] * 6 + [True] * 4


def test_a_model_measured_on_its_own_training_clips_says_so():
    table = made.replaced(made.predictions(10), split=["train"] * 10)

    scored = scores(table, model(trained_on=range(10)))

    assert "used to train this model" in scored.caution
    assert scored.figures["clips"] == 10


def test_clips_of_the_test_split_that_the_model_was_trained_on_are_not_counted():
    table = made.replaced(made.predictions(10), split=["test"] * 10)

    scored = scores(table, model(trained_on=range(6)))

    assert scored.is_counted.tolist() == [False] * 6 + [True] * 4
    assert "test split" in scored.scope


def test_val_of_preset_paper_is_val_and_nothing_more():
    table = made.replaced(made.predictions(10), split=["train"] * 6 + ["val"] * 4)

    scored = scores(table, model(trained_on=range(10), chosen_on=range(6, 10)))

    assert scored.scope == "4 labelled clips of the val split, which chose the epoch and the temperature"
    assert scored.is_counted.tolist() == [False] * 6 + [True] * 4
    assert "chose the epoch and the temperature" in scored.caution


def test_clips_that_the_selection_has_seen_are_counted_last_and_marked():
    table = made.replaced(made.predictions(10), split=["test"] * 10)
    saw_some, saw_all = (SeenClips.of([f"clip-{clip:05d}" for clip in range(count)], []) for count in (7, 10))

    some, every = (scores(table, model(seen=seen)) for seen in (saw_some, saw_all))

    assert (some.is_counted.tolist(), some.caution) == ([False] * 7 + [True] * 3, "")
    assert every.scope == "10 labelled clips of the test split, seen by the selection"
    assert "figures are too good" in every.caution


def test_of_a_selection_without_a_record_the_figures_say_perhaps():
    scored = scores(made.predictions(30), model(seen=None))

    assert scored.scope == "10 labelled clips of the test split, perhaps seen by the selection"
    assert "does not say which clips it has seen" in scored.caution


def test_accuracy_is_the_share_of_right_predictions():
    table = made.predictions(60)

    scored = scores(table, None)

    tested = table.filter(pa.array(scored.is_counted))
    right = np.array(tested.column("label").to_pylist()) == np.array(tested.column("predicted").to_pylist())
    assert scored.figures["accuracy"] == right.mean()


def test_without_labels_there_is_nothing_to_count():
    assert scores(made.replaced(made.predictions(4), label=[None] * 4), None) is None


def test_a_label_outside_the_seven_counts_as_none():
    assert scores(made.replaced(made.predictions(2), label=["bored", None]), None) is None


def test_clips_of_emotions_that_the_model_does_not_name_are_told_and_not_counted():
    table = made.replaced(made.predictions(6), label=["happy", "sad", "fear", "happy", "disgust", None], split=[None] * 6)

    scored = scores(table, replace(model(), emotions=("happy", "sad")))

    assert scored.is_counted.tolist() == [True, True, False, True, False, False]
    assert "not counted: 1 disgust, 1 fear, which it does not name" in scored.scope


def test_a_table_without_any_emotion_that_the_model_names_has_no_figures():
    assert scores(made.replaced(made.predictions(3), label=["fear"] * 3), replace(model(), emotions=("happy", "sad"))) is None


def test_the_clips_table_says_where_the_video_is_and_fills_what_is_missing():
    predictions = made.replaced(made.predictions(3), label=["sad", None, None], subject=[None] * 3)
    known = clips(clip_id=["clip-00001", "clip-00000"], path=["/new/1.mp4", "/new/0.mp4"], label=["fear", "happy"], subject=["x", "y"])

    table = joined(predictions, known)

    assert table.column("uri").to_pylist() == ["/new/0.mp4", "/new/1.mp4", "/nowhere/clip-00002.mp4"]
    assert table.column("label").to_pylist() == ["sad", "fear", None]
    assert table.column("subject").to_pylist() == ["y", "x", None]


def test_rows_stand_in_the_order_of_their_ids_whatever_wrote_them_first():
    table = made.predictions(20)

    shuffled = joined(table.take(np.random.default_rng(0).permutation(20)), None)

    assert shuffled.column("clip_id").to_pylist() == table.column("clip_id").to_pylist()


def test_copies_that_the_training_left_out_are_not_counted_as_new():
    split, whole = made.replaced(made.predictions(10), split=["test"] * 10), made.replaced(made.predictions(10), split=[None] * 10)
    knowing = replace(model(trained_on=range(6)), copies=frozenset({"clip-00007"}))

    counted = [scores(table, knowing).is_counted.tolist() for table in (split, whole)]

    assert counted == [[False] * 6 + [True, False, True, True]] * 2


def test_clips_that_count_as_seen_for_their_content_or_their_person_are_marked():
    table = made.replaced(made.predictions(10), split=["test"] * 10)
    seen = frozenset(f"clip-{clip:05d}" for clip in range(10))

    some, every = (scores(table, replace(model(), seen_sources=frozenset(sorted(seen)[:count]))) for count in (7, 10))

    assert (some.is_counted.tolist(), some.caution) == ([False] * 7 + [True] * 3, "")
    assert every.scope == "10 labelled clips of the test split, seen by the selection"
