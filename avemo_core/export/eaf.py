"""An annotation document for ELAN: tiers over the video.

Source: ELAN Annotation Format 3.0 (EAFv3.0.xsd). Times are whole milliseconds, and time slots stand in the order of time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import PurePosixPath
from typing import Final
from xml.etree import ElementTree as ET

from avemo_core.export.cues import around_peaks
from avemo_core.export.timeline import Interval, Timeline, milliseconds, one_line
from avemo_core.export.videos import Video
from schemas.emotions import EMOTIONS

VOCABULARY: Final = "emotions"
"""The controlled vocabulary: the seven emotions, which ELAN offers as a list to whoever corrects a label."""

_ROOT: Final = {
    "AUTHOR": "avemo",
    "FORMAT": "3.0",
    "VERSION": "3.0",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
}
_MIME_TYPES: Final = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mpg": "video/mpeg",
    ".mpeg": "video/mpeg",
    ".mov": "video/quicktime",
    ".wav": "audio/x-wav",
}
"""Those that ELAN has a name for; it calls all others unknown, and looks at the file."""
_CONSTRAINTS: Final = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed within this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to the same parent are ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
}
"""The four that ELAN knows, in its own words; every document lists them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Annotation:
    """One annotation: aligned with a range of time, or with another annotation."""

    name: str
    value: str
    range_ms: tuple[int, int] | None = None
    parent: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tier:
    """One tier: an element's attributes, and its annotations."""

    attributes: dict[str, str]
    annotations: list[_Annotation]


def eaf(video: Video, made_at: datetime) -> bytes:
    """The document: tiers emotion, confidence, speaker and peaks, numbered where the video has several timelines.

    Confidence and speaker hang on the emotion's annotations (symbolic association), so they move with them; a peak is a short
    annotation around its moment.

    Args:
        video: what is annotated.
        made_at: the document's date, with a time zone.
    """
    root = ET.Element("ANNOTATION_DOCUMENT", _ROOT | {"DATE": made_at.isoformat(timespec="seconds")})
    names = count(1)
    tiers = [tier for line in video.timelines for tier in _tiers(line, names)]
    _add_header(root, video.media, next(names) - 1)
    slots = _add_time_order(root, tiers)
    for tier in tiers:
        _add_tier(root, tier, slots)
    _add_types(root)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def _tiers(line: Timeline, names: "count[int]") -> Iterator[_Tier]:
    intervals = [each for each in line.intervals if milliseconds(each.start_s) < milliseconds(each.stop_s)]
    emotions = [
        _Annotation(name=f"a{next(names)}", value=each.row.named, range_ms=(milliseconds(each.start_s), milliseconds(each.stop_s)))
        for each in intervals
    ]
    marked = [each.row.named for each in intervals for _ in each.peaks]
    ranges = [(milliseconds(start_s), milliseconds(stop_s)) for start_s, stop_s in around_peaks(intervals)]
    peaks = [
        _Annotation(name=f"a{next(names)}", value=value, range_ms=range_ms)
        for value, range_ms in zip(marked, ranges, strict=True)
        if range_ms[0] < range_ms[1]
    ]

    def dependent(text_of: Callable[[Interval], str]) -> list[_Annotation]:
        return [
            _Annotation(name=f"a{next(names)}", value=text, parent=emotion.name)
            for emotion, interval in zip(emotions, intervals, strict=True)
            if (text := text_of(interval))
        ]

    speakers = {interval.speaker for interval in intervals}
    participant = {"PARTICIPANT": next(iter(speakers))} if len(speakers) == 1 and "" not in speakers else {}
    parent = {"PARENT_REF": f"emotion{line.suffix}"}

    def attributes(kind: str, **more: str) -> dict[str, str]:
        return {"LINGUISTIC_TYPE_REF": kind, "TIER_ID": f"{kind}{line.suffix}", **participant, **more}

    yield _Tier(attributes=attributes("emotion"), annotations=emotions)
    yield _Tier(attributes=attributes("confidence", **parent), annotations=dependent(lambda each: each.row.confidence_text))
    yield _Tier(attributes=attributes("speaker", **parent), annotations=dependent(lambda each: each.speaker))
    yield _Tier(attributes=attributes("peaks"), annotations=peaks)


