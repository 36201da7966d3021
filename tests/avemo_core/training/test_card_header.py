"""The card's header as the Hugging Face Hub's own client reads it, without the network."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from avemo_core.bundle.bundle import Bundle
from avemo_core.training.card import model_card

MADE = Path(__file__).parents[2] / "version1"
BEST, PAPER = MADE / "model-best", MADE / "model-paper"
TAGS = [
    *("emotion-recognition", "audio-visual-emotion-recognition", "speech-emotion-recognition", "facial-expression-recognition"),
    *("affective-computing", "ray"),
]
PLAIN = {"license": "unknown", "library_name": "avemo", "pipeline_tag": "video-classification", "tags": TAGS}
NAMES = ("actor-01", "actor-02", "actor-03")


def result(metric: str, name: str, value: float, **dataset: Any) -> EvalResult:  # noqa: ANN401 - EvalResult's own
    """One figure as the Hub has it."""
    return EvalResult(
        task_type="video-classification",
        task_name="Audio-visual emotion recognition",
        dataset_type="custom",
        metric_type=metric,
        metric_name=name,
        metric_value=value,
        **{"dataset_name": "own clips: 2, of 1 subject(s)", "dataset_split": "test", **dataset},
    )


def expected(bundle: Bundle, figures: dict[str, Any], **dataset: str) -> ModelCardData:
    """The data that a card should hold which gives these figures."""
    return ModelCardData(
        **PLAIN,
        metrics=["accuracy", "recall"],
        model_name=bundle.model_id,
        eval_results=[
            result("accuracy", "Accuracy", figures["accuracy"], **dataset),
            result("recall", "Unweighted average recall (UAR)", figures["uar"], **dataset),
        ],
    )


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whatever asks the Hub."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def loaded(bundle: Bundle, folder: Path) -> ModelCard:
    """The card of a bundle that was saved with it."""
    replace(bundle, card=model_card(bundle)).save(str(folder))
    return ModelCard.load(folder / "README.md")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("folder", [BEST, PAPER], ids=lambda folder: folder.name)
def test_the_client_of_the_hub_reads_the_header_back_to_equal_data_results_included(folder: Path, tmp_path: Path):
    bundle = Bundle.load(str(folder))

    card = loaded(bundle, tmp_path)

    wanted = expected(bundle, bundle.metrics["test"], dataset_split="test, held out, but perhaps seen by the selection")
    assert vars(card.data) == vars(wanted)
    assert card.data.eval_results == wanted.eval_results
    assert card.data.to_dict() == wanted.to_dict()


def test_a_card_that_the_client_writes_again_is_the_same_file(tmp_path: Path):
    card = loaded(Bundle.load(str(PAPER)), tmp_path)

    card.save(tmp_path / "again.md")

    assert (tmp_path / "again.md").read_bytes() == (tmp_path / "README.md").read_bytes()


@pytest.mark.parametrize(
    ("folder", "dataset"),
    [
        (BEST, {"dataset_name": "own clips: 7, of 2 subject(s)", "dataset_split": "cross-validation, held out in turn"}),
        (PAPER, {"dataset_name": "own clips: 3, of 1 subject(s)", "dataset_split": "val, chose the epoch and the temperature"}),
    ],
    ids=["best", "paper"],
)
def test_without_a_test_split_the_results_are_of_the_next_best_clips_and_say_what_they_are(
    folder: Path, dataset: dict[str, str], tmp_path: Path
):
    bundle = Bundle.load(str(folder))
    metrics = {name: figures for name, figures in bundle.metrics.items() if name != "test"} | {"selection_recorded": True}

    card = loaded(replace(bundle, metrics=metrics), tmp_path)

    assert vars(card.data) == vars(expected(bundle, metrics["calibration"]["held_out"], **dataset))


def test_a_model_that_was_measured_on_nothing_unseen_gives_no_results(tmp_path: Path):
    bundle = Bundle.load(str(PAPER))
    metrics = {"train": bundle.metrics["train"], "calibration": {"temperature": 1.0, "held_out": {}}}

    card = loaded(replace(bundle, metrics=metrics), tmp_path)

    assert vars(card.data) == vars(ModelCardData(**PLAIN))


def test_a_model_of_sound_alone_is_found_as_one_and_under_no_tag_of_faces(tmp_path: Path):
    bundle = Bundle.load(str(PAPER))

    card = loaded(replace(bundle, config=replace(bundle.config, modalities="sound")), tmp_path)

    assert card.data.pipeline_tag == "audio-classification"
    assert card.data.tags == ["emotion-recognition", "speech-emotion-recognition", "affective-computing", "ray"]
    assert {(each.task_type, each.task_name) for each in card.data.eval_results} == {("audio-classification", "Speech emotion recognition")}


def test_figures_of_clips_whose_subjects_nobody_named_say_unknown(tmp_path: Path):
    bundle = Bundle.load(str(PAPER))
    test = bundle.metrics["test"] | {"subjects": {}}

    card = loaded(replace(bundle, metrics={"test": test}), tmp_path)

    assert [each.dataset_name for each in card.data.eval_results] == 2 * ["own clips: 2, of unknown subject(s)"]


def test_the_header_names_no_subject_clip_or_place(tmp_path: Path):
    bundle = Bundle.load(str(PAPER))

    card = loaded(bundle, tmp_path)

    header = str(card.data)
    assert all(name in bundle.split.column("subject").to_pylist() for name in NAMES)
    assert [name for name in (*NAMES, *bundle.split.column("clip_id").to_pylist(), "/tmp") if name in header] == []  # noqa: S108 - in its request


def sections(card: str) -> dict[str, str]:
    """Title -> text below it; what stands before the first is below nothing."""
    return {
        title: text.strip() for title, _, text in (f"\n{part}".partition("\n")[2].partition("\n") for part in card.strip().split("\n## "))
    }


def test_the_text_below_the_header_is_that_of_version_1_but_for_its_use_its_parts_and_its_intervals(tmp_path: Path):
    bundle = Bundle.load(str(PAPER))

    now, then = sections(loaded(bundle, tmp_path).text), sections(bundle.card)

    renamed = {f"{of.capitalize()}: clips of test, held out, but perhaps seen by the selection" for of in ("emotions", "subjects")}
    assert set(now) - set(then) == {"How to use", "Licence", "What its parts are for", *renamed}
    assert set(then) - set(now) == {"Held-out emotions", "Held-out subjects"}
    assert [title for title, text in then.items() if title in now and not now[title].startswith(text)] == [
        "Figures",
        "Intended use",
        "Limits",
    ]
    assert "corrected since" in now["Training data"]
    assert "over clips, not people (an earlier version's): too narrow" in now["Figures"]
    assert "python jobs/score.py --clips clips.csv --model MODEL" in now["How to use"]
    assert "python jobs/report.py --predictions predictions --model MODEL" in now["How to use"]
    assert "whoever shares the model" in now["Licence"]
