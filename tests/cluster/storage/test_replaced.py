"""A folder takes its place whole, or leaves what is there."""

from pathlib import Path

import pytest

from cluster.storage.replaced import replaced, upload_marked


def test_a_folder_takes_the_place_of_the_one_before_with_nothing_of_it_left(tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.mkdir()
    (target / "old.html").write_text("old")

    with replaced(str(target), _no_upload) as fresh:
        (fresh / "index.html").write_text("new")

    assert [path.name for path in target.iterdir()] == ["index.html"]
    assert list(tmp_path.iterdir()) == [target]
    assert target.stat().st_mode & 0o777 == 0o755


def test_a_folder_that_fails_leaves_the_one_before_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.mkdir()
    (target / "old.html").write_text("old")

    with pytest.raises(IsADirectoryError), replaced(str(target), _no_upload) as fresh:
        fresh.write_text("half")

    assert (target / "old.html").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_marker_is_the_last_that_reaches_a_store_and_files_of_before_leave_it(tmp_path: Path) -> None:
    local, store = tmp_path / "local", tmp_path / "store"
    local.mkdir()
    (local / "export.json").write_text("done")
    (local / "a.eaf").write_text("a")
    store.mkdir()
    (store / "export.json").write_text("done")
    (store / "gone.eaf").write_text("gone")

    upload_marked(local, str(store), "export.json")

    files = {path.name: path for path in store.iterdir()}
    assert {name: path.read_text() for name, path in files.items()} == {"a.eaf": "a", "export.json": "done"}
    assert files["export.json"].stat().st_mtime_ns >= files["a.eaf"].stat().st_mtime_ns


def test_what_a_browser_opens_reaches_a_store_after_what_it_shows(tmp_path: Path) -> None:
    local, store = tmp_path / "local", tmp_path / "store"
    (local / "media").mkdir(parents=True)
    for name in ("index.html", "media/z.png", "report.json", "script.js"):
        (local / name).write_text(name)

    upload_marked(local, str(store), "report.json", page="index.html")

    written = sorted((path for path in store.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
    assert [path.name for path in written[-2:]] == ["index.html", "report.json"]
    assert len(written) == 4


def _no_upload(_local: Path, target: str) -> None:
    pytest.fail(f"{target} is on a disk")