def _add_header(root: ET.Element, media: str, annotations: int) -> None:
    header = ET.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    kind = _MIME_TYPES.get(PurePosixPath(media).suffix.lower(), "unknown")
    url = one_line(media if "://" in media or media.startswith("../") else f"./{media}")
    relative = {} if "://" in media else {"RELATIVE_MEDIA_URL": url}
    ET.SubElement(header, "MEDIA_DESCRIPTOR", {"MEDIA_URL": url, "MIME_TYPE": kind, **relative})
    ET.SubElement(header, "PROPERTY", {"NAME": "lastUsedAnnotationId"}).text = str(annotations)


def _add_time_order(root: ET.Element, tiers: Sequence[_Tier]) -> dict[str, tuple[str, str]]:
    """A slot for either end of each aligned annotation; annotation -> its two slots.

    ELAN goes by the order of the slots: where two annotations touch, the end of one stands before the start of the next.
    """
    ranges = {each.name: each.range_ms for tier in tiers for each in tier.annotations if each.range_ms is not None}
    ends = sorted((time_ms, is_start, name) for name, times in ranges.items() for time_ms, is_start in zip(times, (1, 0), strict=True))
    order = ET.SubElement(root, "TIME_ORDER")
    ids = {}
    for place, (time_ms, is_start, name) in enumerate(ends, 1):
        ids[name, is_start] = f"ts{place}"
        ET.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": f"ts{place}", "TIME_VALUE": str(time_ms)})
    return {name: (ids[name, 1], ids[name, 0]) for name in ranges}


def _add_tier(root: ET.Element, tier: _Tier, slots: dict[str, tuple[str, str]]) -> None:
    element = ET.SubElement(root, "TIER", tier.attributes)
    is_emotion = tier.attributes["LINGUISTIC_TYPE_REF"] != "speaker"
    for each in tier.annotations:
        holder = ET.SubElement(element, "ANNOTATION")
        entry = {"CVE_REF": _entry_id(each.value)} if is_emotion and each.value in EMOTIONS else {}
        if each.parent is None:
            first, last = slots[each.name]
            attributes = {"ANNOTATION_ID": each.name, **entry, "TIME_SLOT_REF1": first, "TIME_SLOT_REF2": last}
            written = ET.SubElement(holder, "ALIGNABLE_ANNOTATION", attributes)
        else:
            written = ET.SubElement(holder, "REF_ANNOTATION", {"ANNOTATION_ID": each.name, "ANNOTATION_REF": each.parent})
        ET.SubElement(written, "ANNOTATION_VALUE").text = each.value


def _add_types(root: ET.Element) -> None:
    """Linguistic types, the language and the constraints they refer to, and the vocabulary, in the order that the schema wants."""
    aligned = {"GRAPHIC_REFERENCES": "false", "TIME_ALIGNABLE": "true", "CONTROLLED_VOCABULARY_REF": VOCABULARY}
    dependent = {"GRAPHIC_REFERENCES": "false", "TIME_ALIGNABLE": "false", "CONSTRAINTS": "Symbolic_Association"}
    for kind, attributes in (("emotion", aligned), ("confidence", dependent), ("speaker", dependent), ("peaks", aligned)):
        ET.SubElement(root, "LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": kind, **attributes})
    language = {"LANG_ID": "eng", "LANG_DEF": "http://cdb.iso.org/lg/CDB-00138502-001", "LANG_LABEL": "English (eng)"}
    ET.SubElement(root, "LANGUAGE", language)
    for stereotype, description in _CONSTRAINTS.items():
        ET.SubElement(root, "CONSTRAINT", {"STEREOTYPE": stereotype, "DESCRIPTION": description})
    vocabulary = ET.SubElement(root, "CONTROLLED_VOCABULARY", {"CV_ID": VOCABULARY})
    ET.SubElement(vocabulary, "DESCRIPTION", {"LANG_REF": "eng"}).text = "the seven emotions of the model"
    for emotion in EMOTIONS:
        entry = ET.SubElement(vocabulary, "CV_ENTRY_ML", {"CVE_ID": _entry_id(emotion)})
        ET.SubElement(entry, "CVE_VALUE", {"DESCRIPTION": "", "LANG_REF": "eng"}).text = emotion


def _entry_id(emotion: str) -> str:
    return f"cveid_{emotion}"
