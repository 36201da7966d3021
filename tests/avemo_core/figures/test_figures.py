from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy import ndarray
from sklearn.decomposition import PCA

from avemo_core.figures.alignment import alignment_strips
from avemo_core.figures.comparison import model_comparison
from avemo_core.figures.confusion import confusion_figure, confusion_percent
from avemo_core.figures.embeddings import embedding_projections, projected
from avemo_core.figures.histograms import quality_histograms
from avemo_core.figures.history import training_history
from avemo_core.figures.perception import perception_strips
from avemo_core.figures.rejects import rejects_by_reason, rows_by_fault
from avemo_core.figures.reliability import reliability_bins, reliability_diagram
from avemo_core.figures.strips import divided_by_row_maximum
from avemo_core.figures.style import png, svg
from avemo_core.figures.subjects import SHOWN, subject_accuracy, wilson_interval
from schemas.emotions import EMOTIONS

RNG = np.random.default_rng(0)
SVG = "{http://www.w3.org/2000/svg}"


def strip_of(figure: Figure, panel: int = 0) -> ndarray:
    return np.asarray(figure.axes[panel].images[0].get_array())


def row_names(figure: Figure, panel: int = 0) -> list[str]:
    return [label.get_text() for label in figure.axes[panel].get_yticklabels()]


def test_every_row_of_a_strip_is_divided_by_its_own_maximum():
    weights = RNG.random((5, 9))

    shares = divided_by_row_maximum(weights)

    np.testing.assert_allclose(shares.max(axis=1), 1.0)
    np.testing.assert_allclose(shares[2], weights[2] / weights[2].max())


def test_a_row_without_weight_stays_zero():
    assert not divided_by_row_maximum(np.zeros((2, 4))).any()


def test_the_bottom_row_of_figure_2_is_the_first_position_of_the_window():
    alignment = RNG.dirichlet(np.ones(4), 20)

    figure = alignment_strips({"clip": alignment})

    np.testing.assert_allclose(strip_of(figure)[-1], alignment[:, 0] / alignment[:, 0].max())
    assert row_names(figure) == ["4", "3", "2", "1"]


def test_figure_3_has_a_row_per_emotion_in_the_papers_order_and_a_column_per_step():
    perception = RNG.dirichlet(np.ones(33), 7).T

    figure = perception_strips({"clip": perception})

    assert strip_of(figure).shape == (7, 33)
    assert row_names(figure) == list(EMOTIONS)
    np.testing.assert_allclose(strip_of(figure)[5], perception[:, 5] / perception[:, 5].max())


def test_a_strip_of_no_steps_says_so():
    figure = perception_strips({"clip": np.zeros((0, 7))})

    assert "no steps" in svg(figure)


def test_embeddings_are_projected_on_their_principal_components():
    vectors = RNG.normal(size=(7, 8))

    plane = projected(vectors)

    np.testing.assert_allclose(np.abs(plane), np.abs(PCA(2).fit_transform(vectors)), atol=1e-12)


def test_the_sign_of_a_component_does_not_depend_on_how_it_was_computed():
    vectors = RNG.normal(size=(7, 8))
    rotation, _ = np.linalg.qr(RNG.normal(size=(8, 8)))

    spread = projected(vectors), projected(vectors[:, ::1] + 3.0)

    np.testing.assert_allclose(*spread, atol=1e-12)
    assert projected(vectors @ rotation).shape == (7, 2)


def test_embeddings_of_one_dimension_are_drawn_on_a_line():
    assert not projected(RNG.normal(size=(7, 1)))[:, 1].any()


def test_figure_4_has_both_sets_of_vectors_side_by_side():
    figure = embedding_projections(RNG.normal(size=(7, 8)), RNG.normal(size=(7, 8)))

    assert [axes.get_title(loc="left") for axes in figure.axes] == ["(a) before training", "(b) after training"]
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [list(EMOTIONS)] * 2


def test_confusion_is_in_per_cent_of_each_true_emotion():
    counts = np.diag([3, 0, 1, 1, 1, 1, 1]) + np.eye(7, k=1, dtype=int)

    percent = confusion_percent(counts)

    np.testing.assert_allclose(percent[0, :2], [75.0, 25.0])
    np.testing.assert_allclose(percent.sum(axis=1), 100.0)


