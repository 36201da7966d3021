"""Write a report: read predictions, model and clips, build the page in a fresh folder, and put that in the target's place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pyarrow as pa

from avemo_core.corpora.clips_table import read_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError, TableError
from avemo_core.report.build import MARKER, PAGE, Built, build
from avemo_core.report.bundles import model_of
from avemo_core.report.inputs import Compared, Media, ReportInputs
from avemo_core.report.labels import check_agreement
from avemo_core.report.table1 import FILE as TABLE_1
from avemo_core.report.table1 import compared_of
from cluster.ray.session import resolve
from cluster.storage.bundles import load_bundle
from cluster.storage.location import is_remote, open_folder, usable
from cluster.storage.replaced import replaced, upload_marked
from cluster.tables import format1
from cluster.tables.parts import read
from cluster.tables.rejects import read_rejects
from schemas.columns import differences
from schemas.predictions import WINDOW, schema

MEDIA_CLIPS: Final = 1000
"""Default number of clips with thumbnails and videos."""


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """Options of `report`."""

    predictions: str
    """The table that `score` wrote."""
    model: str
    """The model, the folder that `train` wrote."""
    out: str
    """Folder for the report; a report that is there is replaced."""
    clips: str | None = None
    """Clips table: where the videos are now, and labels, subjects and splits that the predictions lack."""
    reading: ReadOptions = field(default_factory=ReadOptions)
    """How the clips are read: as extract read them."""
    compare: str | None = None
    """Folder that `compare` wrote, for Table 1."""
    media: Media = Media.BLURRED
    """blurred: thumbnails with blurred faces; shown: thumbnails and videos; none: attention strips only."""
    media_clips: int = MEDIA_CLIPS
    """Make thumbnails and videos of at most so many clips: errors first, the most confident ahead; then others, evenly spread."""
    title: str = "avemo report"
    """Heading of the page."""

    def __post_init__(self) -> None:
        """Check what can be checked without reading."""
        if self.media_clips < 0:
            raise ConfigError(f"--media-clips {self.media_clips}: expected 0 or more")


def report(options: ReportOptions) -> Built:
    """Write the report.

    Raises:
        ConfigError: an input is missing or not valid, the clips say otherwise than the predictions, or the output holds
            something that is no report.
    """
    target = resolve(options.out)
    _refuse_other_content(target)
    inputs = ReportInputs(
        predictions=_predictions(resolve(options.predictions)),
        rejects=read_rejects(resolve(options.predictions)),
        model=model_of(load_bundle(resolve(options.model))),
        clips=None if options.clips is None else read_clips(resolve(options.clips), _lenient(options.reading)),
        compared=() if options.compare is None else _compared(resolve(options.compare)),
        title=options.title,
    )
    if inputs.clips is not None:
        check_agreement(inputs.predictions, inputs.clips)
    with replaced(target, lambda local, place: upload_marked(local, place, MARKER, page=PAGE)) as folder:
        return build(inputs, folder, options.media, options.media_clips)


def _lenient(reading: ReadOptions) -> ReadOptions:
    """Nothing is measured by the table's splits here, and clips of other labels have no predictions."""
    return replace(reading, skip_other_labels=True, same_people_in_splits=True)


def _predictions(location: str) -> pa.Table:
    try:
        table = format1.upgraded(read(location))
    except TableError as error:
        raise ConfigError(str(error)) from error
    if lines := differences(schema(_window(table)), table.schema):
        raise ConfigError(f"{location}: not a predictions table\n  " + "\n  ".join(lines))
    return table


def _window(table: pa.Table) -> int:
    """Length of the table's alignment windows; the default where its column is something else, which `differences` then shows."""
    if "alignment" not in table.column_names or not pa.types.is_list(table.schema.field("alignment").type):
        return WINDOW
    vector = table.schema.field("alignment").type.value_type
    return int(vector.list_size) if pa.types.is_fixed_size_list(vector) else WINDOW


def _refuse_other_content(target: str) -> None:
    """Refuse a file, and a folder with anything but an earlier report: the folder is replaced."""
    if not is_remote(target) and Path(target).is_file():
        raise ConfigError(f"{target}: expected a folder for the report, found a file")
    with usable(target):
        folder = open_folder(target)
        is_report = not folder.tree() or folder.read(MARKER) is not None
    if not is_report:
        raise ConfigError(f"{target}: holds something that is no report ({MARKER} is missing); give another folder, or empty it")


def _compared(location: str) -> tuple[Compared, ...]:
    content = open_folder(location).read(TABLE_1)
    if content is None:
        raise ConfigError(f"{location}: expected the folder that compare wrote, found no {TABLE_1}")
    try:
        return compared_of(json.loads(content))
    except ValueError as error:
        raise ConfigError(f"{location}/{TABLE_1}: not JSON: {error}") from error
