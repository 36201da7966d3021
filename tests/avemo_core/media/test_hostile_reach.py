"""Nothing but the clip itself is ever opened, and nobody is called, whatever a file asks for."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from avemo_core.errors import MediaError
from avemo_core.media import container, decode, formats
from schemas.rejects import Reason
from tests.avemo_core.media.hostile import clips, elsewhere, sentries

Pointer = Callable[[str], bytes]
POINTERS = pytest.mark.parametrize("pointer", [*elsewhere.PLAYLISTS, elsewhere.external], ids=lambda pointer: pointer.__name__)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """An honest clip, which would decode if a pointer were followed."""
    path = tmp_path / "canary"
    path.write_bytes(clips.clip("wav"))
    return path


def decoded_at(path: Path) -> None:
    with decode.opened(str(path)) as recording:
        list(recording.frames())


def refusal_of(path: Path) -> MediaError:
    with pytest.raises(MediaError) as refused:
        decoded_at(path)
    return refused.value


@POINTERS
def test_a_file_that_points_to_another_is_forbidden(tmp_path: Path, canary: Path, pointer: Pointer):
    (tmp_path / "clip").write_bytes(pointer(f"file://{canary}"))

    refused = refusal_of(tmp_path / "clip")

    assert refused.reason == Reason.FORBIDDEN


@POINTERS
@pytest.mark.parametrize("scheme", ["", "file:", "file://"])
def test_the_file_pointed_to_is_never_opened(tmp_path: Path, canary: Path, pointer: Pointer, scheme: str, monkeypatch: pytest.MonkeyPatch):
    # Even when its first bytes did not give it away.
    monkeypatch.setattr(formats, "refuse_by_signature", lambda _file: None)
    (tmp_path / "clip").write_bytes(pointer(f"{scheme}{canary}"))

    with sentries.opens_of(canary) as opens:
        refusal_of(tmp_path / "clip")

        assert opens() == 0


@POINTERS
@pytest.mark.parametrize("scheme", ["http", "tcp", "rtsp"])
def test_nobody_is_called(tmp_path: Path, pointer: Pointer, scheme: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(formats, "refuse_by_signature", lambda _file: None)

    with sentries.calls_on_loopback() as (port, calls):
        (tmp_path / "clip").write_bytes(pointer(f"{scheme}://127.0.0.1:{port}/clip.wav"))
        refusal_of(tmp_path / "clip")

        assert calls() == 0


def test_the_sentries_see_what_they_watch_for(canary: Path):
    with sentries.opens_of(canary) as opens, sentries.calls_on_loopback() as (port, calls):
        canary.read_bytes()
        socket.create_connection(("127.0.0.1", port)).close()

        assert (opens(), calls()) == (1, 1)


def test_without_the_lists_ffmpeg_would_follow_a_playlist(tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(formats, "refuse_by_signature", lambda _file: None)
    monkeypatch.setattr(container, "_CONTAINER_OPTIONS", {"safe": "0"})
    (tmp_path / "clip").write_bytes(elsewhere.concat(str(canary)))

    with sentries.opens_of(canary) as opens:
        decoded_at(tmp_path / "clip")

        assert opens() > 0


@pytest.mark.parametrize("barrier", ["format_whitelist", "protocol_whitelist"])
def test_each_list_alone_keeps_a_playlist_from_being_followed(tmp_path: Path, canary: Path, barrier: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(formats, "refuse_by_signature", lambda _file: None)
    monkeypatch.setattr(container, "_CONTAINER_OPTIONS", {"safe": "0", barrier: container._CONTAINER_OPTIONS[barrier]})
    (tmp_path / "clip").write_bytes(elsewhere.concat(str(canary)))

    with sentries.opens_of(canary) as opens:
        refusal_of(tmp_path / "clip")

        assert opens() == 0


def test_a_clips_name_is_no_pattern_and_no_command(tmp_path: Path):
    path = tmp_path / "http: %03d [a*] ;touch x; $(touch x)\n.m3u8"
    path.write_bytes(clips.clip("wav"))

    with decode.opened(str(path)) as recording:
        list(recording.frames())

        assert recording.sound() is not None
    assert sorted(tmp_path.iterdir()) == [path]
