import json
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cluster.report.job import ReportOptions
from jobs.command import run
from jobs.report import main
from tests.avemo_core.report import made

SPLIT = pa.table({name: ["clip-00000"] for name in ("clip_id", "source_id", "subject", "label")} | {"split": ["train"]})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle in its folder."""
    folder = tmp_path_factory.mktemp("model")
    made.bundle(split=SPLIT).save(str(folder))
    return folder


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """A predictions table of two parts, without rows in one."""
    folder = tmp_path / "predictions"
    folder.mkdir()
    pq.write_table(made.predictions(3), folder / "part-0.parquet")
    pq.write_table(made.predictions(3).slice(0, 0), folder / "part-1.parquet")
    return folder


def code_of(monkeypatch: pytest.MonkeyPatch, **options: object) -> int:
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    monkeypatch.setattr("sys.argv", ["report.py", *arguments])
    with pytest.raises(SystemExit) as left:
        run(main, ReportOptions)
    return left.value.code


def test_the_last_line_says_where_the_report_is(
    model: Path, predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "report"
    (out / "media").mkdir(parents=True)
    (out / "report.json").write_text("{}")
    (out / "media" / "old.jpg").write_text("of an earlier report")

    code = code_of(monkeypatch, predictions=predictions, model=model, out=out, media="none")

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"report: {out}/index.html"
    assert not (out / "media").exists()
    assert 'id="fig4-embeddings"' in (out / "index.html").read_text()
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_what_the_page_warns_of_is_printed_too(
    model: Path, predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    table = pq.read_table(predictions)
    others = tmp_path / "others"
    others.mkdir()
    strangers = pa.array(["another-model"] * len(table), table.schema.field("model_id").type)
    pq.write_table(
        table.set_column(table.schema.get_field_index("model_id"), table.schema.field("model_id"), strangers), others / "part-0.parquet"
    )

    code = code_of(monkeypatch, predictions=others, model=model, out=tmp_path / "report", media="none")

    assert code == 0
    assert "note: The predictions were made by another-model, but the model shown here is" in capsys.readouterr().out


def test_a_folder_that_holds_something_else_is_left_alone(
    model: Path, predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "thesis.txt").write_text("years of work")

    code = code_of(monkeypatch, predictions=predictions, model=model, out=tmp_path)

    assert code == 2
    assert "holds something that is no report" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("missing", ["predictions", "model", "compare"])
def test_an_input_that_is_not_there_makes_no_sense(
    model: Path, predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
):
    given = {"predictions": predictions, "model": model, "out": tmp_path / "report", "media": "none", missing: tmp_path / "nothing"}

    assert code_of(monkeypatch, **given) == 2
    assert not (tmp_path / "report").exists()


def test_a_table_of_something_else_is_refused_with_what_differs(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "features").mkdir()
    pq.write_table(pa.table({"clip_id": ["a"]}), tmp_path / "features" / "part-0.parquet")

    code = code_of(monkeypatch, predictions=tmp_path / "features", model=model, out=tmp_path / "report")

    assert code == 2
    assert "perception: expected" in capsys.readouterr().err


def test_a_comparison_that_is_no_json_is_refused(model: Path, predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "compare").mkdir()
    (tmp_path / "compare" / "table.json").write_text(json.dumps({})[:-1])

    assert code_of(monkeypatch, predictions=predictions, model=model, out=tmp_path / "report", compare=tmp_path / "compare") == 2


def test_a_report_on_a_server_replaces_the_one_before_file_by_file(model: Path, predictions: Path, monkeypatch: pytest.MonkeyPatch):
    server = fsspec.filesystem("memory")
    server.pipe({"/reports/run/report.json": b"{}", "/reports/run/media/old.jpg": b"of an earlier report", "/reports/other.txt": b"stays"})

    code = code_of(monkeypatch, predictions=predictions, model=model, out="memory://reports/run", media="none")

    assert code == 0
    assert server.exists("/reports/run/index.html")
    assert server.exists("/reports/run/data/attention-0000.js")
    assert not server.exists("/reports/run/media/old.jpg")
    assert server.exists("/reports/other.txt")
