"""What is known of files without reading them."""

import os
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest

from avemo_core.corrections.files import changed_files, file_states, kept


def states(*paths: str) -> list[tuple[int | None, str | None, bool]]:
    found = file_states(pa.chunked_array([pa.array(paths, pa.string())]))
    return list(zip(*found.table.to_pydict().values(), found.is_gone.to_pylist(), strict=True))


def write(path: Path, size_bytes: int, time_ns: int) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size_bytes))
    os.utime(path, ns=(time_ns, time_ns))
    return str(path)


@pytest.mark.parametrize("beside", [0, 9], ids=["few are asked for", "a folder is listed"])
def test_files_on_a_disk_have_size_and_time_in_the_order_of_the_paths(tmp_path: Path, beside: int):
    others = [write(tmp_path / "a" / f"{index}.mp4", 1, 1) for index in range(beside)]
    b, a = write(tmp_path / "b" / "one.mp4", 5, 1234), write(tmp_path / "a" / "two.mp4", 7, 99)
    (tmp_path / "a" / "link.mp4").symlink_to(tmp_path / "nowhere")

    found = states(b, a, b, str(tmp_path / "a" / "link.mp4"), str(tmp_path / "none" / "c.mp4"), *others)

    gone = (None, None, True)
    assert found[:5] == [(5, "1234", False), (7, "99", False), (5, "1234", False), gone, gone]
    assert found[5:] == [(1, "1", False)] * beside


@pytest.mark.parametrize("protocol", ["file", "local"])
def test_an_address_of_a_file_on_a_disk_is_that_file(tmp_path: Path, protocol: str):
    path = write(tmp_path / "a.mp4", 5, 1234)
    (tmp_path / "link.mp4").symlink_to(path)

    assert states(f"{protocol}://{path}", f"{protocol}://{tmp_path}/link.mp4", path) == [(5, "1234", False)] * 3


def test_a_question_mark_in_a_key_is_a_letter_of_it():
    store, path = fsspec.filesystem("memory"), "memory://corpus-asked/all/who?.mp4"
    store.pipe_file(path, b"12345")

    found = states(path)
    store.rm("memory://corpus-asked", recursive=True)

    assert [size for size, _, _ in found] == [5]


def test_a_web_address_and_a_file_within_a_file_are_not_asked():
    assert states("https://host.invalid/a.mp4", "zip://a.mp4::/x.zip", "s3://bucket/a.mp4?versionId=1") == [(None, None, False)] * 3


@pytest.mark.parametrize(
    ("folders", "files"),
    [
        pytest.param(2, 6, id="listed"),
        pytest.param(2, 2, id="asked for one by one"),
        pytest.param(2001, 1, id="listed from above", marks=pytest.mark.slow),
    ],
)
def test_files_of_a_store_have_its_tags(folders: int, files: int):
    store, root = fsspec.filesystem("memory"), f"memory://corpus-{folders}-{files}"
    paths = [f"{root}/all/{folder}/{index}.mp4" for folder in range(folders) for index in range(files)]
    store.pipe(dict.fromkeys(paths, b"12345"))

    before = states(*paths, f"{root}/all/0/none.mp4")
    store.pipe_file(paths[1], b"54321")
    after = states(*paths)
    store.rm(root, recursive=True)

    assert {size for size, _, _ in after} == {5}
    assert before[-1] == (None, None, True)
    assert [index for index in range(len(paths)) if before[index][1] != after[index][1]] == [1]


def test_a_folder_that_cannot_be_listed_says_why_and_nothing_is_gone():
    found = file_states(pa.chunked_array([["nosuch://key:secret@bucket/a.mp4"]]))

    assert (found.table.to_pylist(), found.is_gone.to_pylist()) == ([{"size_bytes": None, "modified": None}], [False])
    assert list(found.silent) == ["nosuch://bucket"]


def table(*rows: tuple[str, str, int | None, str | None]) -> pa.Table:
    names = ["source_id", "uri", "size_bytes", "modified"]
    schema = pa.schema(zip(names, [pa.string(), pa.string(), pa.int64(), pa.string()], strict=True))
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema)


NOTE = table(
    ("a", "/a", 1, "1"), ("b", "/b", 1, "1"), ("c", "/c", 1, "1"), ("d", "/d", 1, "1"), ("e", "/e", None, None), ("f", "/f", 1, "1")
)
NOW = table(
    ("a", "/a", 2, "2"), ("b", "/b", 1, "2"), ("c", "/c", None, None), ("d", "/x", 9, "9"), ("e", "/e", 1, "1"), ("g", "/g", 1, "1")
)


def test_another_size_is_another_content_and_another_time_may_be():
    resized, touched = changed_files(NOW, NOTE)

    assert (resized.to_pylist(), touched.to_pylist()) == (["a"], ["b"])
    assert [part.to_pylist() for part in changed_files(NOW, None) + changed_files(NOW, NOTE.select(["source_id", "uri"]))] == [[]] * 4


def test_what_was_noted_of_a_file_stays_while_nothing_else_is_known():
    assert kept(NOW, NOTE).column("size_bytes").to_pylist() == [2, 1, 1, 9, 1, 1]
    assert kept(table(("a", "/elsewhere", None, None)), NOTE).to_pylist() == [{"size_bytes": None, "modified": None}]
