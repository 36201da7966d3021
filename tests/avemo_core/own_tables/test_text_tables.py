"""Tables of one's own that are text: csv and ARFF, their encodings, and what cannot be read with how to save it."""

from pathlib import Path

import pytest

from avemo_core.errors import ConfigError
from avemo_core.own_tables.reading import read
from tests.avemo_core.own_tables.written import SMILE_ARFF, SMILE_CSV, written


def test_an_arff_may_be_in_capitals_with_comments_and_quoted_names(tmp_path: Path):
    head = "% before @data\n@RELATION x\n@ATTRIBUTE name string\n@ATTRIBUTE frameTime numeric\n@ATTRIBUTE 'F0 raw' numeric\n"
    arff = head + "\n@DATA\n% c\n'one',0,1\n"

    table = read(written(tmp_path, "all.arff", arff), faces=False)

    assert (table.columns, list(table.rows)) == (("F0 raw",), ["one"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("name", "content"),
    [("all.csv", SMILE_CSV), ("all.csv", f"sep=;\n{SMILE_CSV}"), ("all.csv", SMILE_CSV.replace("\n", "\r\n")), ("all.arff", SMILE_ARFF)],
)
def test_a_table_of_text_is_read_in_utf_8_and_in_utf_16_and_behind_a_spreadsheets_line(
    tmp_path: Path, name: str, content: str, encoding: str
):
    (tmp_path / name).write_bytes(content.encode(encoding))

    one = read(str(tmp_path / name), faces=False).rows["one"]

    assert (one.time_s.tolist(), one.vectors[:, 0].tolist()) == ([0.0, 0.01], [110.5, 111.5])


@pytest.mark.parametrize(
    ("encoding", "fault"),
    [("cp1252", "line 2 is not UTF-8"), ("utf-16-le", "line 1 holds a zero byte, as UTF-16 does and what is no text")],
)
def test_a_table_of_text_in_another_encoding_is_refused_with_how_to_save_it(tmp_path: Path, encoding: str, fault: str):
    (tmp_path / "all.csv").write_bytes("clip_id,time_s,x\nmüller,0,1\n".encode(encoding))

    with pytest.raises(ConfigError, match=rf"cannot be read as \.csv: {fault}; save the table as UTF-8"):
        read(str(tmp_path / "all.csv"), faces=False)


def test_a_sparse_arff_is_refused_with_how_to_save_it(tmp_path: Path):
    sparse = SMILE_ARFF.partition("@data")[0] + "@data\n{0 one, 1 0.01, 2 110.5}\n"

    with pytest.raises(ConfigError, match=r"its rows are sparse .*: save it with a value for every attribute"):
        read(written(tmp_path, "all.arff", sparse), faces=False)


def test_an_arff_without_times_is_refused(tmp_path: Path):
    arff = SMILE_ARFF.replace("@attribute frameTime numeric\n", "").replace(",0.0,", ",").replace(",0.01,", ",")

    with pytest.raises(ConfigError, match=r"expected clip_id, time_s and values.*found name, F0_sma"):
        read(written(tmp_path, "all.arff", arff), faces=False)
