from pathlib import Path

import numpy as np
import pytest

from avemo_core.errors import MediaError
from avemo_core.media import decode, seek
from avemo_core.media.recording import Recording
from schemas.rejects import Reason
from tests.avemo_core.media.hostile import clips

# MPEG transport streams have no index, and this one has key frames 10 s apart.
KINDS = ["mpegts", "mp4", "mkv", "avi", "flv", "mpeg", "gif"]


def pictures(path: Path, start_s: float, stop_s: float) -> dict[float, float]:
    """Brightness by time."""
    with decode.opened(str(path), start_s=start_s, stop_s=stop_s) as recording:
        return {round(frame.time_s, 2): float(frame.picture.bgr().mean()) for frame in recording.frames()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_range_far_in_has_the_pictures_it_has_when_decoding_from_the_start(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "clip"
    path.write_bytes(clips.clip(kind, seconds=13.0))

    after_seeking = pictures(path, 11.5, 12.5)
    monkeypatch.setattr(seek, "SEEK_FROM_S", np.inf)
    from_the_start = pictures(path, 11.5, 12.5)

    assert len(from_the_start) == pytest.approx(25, abs=1)
    assert after_seeking == pytest.approx(from_the_start)


@pytest.mark.parametrize("kind", ["wav", "aiff", "au", "mp3", "mpeg", "mp4", "ogg"])
@pytest.mark.parametrize("start_s", [30.0, 1e12, 1e300])
def test_a_range_behind_the_end_has_nothing_in_it(tmp_path: Path, kind: str, start_s: float):
    path = tmp_path / "clip"
    path.write_bytes(clips.clip(kind))

    with decode.opened(str(path), start_s=start_s) as recording:
        outcome = nothing_of(recording)

    assert outcome in {None, Reason.TOO_SHORT}


def nothing_of(recording: Recording) -> Reason | None:
    try:
        assert list(recording.frames()) == []
        assert recording.sound() is None
    except MediaError as error:
        return error.reason
    return None
