from pathlib import Path, PurePosixPath

import fsspec
import pytest

from avemo_core.corpora.clips_csv import clips_csv
from avemo_core.corpora.corpus_folder import open_corpus
from avemo_core.corpora.layouts import LayoutRow
from avemo_core.errors import ConfigError

ROW = LayoutRow(path=PurePosixPath("happy/a.mp4"), label="happy")


def test_a_folder_on_a_disk_is_its_names_and_their_bytes(tmp_path: Path):
    for name in ("happy/b.mp4", "happy/a, 1.mp4", "list.csv", "happy/._a.mp4", ".trash/c.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())

    corpus = open_corpus(str(tmp_path))

    assert [path.as_posix() for path in corpus.paths] == ["happy/a, 1.mp4", "happy/b.mp4", "list.csv"]
    assert corpus.read(PurePosixPath("list.csv")) == b"list.csv"


def test_a_folder_behind_a_url_is_the_same():
    memory = fsspec.filesystem("memory")
    memory.pipe({"/corpus/deep/happy/a.mp4": b"", "/corpus/deep/list.csv": b"x"})

    corpus = open_corpus("memory://corpus/deep")

    assert [path.as_posix() for path in corpus.paths] == ["happy/a.mp4", "list.csv"]
    assert corpus.read(PurePosixPath("list.csv")) == b"x"


def test_a_list_that_cannot_be_read_is_said_with_its_name(tmp_path: Path):
    (tmp_path / "list.csv").touch()
    corpus = open_corpus(str(tmp_path))
    (tmp_path / "list.csv").unlink()

    with pytest.raises(ConfigError, match=r"list\.csv: cannot be read"):
        corpus.read(PurePosixPath("list.csv"))


@pytest.mark.parametrize(
    ("corpus", "table_folder", "path"),
    [
        ("/data/corpus", "/data", "corpus/happy/a.mp4"),
        ("/data/corpus", "/", "data/corpus/happy/a.mp4"),
        ("/data/corpus/", "/data/cor", "/data/corpus/happy/a.mp4"),
        ("s3://bucket/corpus", "s3://bucket", "corpus/happy/a.mp4"),
        ("s3://bucket/corpus", "/home/me", "s3://bucket/corpus/happy/a.mp4"),
    ],
)
def test_a_clip_is_named_as_the_table_will_find_it(corpus: str, table_folder: str, path: str):
    assert clips_csv([ROW], corpus, table_folder) == f"clip_id,path,label,split,subject\nhappy/a,{path},happy,,\n"
