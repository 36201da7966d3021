"""Write a report: figures, the clips' data, media, and the page that shows them."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from avemo_core.figures.style import laid_out, png, svg
from avemo_core.report.attention_files import write_attention_files
from avemo_core.report.figure_panels import FigurePanel, plates
from avemo_core.report.headline import media_notes, notes, recalls, tiles, without_picture
from avemo_core.report.index import clip_index
from avemo_core.report.inputs import Media, ReportInputs
from avemo_core.report.labels import joined
from avemo_core.report.media.pictured import make_pictures
from avemo_core.report.page import ASSETS, Page, Panel, html
from avemo_core.report.scoring import Scores, scores
from avemo_core.report.scripts import script

PAGE: Final = "index.html"
"""What is opened in a browser."""

MARKER: Final = "report.json"
"""Says that a folder is a report, so that a new one may take its place."""

FOOTER: Final = "Made by avemo. Nothing on this page is loaded from elsewhere. What is predicted is an expression, not what a person feels."


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """What was written."""

    clips: int
    figures: int
    pictured: int
    """Clips with thumbnails or a video."""
    without_picture: dict[str, int]
    """Reason -> clips whose file gave no picture."""
    size_bytes: int
    notes: tuple[str, ...]
    """What must not be misread, as the page says it."""


def build(inputs: ReportInputs, folder: Path, media: Media, media_clips: int) -> Built:
    """Write a report into an empty folder.

    Args:
        inputs: the tables and values it is made from.
        folder: is made if it is not there.
        media: how much of the clips' pictures goes in.
        media_clips: make thumbnails and videos of at most so many clips.

    Raises:
        ConfigError: faces are to be blurred and the detector's model file is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = joined(inputs.predictions, inputs.clips)
    scored = scores(table, inputs.model)
    pictures = make_pictures(table, folder, media, media_clips)
    _write_data(folder / "data", table, scored, write_attention_files(folder / "data", table, pictures))
    told = tuple(notes(inputs, table, scored))
    panels = [_panel(folder, plate) for plate in plates(inputs, table, scored)]
    page = Page(
        title=inputs.title,
        subtitle="" if inputs.model is None else f"model {inputs.model.model_id}",
        clips=len(table),
        tiles=list(tiles(inputs, table, scored)),
        notes=[*told, *media_notes(len(table), media, pictures)],
        recalls=list(recalls(scored)),
        compared=inputs.compared,
        panels=panels,
        facts={} if inputs.model is None else inputs.model.facts,
        footer=FOOTER,
    )
    (folder / PAGE).write_text(html(page), encoding="utf-8")
    shutil.copytree(str(ASSETS), folder / "assets", dirs_exist_ok=True, ignore=shutil.ignore_patterns(PAGE))
    (folder / MARKER).write_text(json.dumps({"made_by": "avemo", "clips": len(table), "media": media.value}), encoding="utf-8")
    return Built(
        clips=len(table),
        figures=sum(panel.svg is not None for panel in panels),
        pictured=sum(bool(made.thumbnails or made.video) for made in pictures.values()),
        without_picture=without_picture(pictures),
        size_bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        notes=told,
    )


def _write_data(folder: Path, table: pa.Table, scored: Scores | None, first_rows: list[int]) -> None:
    counted = [] if scored is None else scored.is_counted.astype(int).tolist()
    index = {**clip_index(table, first_rows), "counted": counted}
    (folder / "index.js").write_text(script("avemo.takeIndex", index), encoding="utf-8")


def _panel(folder: Path, plate: FigurePanel) -> Panel:
    drawn = None
    if plate.figure is not None:
        figure = laid_out(plate.figure)
        drawn = svg(figure)
        (folder / "figures").mkdir(exist_ok=True)
        (folder / "figures" / f"{plate.name}.svg").write_text(drawn, encoding="utf-8")
        (folder / "figures" / f"{plate.name}.png").write_bytes(png(figure))
    return Panel(name=plate.name, title=plate.title, caption=plate.caption, svg=drawn)
