import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest

from avemo_core.report.build import MARKER, build
from avemo_core.report.figure_panels import plates
from avemo_core.report.headline import Tile
from avemo_core.report.inputs import Compared, Media, ReportInputs
from avemo_core.report.page import Page, Panel, html, inlined
from schemas.rejects import REJECTS
from tests.avemo_core.report import made

MARKUP = "<script>document.title='gone'</script>\"'&"
REJECT = {
    "clip_id": "x",
    "source_id": "x",
    "uri": "u",
    "stage": "read",
    "reason": "missing",
    "detail": "",
    "attempts": 1,
    "worker": "w",
    "time": 0,
}
TABLE_1 = (Compared(model="average encoding", splits={"test": (0.5, 0.4, 0.6)}, paper={"test": 0.4119}),)


class Read(HTMLParser):
    """What stands in a page: its text, its scripts, and everything it points to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.scripts, self.references = "", [], []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.scripts += [found.get("src")] if tag == "script" else []
        self.references += [found[name] for name in ("src", "href", "xlink:href") if found.get(name)]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of everything there can be, with markup in every name."""
    folder = tmp_path_factory.mktemp("report")
    named = made.replaced(
        made.predictions(9),
        clip_id=[f"{place}{MARKUP}" for place in range(9)],
        subject=[MARKUP] * 9,
        model_id=[MARKUP] * 9,
        uri=["/home/someone/clip.mp4"] * 9,
    )
    rejects = REJECTS.empty_table().from_pylist([REJECT], schema=REJECTS)
    inputs = ReportInputs(predictions=named, rejects=rejects, model=made.model(), compared=TABLE_1, title=MARKUP)
    build(inputs, folder, Media.BLURRED, media_clips=4)
    return folder


def page_of(folder: Path) -> Read:
    return Read((folder / "index.html").read_text(encoding="utf-8"))


def a_page(**changes: object) -> Page:
    plain = {"title": "t", "subtitle": "", "clips": 0, "tiles": (), "notes": (), "compared": (), "panels": (), "facts": {}, "footer": ""}
    return Page(**{**plain, **changes})


def test_a_report_points_to_nothing_outside_itself(whole: Path):
    inside = [each for each in page_of(whole).references if not each.startswith(("#", "data:"))]

    assert inside
    assert all((whole / each).is_file() for each in inside)


def test_the_vendored_library_comes_with_its_licence(whole: Path):
    assert "MIT License" in (whole / "assets" / "vendor" / "tabulator" / "LICENSE").read_text()


def test_every_figure_is_there_as_svg_and_png(whole: Path):
    names = {file.stem for file in (whole / "figures").glob("*.svg")}

    assert names == {file.stem for file in (whole / "figures").glob("*.png")}
    assert names == {
        *("fig2-alignment", "fig3-perception", "fig4-embeddings", "fig5-confusion", "table1"),
        *("history", "reliability", "risk-coverage", "rejects", "faults", "quality", "subjects"),
    }


def test_rows_with_a_fault_are_counted_or_it_is_said_why_not():
    table = made.predictions(14)
    before = made.replaced(table, fault=[None] * 14, decoded_share=[None] * 14)

    def caption(rows: pa.Table) -> str:
        return next(plate.caption for plate in plates(ReportInputs(predictions=rows), rows, None) if plate.name == "faults")

    assert caption(table).startswith("4 of 14 rows could be used though something was not right")
    assert caption(made.replaced(table, fault=[None] * 14)) == "No row has one."
    assert "a version that did not know of faults" in caption(before)


def test_markup_in_a_name_stays_text(whole: Path):
    page = page_of(whole)

    assert all(source and source.startswith(("assets/", "data/")) for source in page.scripts)
    assert page.text.count(MARKUP) >= 3
    assert "<script>document" not in (whole / "data" / "index.js").read_text(encoding="utf-8")


def test_where_the_videos_lie_is_nowhere_in_the_report(whole: Path):
    texts = [file.read_text(encoding="utf-8") for file in whole.rglob("*") if file.suffix in {".html", ".svg", ".json"}]

    assert not any("someone" in text for text in texts)


def test_a_report_says_that_it_is_one(whole: Path):
    assert json.loads((whole / MARKER).read_text()) == {"made_by": "avemo", "clips": 9, "media": "blurred"}


@pytest.mark.parametrize("missing", ["rows", "steps and labels"])
def test_the_page_stands_whatever_is_missing(tmp_path: Path, missing: str):
    table = made.predictions(2)
    nothing = {name: [[], []] for name in ("step_time_s", "perception", "alignment", "window_time_s")}
    tables = {"rows": table.slice(0, 0), "steps and labels": made.replaced(table, **nothing, label=[None, None])}

    built = build(ReportInputs(predictions=tables[missing]), tmp_path, Media.SHOWN, media_clips=2)

    assert built.clips == len(tables[missing])
    assert "To know when reading this report" in page_of(tmp_path).text
    assert (tmp_path / "data" / "index.js").is_file()


def test_a_window_of_another_width_is_shown():
    table = made.predictions(1, window=6)

    figures = {plate.name: plate.figure for plate in plates(ReportInputs(predictions=table), table, None)}

    assert [label.get_text() for label in figures["fig2-alignment"].axes[0].get_yticklabels()] == ["6", "5", "4", "3", "2", "1"]


def test_table_1_states_the_papers_figures_beside_ours():
    text = Read(html(a_page(compared=TABLE_1))).text

    assert re.search(r"average encoding50\.0 40\.0 to 60\.0--41\.2", text)


def test_table_1_has_the_mean_recall_beside_the_accuracy_and_says_what_intervals_are_over():
    rows = tuple(replace(row, uar={"test": (0.45, 0.35, 0.55)}, over={"test": "over 24 people"}) for row in TABLE_1)

    text = Read(html(a_page(compared=rows))).text

    assert re.search(r"modeltesttest, UAR.*average encoding50\.0 40\.0 to 60\.045\.0 35\.0 to 55\.0", text)
    assert "with 95 % intervals (test: over 24 people)" in text


def test_the_page_has_the_recall_of_every_emotion_where_any_clip_has_a_label():
    rows = [("fear", 12, "50.0 (25.0 to 75.0)"), ("sad", 0, "-")]

    assert "fear1250.0 (25.0 to 75.0)sad0-" in Read(html(a_page(recalls=rows))).text
    assert "By emotion" not in Read(html(a_page())).text


@pytest.mark.parametrize("field", ["title", "subtitle", "footer"])
def test_every_text_of_the_page_is_escaped(field: str):
    page = html(a_page(**{field: MARKUP}, tiles=[Tile(value=MARKUP, name="n")], notes=[MARKUP], facts={MARKUP: MARKUP}))

    assert MARKUP not in page
    assert Read(page).text.count(MARKUP) >= 5


def test_a_missing_figure_is_a_card_that_says_why():
    panels = [Panel(name="history", title="Training history", caption="No history.", svg=None)]

    assert "Training historyNo history." in Read(html(a_page(panels=panels))).text


def test_an_inlined_figure_takes_the_colour_of_the_page_and_brings_no_style_of_its_own():
    own = '<metadata>x</metadata><style>*{color:red}</style><g id="text_1" style="stroke: #000000"/>'
    svg = f'<svg width="10pt" height="5pt" viewBox="0 0 10 5">{own}</svg>'

    assert inlined(svg) == '<svg style="max-width:10pt" role="img" viewBox="0 0 10 5"><g style="stroke: currentColor"/></svg>'
