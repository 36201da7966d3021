import os
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from unicodedata import normalize

import pytest

from avemo_core.errors import MediaError
from avemo_core.media import source
from avemo_core.media.source import CurrentFile
from avemo_core.runtime.public import public
from schemas.rejects import Reason
from tests.counted_store import CountedStore

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def file() -> Iterator[CurrentFile]:
    with closing(CurrentFile()) as current:
        yield current


def read_at(file: CurrentFile, uri: str) -> tuple[str, bytes]:
    """The sha256 that a clip's row gets, and what is read for it."""
    with file.at(uri) as clip:
        return clip.sha256, clip.file.read()


def written(path: Path, content: bytes, mtime_s: float) -> str:
    """The path of a file written now, last touched then: a clock of coarse ticks hides nothing."""
    path.write_bytes(content)
    os.utime(path, (mtime_s, mtime_s))
    return str(path)


def test_a_remote_file_is_opened_and_moved_once_for_all_clips_of_it_that_follow_each_other(file: CurrentFile):
    uri = CountedStore.put_file("film", CONTENT)

    read = [read_at(file, uri) for _ in range(5)]

    assert read == [(sha256(CONTENT).hexdigest(), CONTENT)] * 5
    assert CountedStore.opened["film"] == 1
    assert CountedStore.moved_bytes["film"] == len(CONTENT)


def test_there_is_one_copy_at_a_time_and_no_name_leads_to_it(file: CurrentFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = CountedStore.put_file("first", CONTENT), CountedStore.put_file("second", CONTENT[::-1])

    with file.at(first) as clip:
        copy = clip.file
        assert list(tmp_path.iterdir()) == []
    assert read_at(file, second)[1] == CONTENT[::-1]

    assert copy.closed
    assert read_at(file, first)[1] == CONTENT
    assert CountedStore.opened["first"] == 2


def test_a_local_file_is_hashed_once(file: CurrentFile, tmp_path: Path):
    uri = written(tmp_path / "film", CONTENT, 1000)

    with file.at(uri) as first:
        pass
    with file.at(uri) as second:
        pass

    assert second is first


@pytest.mark.parametrize("replaced", [True, False], ids=["another file in its place", "written over"])
def test_a_local_file_that_changed_between_two_clips_is_hashed_anew(file: CurrentFile, tmp_path: Path, replaced: bool):  # noqa: FBT001
    uri = written(tmp_path / "film", CONTENT, 1000)
    before = read_at(file, uri)

    changed = written(tmp_path / ("new" if replaced else "film"), CONTENT[::-1], 1000 if replaced else 2000)
    Path(changed).replace(uri)

    assert read_at(file, uri) == (sha256(CONTENT[::-1]).hexdigest(), CONTENT[::-1])
    assert before == (sha256(CONTENT).hexdigest(), CONTENT)


def test_a_local_file_that_is_written_to_while_a_clip_of_it_is_read_is_refused_and_then_read_anew(file: CurrentFile, tmp_path: Path):
    uri = written(tmp_path / "film", CONTENT, 1000)

    with pytest.raises(MediaError, match="written to while it was read") as refused, file.at(uri):
        written(tmp_path / "film", CONTENT[::-1], 2000)

    assert refused.value.reason is Reason.MISSING
    assert read_at(file, uri) == (sha256(CONTENT[::-1]).hexdigest(), CONTENT[::-1])


def test_a_clip_of_its_own_is_refused_too_when_it_is_written_to(tmp_path: Path):
    uri = written(tmp_path / "film", CONTENT, 1000)

    with pytest.raises(MediaError, match="written to while it was read"), source.opened(uri):
        written(tmp_path / "film", CONTENT + b"more", 1000)


def test_a_file_replaced_while_a_clip_of_it_is_read_stays_as_it_was_for_this_clip(file: CurrentFile, tmp_path: Path):
    uri = written(tmp_path / "film", CONTENT, 1000)

    with file.at(uri) as clip:
        Path(written(tmp_path / "new", CONTENT[::-1], 2000)).replace(uri)
        assert clip.file.read() == CONTENT

    assert read_at(file, uri)[1] == CONTENT[::-1]


def test_a_remote_file_that_got_shorter_while_it_was_copied_is_refused(file: CurrentFile, monkeypatch: pytest.MonkeyPatch):
    uri = CountedStore.put_file("film", CONTENT)
    monkeypatch.setattr(CountedStore, "info", lambda *_, **__: {"name": "film", "size": len(CONTENT) + 1, "type": "file"})

    with pytest.raises(MediaError, match=f"{len(CONTENT)} bytes came") as refused, file.at(uri):
        pass

    assert refused.value.reason is Reason.MISSING


def test_a_clip_that_is_not_there_does_not_disturb_the_next(file: CurrentFile, tmp_path: Path):
    uri = written(tmp_path / "film", CONTENT, 1000)

    with pytest.raises(MediaError, match="FileNotFoundError"), file.at(str(tmp_path / "gone")):
        pass

    assert read_at(file, uri)[1] == CONTENT


def test_a_name_in_other_code_points_than_the_files_own_is_said_to_be_one(file: CurrentFile, tmp_path: Path):
    (tmp_path / normalize("NFD", "Müller.mp4")).write_bytes(b"x")

    with pytest.raises(MediaError, match="a name that looks the same is there, in other code points"), file.at(f"{tmp_path}/Müller.mp4"):
        pass
    with pytest.raises(MediaError) as error, file.at(f"{tmp_path}/Maier.mp4"):
        pass

    assert "looks the same" not in str(error.value)


def test_what_a_stores_client_refuses_is_a_file_that_is_not_there(file: CurrentFile):
    with pytest.raises(MediaError, match="Invalid bucket name") as error:
        read_at(file, "s3://key:secret@bucket/a.mp4")  # no OSError of the S3 client's

    assert error.value.reason == Reason.MISSING
    assert "secret" not in public(str(error.value))