def test_an_emotion_without_clips_has_a_row_of_zeros():
    assert not confusion_percent(np.zeros((7, 7), int)).any()


def test_every_cell_of_figure_5_has_a_name_and_the_largest_of_a_row_is_bold():
    counts = np.full((7, 7), 1) + np.diag([9] * 7)

    root = ET.fromstring(svg(confusion_figure(counts)))  # noqa: S314 - our own figure

    named = {group.get("id"): group for group in root.iter(f"{SVG}g")}
    assert all(f"confusion-{true}-{predicted}" in named for true in EMOTIONS for predicted in EMOTIONS)
    assert "font-weight: 700" in named["confusion-sad-sad-text"].find(f"{SVG}text").get("style")
    assert "font-weight" not in named["confusion-sad-fear-text"].find(f"{SVG}text").get("style")


def test_reliability_bins_are_what_a_plain_loop_gives():
    confidence, is_correct = RNG.random(200), RNG.random(200) < 0.6
    inside = [(confidence >= low / 10) & (confidence < (low + 1) / 10) for low in range(10)]

    mean_confidence, accuracy, clips = reliability_bins(confidence, is_correct)

    np.testing.assert_allclose(mean_confidence, [confidence[each].mean() for each in inside])
    np.testing.assert_allclose(accuracy, [is_correct[each].mean() for each in inside])
    np.testing.assert_array_equal(clips, [each.sum() for each in inside])


def test_a_confidence_of_one_falls_into_the_last_bin():
    mean_confidence, _, clips = reliability_bins(np.array([1.0, 0.95]), np.array([True, False]))

    np.testing.assert_allclose((mean_confidence, clips), ([0.975], [2]))


def test_the_interval_of_8_in_10_is_wilsons():
    low, high = wilson_interval(np.array([0.8]), np.array([10.0]))

    np.testing.assert_allclose((low[0], high[0]), (0.4902, 0.9433), atol=1e-4)


def test_values_that_are_no_numbers_are_left_out_of_a_histogram():
    figure = quality_histograms(np.array([0.5, np.nan]), np.array([1.0, 0.0]), np.array([0.3, 0.4]))

    assert [sum(bar.get_height() for bar in axes.patches) for axes in figure.axes] == [1, 2, 2]


def test_the_reliability_diagram_has_a_mark_a_bin():
    figure = reliability_diagram(np.array([0.05, 0.45, 0.46]), np.array([True, False, True]))

    np.testing.assert_allclose(figure.axes[0].collections[-1].get_offsets(), [[0.05, 1.0], [0.455, 0.5]])


def test_many_subjects_are_shown_by_those_with_the_most_clips():
    results = {f"subject {place}": (0.5, place + 1) for place in range(SHOWN + 5)}

    shown = row_names(subject_accuracy(results))

    assert len(shown) == SHOWN
    assert "subject 4 (5)" not in shown


def test_the_most_frequent_reason_stands_at_the_top():
    assert row_names(rejects_by_reason({"missing": 2, "decode_failed": 7}))[-1] == "decode failed"
    assert row_names(rows_by_fault({"damaged": 2, "breaks_off": 7}))[-1] == "breaks off"


def test_a_clip_may_be_called_anything():
    names = ("a $ in \\frac $", "<script>alert(1)</script>", "line\nbreak \x00 and tab\t", "é🙂 ﷽", "x" * 500)

    figure = subject_accuracy(dict.fromkeys(names, (0.5, 2)))

    assert ET.fromstring(svg(figure)).tag == f"{SVG}svg"  # noqa: S314 - our own figure
    assert png(figure).startswith(b"\x89PNG")


FIGURES = {
    "history": lambda: training_history({"train": [np.array([1.0, np.nan])] * 2}, {}),
    "comparison": lambda: model_comparison({"average encoding": (0.5, 0.4, 0.6)}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_figure_gives_the_same_bytes(name: str):
    assert svg(FIGURES[name]()) == svg(FIGURES[name]())
