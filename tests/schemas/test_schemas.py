import pyarrow as pa
import pytest

from schemas import clips, features, predictions, rejects
from schemas.columns import differences
from schemas.emotions import EMOTIONS

ALL = {
    "clips": clips.CLIPS,
    "features": features.FEATURES,
    "predictions": predictions.PREDICTIONS,
    "rejects": rejects.REJECTS,
}


@pytest.mark.parametrize("name", ALL)
def test_every_column_says_its_unit_and_its_meaning(name: str):
    metadata = [field.metadata for field in ALL[name]]

    assert all(set(entry) == {b"unit", b"meaning"} and entry[b"meaning"] for entry in metadata)


def test_the_default_features_are_1024_of_the_feature_map_and_901_of_the_sound():
    schema = features.FEATURES

    assert schema.field("appearance").type.value_type.list_size == 1024
    assert schema.field("audio").type.value_type.list_size == 901
    assert schema.field("shape").type.value_type.list_size == 98


def test_the_emotions_stand_in_the_order_of_the_paper():
    assert EMOTIONS == ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def test_schemas_are_compared_by_names_and_types_only():
    wanted = pa.schema([pa.field("a", pa.string(), nullable=False, metadata={"unit": ""}), pa.field("b", pa.list_(pa.float32()))])
    same = pa.schema([pa.field("a", pa.large_string()), pa.field("b", pa.large_list(pa.field("item", pa.float32())))])
    other = pa.schema([pa.field("a", pa.string()), pa.field("b", pa.list_(pa.float64())), pa.field("c", pa.int8())])

    assert differences(wanted, same) == []
    assert differences(wanted, other) == [
        "b: expected list<item: float>, found list<item: double>",
        "c: expected no such column, found int8",
    ]


def test_a_vector_of_another_width_is_another_type():
    assert differences(features.schema(1024, 901), features.schema(1023, 901)) != []


def test_attention_rows_are_one_row_a_step_and_emotion():
    steps = [[[0.1 * emotion + step for emotion in range(7)] for step in range(count)] for count in (2, 0, 1)]
    table = pa.table(
        {
            "clip_id": ["one", "none", "other"],
            "step_time_s": pa.array([[0.0, 0.04], [], [1.5]], pa.list_(pa.float32())),
            "perception": pa.array(steps, predictions.PREDICTIONS.field("perception").type),
        }
    )

    rows = predictions.attention_rows(table).to_pandas()

    assert list(rows.columns) == ["clip_id", "time_s", "emotion", "weight"]
    assert rows["clip_id"].tolist() == ["one"] * 14 + ["other"] * 7
    assert rows["emotion"].tolist() == [*EMOTIONS] * 3
    assert rows["time_s"].tolist() == pytest.approx([0.0] * 7 + [0.04] * 7 + [1.5] * 7)
    assert rows["weight"].tolist() == pytest.approx([0.1 * e + s for s in (0, 1, 0) for e in range(7)])


def test_attention_rows_of_no_clips_are_no_rows():
    assert predictions.attention_rows(predictions.PREDICTIONS.empty_table()).num_rows == 0
