from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from pympi import Eaf

from avemo_core.export.formats import Format
from schemas.emotions import EMOTIONS
from tests.avemo_core.export.written import HOSTILE, ONE_LINE, Row, table, write

SEGMENTS = table(
    Row(of="#0-2000", emotion="happy", confidence=0.1, peaks_s=(0.4, 1.2), subject=HOSTILE),
    Row(of="#2000-4000", range_s=(2.0, 4.0), emotion="sad", confidence=float("nan"), peaks_s=(2.1,), subject=HOSTILE),
)


def tiers_of(document: Eaf) -> dict[str, list[tuple[object, ...]]]:
    """Tier -> its annotations as pympi reads them: start and stop in milliseconds, the text, and that of the parent."""
    return {name: sorted(document.get_annotation_data_for_tier(name)) for name in document.get_tier_names()}


def test_tiers_hold_emotion_confidence_speaker_and_peaks(tmp_path: Path):
    write(SEGMENTS, Format.EAF, tmp_path)

    assert tiers_of(Eaf(str(tmp_path / "clip.eaf"))) == {
        "emotion": [(0, 2000, "happy"), (2000, 4000, "sad")],
        "confidence": [(0, 2000, "0.1", "happy")],
        "speaker": [(0, 2000, ONE_LINE, "happy"), (2000, 4000, ONE_LINE, "sad")],
        "peaks": [(250, 550, "happy"), (1050, 1350, "happy"), (2000, 2250, "sad")],
    }


def test_each_tier_is_of_a_type_that_says_how_it_is_aligned(tmp_path: Path):
    write(SEGMENTS, Format.EAF, tmp_path)

    document = Eaf(str(tmp_path / "clip.eaf"))
    types = {name: document.get_parameters_for_linguistic_type(name) for name in document.get_linguistic_type_names()}
    assert {
        name: (kind["TIME_ALIGNABLE"], kind.get("CONSTRAINTS"), kind.get("CONTROLLED_VOCABULARY_REF")) for name, kind in types.items()
    } == {
        "emotion": ("true", None, "emotions"),
        "confidence": ("false", "Symbolic_Association", None),
        "speaker": ("false", "Symbolic_Association", None),
        "peaks": ("true", None, "emotions"),
    }
    assert {name: document.get_parameters_for_tier(name)["LINGUISTIC_TYPE_REF"] for name in document.get_tier_names()} == {
        name: name for name in types
    }
    assert document.get_child_tiers_for("emotion") == ["confidence", "speaker"]
    assert [values[0][0] for values, _ in document.get_cv_entries("emotions").values()] == list(EMOTIONS)


def test_the_video_is_found_from_where_the_document_is(tmp_path: Path):
    write(
        table(Row(uri="/corpus/videos/a&b.MPG"), Row(clip="s", uri="s3://bucket/x.mkv"), Row(clip="b", uri="/corpus/out/b.mp4")),
        Format.EAF,
        tmp_path,
    )

    linked = {file.stem: Eaf(str(file)).get_linked_files() for file in tmp_path.iterdir()}
    assert linked == {
        "a_b": [{"MEDIA_URL": "../videos/a&b.MPG", "MIME_TYPE": "video/mpeg", "RELATIVE_MEDIA_URL": "../videos/a&b.MPG"}],
        "x": [{"MEDIA_URL": "s3://bucket/x.mkv", "MIME_TYPE": "unknown"}],
        "b": [{"MEDIA_URL": "./b.mp4", "MIME_TYPE": "video/mp4", "RELATIVE_MEDIA_URL": "./b.mp4"}],
    }


def test_time_slots_stand_in_the_order_of_time_and_an_end_before_the_start_that_it_touches(tmp_path: Path):
    write(SEGMENTS, Format.EAF, tmp_path)

    root = ET.parse(tmp_path / "clip.eaf").getroot()  # noqa: S314 - written by the test
    slots = [(slot.get("TIME_SLOT_ID"), int(slot.get("TIME_VALUE"))) for slot in root.iter("TIME_SLOT")]
    places = {name: place for place, (name, _) in enumerate(slots)}
    happy, sad = list(root.iter("ALIGNABLE_ANNOTATION"))[:2]
    assert [time for _, time in slots] == sorted(time for _, time in slots)
    assert places[happy.get("TIME_SLOT_REF2")] < places[sad.get("TIME_SLOT_REF1")]


def test_the_elements_are_those_of_the_schema_in_its_order(tmp_path: Path):
    write(SEGMENTS, Format.EAF, tmp_path)

    root = ET.parse(tmp_path / "clip.eaf").getroot()  # noqa: S314 - written by the test
    assert list(dict.fromkeys(child.tag for child in root)) == [
        *("HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LANGUAGE", "CONSTRAINT", "CONTROLLED_VOCABULARY"),
    ]
    assert (root.get("FORMAT"), datetime.fromisoformat(root.get("DATE")).tzinfo is not None) == ("3.0", True)
    ids = [each.get("ANNOTATION_ID") for each in root.iter() if each.get("ANNOTATION_ID")]
    assert len(set(ids)) == len(ids) == int(root.findtext("HEADER/PROPERTY"))
    entries = {each.get("CVE_ID"): each.findtext("CVE_VALUE") for each in root.iter("CV_ENTRY_ML")}
    assert {(entries[each.get("CVE_REF")], each.findtext("ANNOTATION_VALUE")) for each in root.iter("ALIGNABLE_ANNOTATION")} == {
        ("happy", "happy"),
        ("sad", "sad"),
    }


def test_a_clip_of_one_step_is_one_annotation_without_a_peak(tmp_path: Path):
    write(table(Row(range_s=(0.5, 0.54))), Format.EAF, tmp_path)

    tiers = tiers_of(Eaf(str(tmp_path / "clip.eaf")))
    assert (tiers["emotion"], tiers["peaks"], tiers["speaker"]) == ([(500, 540, "happy")], [], [])
