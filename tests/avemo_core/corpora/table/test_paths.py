"""Paths of a user's table, as this machine finds the files."""

from pathlib import Path

import pytest

from avemo_core.corpora.clips_table import read_clips, understand_clips
from avemo_core.errors import ConfigError


def written(folder: Path, *paths: str) -> str:
    (folder / "clips.csv").write_text("\n".join(["path", *(f'"{path}"' for path in paths)]) + "\n")
    return str(folder / "clips.csv")


def test_letters_that_mean_something_elsewhere_are_letters(tmp_path: Path):
    names = ["a b.mp4", "who?.mp4", "a#b.mp4", "100%20.mp4", "[a].mp4", "*.mp4", "ä.mp4", "x/y.mp4", "q\\w.mp4"]

    assert read_clips(written(tmp_path, *names))["path"].to_pylist() == [f"{tmp_path}/{name}" for name in names]


def test_home_is_that_of_who_starts_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/ann")

    assert read_clips(written(tmp_path, "~/a.mp4", "~.mp4"))["path"].to_pylist() == ["/home/ann/a.mp4", f"{tmp_path}/~.mp4"]


def test_paths_with_backslashes_alone_are_those_of_windows_and_that_is_said(tmp_path: Path):
    clips = understand_clips(written(tmp_path, "sub\\a.mp4", "b.mp4"))

    assert clips.table["path"].to_pylist() == [f"{tmp_path}/sub/a.mp4", f"{tmp_path}/b.mp4"]
    assert "in 1 paths \\ is read as /" in clips.notes


@pytest.mark.parametrize("path", ["C:\\clips\\a.mp4", "d:/clips/a.mp4", "\\\\server\\clips\\a.mp4"])
def test_a_drive_of_windows_is_refused_with_its_row(tmp_path: Path, path: str):
    with pytest.raises(ConfigError, match="row 2 has a path of Windows"):
        read_clips(written(tmp_path, "a.mp4", path))
