import numpy as np
import pyarrow as pa

from avemo_core.appearance.seen import NOTHING_SEEN
from avemo_core.bundle.config import ModelConfig
from avemo_core.report.bundles import model_of
from tests.avemo_core.report import made

NAN = float("nan")
SPLIT = pa.table({"source_id": ["a", "b", "c", "d"], "split": ["train", "val", "test", None]})
READS = ("sound", "audio-visual")
FIGURES = {"accuracy": 0.7, "accuracy_interval": [0.6, 0.8], "clips": 1200}


def epoch(member: int, number: int, train: float) -> dict[str, float]:
    measured = {"train_loss": train, "train_accuracy": train / 4, "val_loss": NAN, "val_accuracy": NAN}
    return {**measured, "member": float(member), "epoch": float(number)}


def test_every_network_has_its_curve_in_the_order_of_the_epochs():
    curves = model_of(made.bundle(history=[epoch(1, 1, 1.0), epoch(0, 2, 0.5), epoch(0, 1, 1.5)])).loss

    assert [member.tolist() for member in curves["train"]] == [[1.5, 0.5], [1.0]]


def test_a_curve_that_was_never_measured_is_left_out():
    assert list(model_of(made.bundle(history=[epoch(0, 1, 1.0)])).accuracy) == ["train"]


def test_every_clip_outside_the_test_split_has_told_the_model_something():
    assert model_of(made.bundle(split=SPLIT)).trained_on == {"a", "b", "d"}


def test_embeddings_before_and_after_training_are_those_of_the_first_network():
    first = made.bundle()

    model = model_of(made.bundle(members=(first.members[0], made.bundle().members[0])))

    np.testing.assert_array_equal(model.learned_embeddings, first.members[0]["head.emotion_embeddings"])
    np.testing.assert_array_equal(model.initial_embeddings, first.members[0]["head.initial_embeddings"])


def test_a_model_without_embeddings_or_split_is_shown_all_the_same():
    model = model_of(made.bundle(members=({},)))

    assert model.learned_embeddings is None
    assert model.trained_on == frozenset()


def test_the_figures_of_the_training_are_told_in_words():
    uar = {"uar": 0.65, "uar_interval": [0.5, 0.7], "interval_over": {"unit": "people", "count": 12}}
    of_test, of_val = ({"selection_recorded": True, name: FIGURES | uar} for name in ("test", "val"))

    tested, chosen, before = (model_of(made.bundle(metrics=metrics)).facts for metrics in (of_test, of_val, {"test": FIGURES}))

    assert tested["accuracy when trained"] == "70.0 % (60.0 to 80.0) on 1,200 clips: test, held out; over 12 people"
    assert tested["UAR when trained"] == "65.0 % (50.0 to 70.0) on 1,200 clips: test, held out; over 12 people"
    assert chosen["accuracy when trained"].endswith("1,200 clips: val, chose the epoch and the temperature; over 12 people")
    assert before["accuracy when trained"].endswith(
        "test, held out, but perhaps seen by the selection; over clips, not people (an earlier version's): too narrow"
    )
    assert "UAR when trained" not in before


def test_val_of_preset_paper_is_known_as_what_chose_the_epoch_and_that_of_best_as_learned_from():
    paper, best = (model_of(made.bundle(split=SPLIT, metrics=metrics)) for metrics in ({"val": FIGURES}, {}))

    assert (paper.chosen_on, best.chosen_on) == ({"b"}, frozenset())


def test_of_a_model_of_sound_alone_no_selection_has_seen_any_clip():
    heard, both = (model_of(made.bundle(config=ModelConfig(modalities=reads, width=4, selector_width=4))) for reads in READS)

    assert (heard.seen, both.seen) == (NOTHING_SEEN, None)


def test_emotions_that_a_model_learned_nothing_of_are_among_its_facts():
    assert model_of(made.bundle(training={"emotions_without_clips": ["fear"]})).facts["emotions without training clips"] == "fear"
    assert model_of(made.bundle(emotions=("happy", "sad"))).facts["emotions told apart"] == "happy, sad"
    assert not [name for name in model_of(made.bundle()).facts if name.startswith("emotions")]
