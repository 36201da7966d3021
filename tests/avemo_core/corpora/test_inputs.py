"""What `--clips` may be: tables, folders, patterns, single files, here and in a store."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.corpora.clips_table import read_clips, understand_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError

SOUND = ("wav", "flac", "mp3", "ogg", "opus", "m4a")


@pytest.fixture(params=["disk", "store"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty folder on a disk, or in an object store as fsspec shows one."""
    if request.param == "disk":
        yield str(tmp_path)
        return
    yield "memory:///bucket/clips"
    fsspec.filesystem("memory").rm("/bucket", recursive=True)


def touched(place: str, *names: str) -> str:
    filesystem, root = fsspec.core.url_to_fs(place)
    for name in names:
        filesystem.makedirs(f"{root}/{name}".rsplit("/", 1)[0], exist_ok=True)
        filesystem.pipe_file(f"{root}/{name}", b"x")
    return place


def ids(location: str, options: ReadOptions | None = None) -> list[str]:
    return read_clips(location, options)["clip_id"].to_pylist()


def test_a_folder_of_videos_without_labels_is_read(place: str):
    touched(place, "holiday.mp4", "tuesday/interview 2.MOV", "notes.txt", ".hidden.mp4")

    clips = understand_clips(place)

    assert clips.table["clip_id"].to_pylist() == ["holiday", "tuesday/interview 2"]
    assert clips.table["path"].to_pylist()[0] == f"{place}/holiday.mp4"
    assert clips.table["label"].null_count == 2
    assert clips.lines()[1].strip() == "labels: none"
    assert "  left out, neither video nor sound: 1 (notes.txt)" in clips.lines()


def test_folders_named_by_no_emotion_are_no_labels(place: str):
    touched(place, "monday/a.mp4", "tuesday/b.mp4")

    clips = understand_clips(place)

    assert clips.table["label"].to_pylist() == [None, None]
    assert clips.lines()[0].endswith("(layout unlabelled)")
    assert clips.notes == ("the folders (monday, tuesday) name no emotion and are no labels; --layout label/name takes them for labels",)


def test_folders_of_which_one_is_an_emotion_are_labels(place: str):
    with pytest.raises(ConfigError, match=r"outside the seven emotions.*'bored'.*--map-label"):
        read_clips(touched(place, "bored/a.mp4", "happy/b.mp4"))

    assert read_clips(place, ReadOptions(map_label=("bored=neutral",)))["label"].to_pylist() == ["neutral", "happy"]


@pytest.mark.parametrize("ending", SOUND)
def test_a_folder_of_sound_files_is_read(place: str, ending: str):
    assert ids(touched(place, f"one.{ending}", f"two.{ending.upper()}")) == ["one", "two"]


def test_sound_beside_the_video_that_it_was_cut_from_is_left_out_and_said(place: str):
    clips = understand_clips(touched(place, "a.mp4", "a.wav", "b.wav"))

    assert clips.table["clip_id"].to_pylist() == ["a", "b"]
    assert clips.left_out == {"a sound file of a performance that has a video": ["a.wav"]}


def test_two_videos_of_one_name_keep_their_endings(place: str):
    assert ids(touched(place, "a.mp4", "a.avi", "b.mp4")) == ["a.avi", "a.mp4", "b"]


@pytest.mark.parametrize("name", ["phone.mp4", "talk.opus", "who?.mp4", "a [1].mov"])
def test_one_file_is_one_clip(place: str, name: str):
    touched(place, name, "other.mp4")

    (row,) = read_clips(f"{place}/{name}").to_pylist()

    assert (row["clip_id"], row["path"], row["label"]) == (name.rsplit(".", 1)[0], f"{place}/{name}", None)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.mp4", ["a", "b"]),
        ("day*/*", ["day1/c", "day2/d"]),
        ("day*", ["day1/c", "day2/d"]),  # folders: what lies below them
        ("**/*.wav", ["day2/d"]),
        ("[ab].mp4", ["a", "b"]),
    ],
)
def test_a_pattern_names_files(place: str, pattern: str, found: list[str]):
    touched(place, "a.mp4", "b.mp4", "day1/c.mp4", "day2/d.wav")

    assert ids(f"{place}/{pattern}") == found


def test_a_pattern_over_a_corpus_keeps_its_labels(place: str):
    touched(place, "Actor_01/01-01-03-01-01-01-01.mp4", "Actor_02/01-01-04-01-01-01-02.mp4")

    assert read_clips(f"{place}/Actor_*/*.mp4")["subject"].to_pylist() == ["ravdess-01", "ravdess-02"]


