"""Predictions of corrected features are those that a new scoring of them would give."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.corrections.learned import trained_before
from avemo_core.inference.predictor import Predictor
from cluster.extract.corrections import SMALL_CLIPS
from cluster.score import job
from cluster.score.corrections import correct, planned
from cluster.score.job import ScoreOptions, score
from cluster.tables.parquet import encode
from cluster.tables.rejects import Rejected, read_rejects
from cluster.tables.table import open_table
from schemas.clips import REGION
from schemas.predictions import PROBABILITIES
from schemas.rejects import Reason
from tests.cluster import generated
from tests.cluster.beside import beside
from tests.cluster.score.corrected import CHANGES, begun, by_clip, changed


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_corrected_features_give_the_predictions_that_a_new_scoring_gives(
    table: pa.Table, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out, features = str(tmp_path / "out"), generated.write_features(table, tmp_path / "features")
    score(ScoreOptions(features=features, model=model, out=out, workers=1))
    now = changed(table, CHANGES)
    assert table.column("subject").take([3, 10, 17]).to_pylist() == ["train-1", "train-0", "val-1"]
    corrected = generated.write_features(now, tmp_path / "corrected")
    options = ScoreOptions(features=corrected, model=model, out=out, workers=1)
    touched = {"train-0", "train-1", "test-0", "val-1"}
    again = sum(row["subject"] in touched for row in now.to_pylist())
    told = f"{again} clips again, as their features, or the clips of their person, changed; 1 removed"

    would = job.dry_run(options)
    summary = score(options)

    predictor = Predictor(generated.Bundle.load(model))
    expected = predictor.rows(now, predictor.gather(now)).to_pandas().set_index("clip_id").sort_index()
    found = by_clip(out)
    assert (would.corrections, would.to_do) == (told, again)
    said = capsys.readouterr().err
    assert f"corrected: {told}\n" in said
    assert (
        "score: This model was trained before a correction: some of its clips have another label (1) and another subject (1) now." in said
    )
    assert (summary.done, summary.skipped) == (again, len(now) - again)
    np.testing.assert_allclose(found[list(PROBABILITIES)], expected[list(PROBABILITIES)], atol=1e-5)
    pd.testing.assert_frame_equal(found[["label", "split", "subject"]], expected[["label", "split", "subject"]])
    assert not (beside(out) / "remeasured.json").exists()
    assert planned(corrected, out, by_subject=True).line() is None


def test_labels_alone_are_corrected_in_place(table: pa.Table, model: str, tmp_path: Path):
    out, features = str(tmp_path / "out"), generated.write_features(table, tmp_path / "features")
    predictor = begun(out, model, table, features)
    before = by_clip(out)
    corrected = generated.write_features(changed(table, {0: {"label": "sad"}, 9: {"split": "test"}}), tmp_path / "corrected")

    with open_table(out, predictor.schema, {}) as predictions:
        assert planned(corrected, out, by_subject=True).line() == "1 label, 1 split"
        correct(predictions, corrected, out, by_subject=True, accepted=False)

    after = by_clip(out)
    assert (after["label"]["clip-000"], after["split"]["clip-009"]) == ("sad", "test")
    pd.testing.assert_frame_equal(after.drop(columns=["label", "split"]), before.drop(columns=["label", "split"]))
    assert planned(corrected, out, by_subject=True).line() is None


@pytest.mark.parametrize("change", [10, 17, 3])
def test_a_clip_that_was_measured_and_not_yet_scored_changes_the_persons_predictions_too(
    table: pa.Table, model: str, tmp_path: Path, change: int
):
    """A run that was killed has measured all clips and scored some."""
    last = table.take(pa.array([index for index in range(len(table)) if index != change] + [change]))
    out, features = str(tmp_path / "out"), generated.write_features(last, tmp_path / "features")
    begun(out, model, last, features, clips=len(last) - 1)
    now = changed(last, {len(last) - 1: CHANGES[change]})
    corrected = generated.write_features(now, tmp_path / "corrected")
    touched = {table.column("subject")[change].as_py(), (CHANGES[change] or {}).get("subject")} - {None}

    found = planned(corrected, out, by_subject=True)

    scored = now.to_pylist()[: len(last) - 1]
    assert found.subjects == touched
    assert found.plan.again == {row["source_id"] for row in scored if row["subject"] in touched}
    assert planned(features, out, by_subject=True).line() is None


def test_rejects_that_leave_are_no_clips_of_which_most_would_go(tmp_path: Path):
    many = generated.rows(SMALL_CLIPS + 1, steps=1)
    out, features = str(tmp_path / "out"), generated.write_features(many, tmp_path / "features")
    with open_table(out, generated.SCHEMA, {}) as predictions:
        correct(predictions, features, out, by_subject=False, accepted=False)
        predictions.publish(predictions.staging.write(many))
        gone = [
            Rejected(source_id=f"bad-{index}", uri="u", stage="decode", reason=Reason.FAILED, detail="") for index in range(SMALL_CLIPS)
        ]
        predictions.publish_rejects(gone)
        correct(predictions, features, out, by_subject=False, accepted=False)

    assert read_rejects(out).num_rows == 0


def test_a_subject_changes_one_prediction_alone_where_the_model_does_not_go_by_subject(table: pa.Table, model: str, tmp_path: Path):
    out, features = str(tmp_path / "out"), generated.write_features(table, tmp_path / "features")
    begun(out, model, table, features)
    corrected = generated.write_features(changed(table, {3: {"subject": "test-0"}}), tmp_path / "corrected")

    assert planned(corrected, out, by_subject=False).line() == "1 subject"


def test_a_clip_that_was_rejected_for_want_of_features_is_scored_once_it_has_some(table: pa.Table, model: str, tmp_path: Path):
    out, few = str(tmp_path / "out"), generated.write_features(table.slice(1), tmp_path / "few")
    predictor = begun(out, model, table.slice(1), few)
    with open_table(out, predictor.schema, {}) as predictions:
        rejects = [
            Rejected(source_id=name, uri="u", stage=stage, reason=Reason.FAILED, detail="")
            for name, stage in (("clip-000", "decode"), ("clip-005", "score"))
        ]
        predictions.publish_rejects(rejects)
    whole = generated.write_features(table, tmp_path / "whole")

    with open_table(out, predictor.schema, {}) as predictions:
        predictions.drop_outdated_rejects(set())
        found = planned(whole, out, by_subject=True)
        correct(predictions, whole, out, by_subject=True, accepted=False)

    assert found.plan.again_rejects == {"clip-000"}
    assert "clip-000" not in read_rejects(out).column("source_id").to_pylist()


def test_a_clip_of_another_region_is_scored_anew_though_its_features_have_the_same_scalars(table: pa.Table, model: str, tmp_path: Path):
    out, features = str(tmp_path / "out"), generated.write_features(table, tmp_path / "features")
    regions = pa.table({"source_id": table.column("source_id"), "region": pa.nulls(len(table), REGION)})
    beside(features).mkdir()
    (beside(features) / "sources.parquet").write_bytes(encode(regions))
    begun(out, model, table, features)
    other = [[0.0, 0.0, 0.5, 1.0] if index == 4 else None for index in range(len(table))]
    (beside(features) / "sources.parquet").write_bytes(encode(regions.set_column(1, "region", pa.array(other, REGION))))

    assert planned(features, out, by_subject=False).plan.again == {"clip-004"}


def test_a_model_trained_before_a_correction_is_named_when_it_scores(table: pa.Table, model: str, tmp_path: Path):
    features = generated.write_features(changed(table, {0: {"label": "sad"}, 3: {"subject": "x"}}), tmp_path / "features")
    learned = generated.Bundle.load(model).split

    told = trained_before(learned, planned(features, str(tmp_path / "out"), by_subject=True).truth.rows)

    assert told == (
        "This model was trained before a correction: some of its clips have another label (1) and another subject (1) now. "
        "Train again for it to learn that."
    )
    assert trained_before(learned, table) is None


def test_the_card_says_that_corrections_come_after_it(model: str):
    card = " ".join(generated.Bundle.load(model).card.split())

    assert "`split.parquet` beside this card has every clip's label and person as they were at the training." in card
    assert "What was corrected since, the model has not learned: `score` and `report` say of how many clips." in card


def test_a_damaged_part_of_the_features_takes_no_prediction_away(table: pa.Table, model: str, tmp_path: Path):
    out, features = str(tmp_path / "out"), generated.write_features(table, tmp_path / "features")
    begun(out, model, table, features)
    part = tmp_path / "features" / "part-1.parquet"
    part.write_bytes(part.read_bytes()[:-9])

    assert planned(features, out, by_subject=True).line() is None