def test_a_pattern_that_matches_nothing_is_refused(place: str):
    with pytest.raises(ConfigError, match="no file matches"):
        read_clips(touched(place, "a.mp4") + "/*.mov")


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_a_table_is_read_wherever_it_lies(place: str, ending: str):
    filesystem, root = fsspec.core.url_to_fs(place)
    table = pa.table({"clip_id": ["a"], "path": ["media/a.mp4"], "label": ["happy"]})
    if ending == "parquet":
        with filesystem.open(f"{root}/clips.parquet", "wb") as file:
            pq.write_table(table, file)
    else:
        table.to_pandas().to_csv(f"{place}/clips.{ending}", sep="\t" if ending == "tsv" else ",", index=False)

    (row,) = read_clips(f"{place}/clips.{ending}").to_pylist()

    assert (row["path"], row["label"]) == (f"{place}/media/a.mp4", "happy")


def test_a_parquet_table_in_parts_is_one_table(tmp_path: Path):
    (tmp_path / "clips.parquet").mkdir()
    for number in range(2):
        pq.write_table(pa.table({"path": [f"{number}.mp4"]}), tmp_path / "clips.parquet" / f"part-{number}.parquet")

    assert ids(str(tmp_path / "clips.parquet")) == ["0", "1"]


def test_a_file_of_another_kind_is_refused_with_what_may_be_given(tmp_path: Path):
    (tmp_path / "clips.xlsx").touch()

    with pytest.raises(ConfigError, match=r"ends in \.csv or \.parquet.*a folder of clips.*one video or sound file"):
        read_clips(str(tmp_path / "clips.xlsx"))


def test_a_layout_asked_for_beside_a_table_is_refused(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("path\na.mp4\n")

    with pytest.raises(ConfigError, match=r"--layout.*about a corpus folder"):
        read_clips(str(tmp_path / "clips.csv"), ReadOptions(layout="RAVDESS"))


@pytest.mark.parametrize("pair", ["calm", "=sad", "calm=bored", "calm="])
def test_a_mapping_that_is_none_is_refused(pair: str):
    with pytest.raises(ConfigError):
        ReadOptions(map_label=(pair,))


def test_the_users_word_for_a_label_counts_and_is_said_with_its_clips(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("path,label\na.mp4,Calm\nb.mp4,sad\nc.mp4,calm\n")

    clips = understand_clips(str(tmp_path / "clips.csv"), ReadOptions(map_label=("calm=neutral", "bored=sad")))

    assert clips.table["label"].to_pylist() == ["neutral", "sad", "neutral"]
    assert "label calm is read as neutral, as --map-label says: 2 clips" in clips.notes
    assert "label bored is read as sad, as --map-label says: 0 clips" in clips.notes
    assert clips.about()["map_label"] == {"calm": "neutral", "bored": "sad"}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A folder behind a web server."""
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_signed_address_is_read_whole_and_shown_without_its_signature(web: str, tmp_path: Path):
    touched(str(tmp_path), "a.mp4")
    (tmp_path / "clips.csv").write_text(f"path\na.mp4\n{web}/b.mp4?X-Amz-Signature=x/y\n")

    one = understand_clips(f"{web}/a.mp4?X-Amz-Signature=p/q")
    table = understand_clips(f"{web}/clips.csv?X-Amz-Signature=p/q")

    assert one.table["clip_id"].to_pylist() == ["a"]
    assert one.table["path"].to_pylist() == [f"{web}/a.mp4?X-Amz-Signature=p/q"]
    assert table.table["clip_id"].to_pylist() == ["a", f"{web}/b"]
    assert table.table["path"].to_pylist() == [f"{web}/a.mp4", f"{web}/b.mp4?X-Amz-Signature=x/y"]
    assert not any("Signature" in line for clips in (one, table) for line in clips.lines())


@pytest.mark.parametrize("given", ["clips.csv", "clips", "clips/*.mp4", "clips/a.mp4"])
def test_who_may_read_the_folder_may_read_its_clips(given: str):
    touched("memory:///user:pass@host/place", "clips/a.mp4")
    fsspec.filesystem("memory").pipe_file("/user:pass@host/place/clips.csv", b"path\nclips/a.mp4\n")

    (path,) = read_clips(f"memory:///user:pass@host/place/{given}")["path"].to_pylist()

    assert path == "memory:///user:pass@host/place/clips/a.mp4"
    fsspec.filesystem("memory").rm("/user:pass@host", recursive=True)
