"""Every hostile file is a row, or a reject with the right reason; made in `tests/avemo_core/media/hostile/`."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from avemo_core.media import decode
from schemas.rejects import Reason
from tests.avemo_core.media.hostile import clips, covers, crowds, lengths, neither, sizes
from tests.avemo_core.media.hostile.decode_process import ROW, decode_outcome

REJECTS: Final[dict[str, tuple[Callable[[], bytes], Reason]]] = {
    "a GIF of 4 billion pixels": (sizes.gif, Reason.TOO_LARGE),
    "an animated PNG of 200 million pixels": (sizes.apng, Reason.TOO_LARGE),
    "raw video of 10 billion pixels": (sizes.raw, Reason.TOO_LARGE),
    "sound in 65,535 channels": (sizes.channels, Reason.DECODE_FAILED),
    "one sample a second": (sizes.slow_samples, Reason.NO_VIDEO),
    "two billion samples a second": (sizes.fast_samples, Reason.NO_VIDEO),
    "eleven minutes of silence": (partial(lengths.silence, 660, 1_000), Reason.TOO_LONG),
    "eleven minutes of one picture": (partial(lengths.still, 660), Reason.TOO_LONG),
    "300 sounds in Matroska": (partial(crowds.sounds, 300, "matroska"), Reason.TOO_LARGE),
    "300 sounds in a transport stream": (partial(crowds.sounds, 300, "mpegts"), Reason.TOO_LARGE),
    "99 sounds in AVI": (partial(crowds.sounds, 99, "avi"), Reason.TOO_LARGE),
    "3,000 tracks in QuickTime": (partial(crowds.tracks, 3000), Reason.TOO_LARGE),
    "a cover without sound": (covers.mute, Reason.NO_VIDEO),
    "an hour that ends at once": (lambda: lengths.claims(3600)[:2000], Reason.DECODE_FAILED),
}
ROWS: Final[dict[str, Callable[[], bytes]]] = {
    "sound with JPEGs of 4 billion pixels": sizes.jpegs,
    "an AVI that says 60,000 x 60,000 pixels": sizes.avi,
    "a cover with sound": covers.sung,
    "5,000 chapters": partial(crowds.chapters, 5000),
    "ten hours by its header": partial(lengths.claims, 36_000),
    "no time at all by its header": partial(lengths.claims, 0),
    "a week by its header": partial(lengths.claims_matroska, 604_800.0),
    "less than no time by its header": partial(lengths.claims_matroska, -5.0),
    "not a number of seconds": partial(lengths.claims_matroska, float("nan")),
    "infinity by its header": partial(lengths.claims_matroska, float("inf")),
    "a stamp eleven days late": lengths.leaping,
    "stamps that run backwards": lengths.backwards,
    "stamps that stand still": lengths.stuck,
    "a clock that starts at three hours": lengths.late,
    "a thousand pictures in a second": partial(lengths.restless, 1100),
}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return tmp_path / "clip"


@pytest.mark.parametrize("name", clips.KINDS)
def test_an_honest_clip_of_each_kind_is_a_row(clip: Path, name: str):
    clip.write_bytes(clips.clip(name))

    assert decode_outcome(clip) == (ROW, "")


@pytest.mark.parametrize(("make", "reason"), REJECTS.values(), ids=REJECTS)
def test_a_file_beyond_the_limits_is_rejected_for_that(clip: Path, make: Callable[[], bytes], reason: Reason):
    clip.write_bytes(make())

    outcome, _ = decode_outcome(clip)

    assert outcome == reason


@pytest.mark.parametrize("make", ROWS.values(), ids=ROWS)
def test_a_file_that_only_lies_is_read_all_the_same(clip: Path, make: Callable[[], bytes]):
    clip.write_bytes(make())

    assert decode_outcome(clip) == (ROW, "")


def test_samples_that_no_recording_has_are_cut_off(clip: Path):
    clip.write_bytes(sizes.loud())

    with decode.opened(str(clip)) as recording:
        list(recording.frames())
        sound = recording.sound()

    assert sound is not None
    assert 10 < np.abs(sound.samples).max() < 1000


@pytest.mark.parametrize("codec", covers.STILLS)
def test_a_still_picture_is_no_clip(clip: Path, codec: str):
    clip.write_bytes(covers.still(codec))

    outcome, detail = decode_outcome(clip)

    assert outcome == Reason.NO_VIDEO
    assert "still picture" in detail


@pytest.mark.parametrize("data", neither.FILES.values(), ids=neither.FILES)
def test_a_file_that_is_no_media_is_rejected(clip: Path, data: bytes):
    clip.write_bytes(data)

    outcome, _ = decode_outcome(clip)

    assert outcome in {Reason.DECODE_FAILED, Reason.NO_VIDEO}


@pytest.mark.parametrize("path", ["/nonexistent/clip", "/etc/passwd/clip", "clip\0.mp4", "a" * 5000, "nosuchscheme://clip"])
def test_a_path_that_leads_nowhere_is_missing(path: str):
    outcome, _ = decode_outcome(path)

    assert outcome == Reason.MISSING


def test_a_named_pipe_is_refused_and_not_waited_for(clip: Path):
    os.mkfifo(clip)

    outcome, _ = decode_outcome(clip)

    assert outcome == Reason.FORBIDDEN


@pytest.mark.parametrize("path", ["/", "/dev/zero", "/dev/urandom"])
def test_folders_and_devices_are_refused(path: str):
    outcome, _ = decode_outcome(path)

    assert outcome == Reason.FORBIDDEN


def test_a_file_larger_than_the_limit_is_refused_before_it_is_read(clip: Path):
    with clip.open("wb") as file:
        file.truncate(65 * 2**30)

    outcome, _ = decode_outcome(clip)

    assert outcome == Reason.TOO_LARGE


@pytest.mark.slow
def test_pictures_beyond_8k_are_refused_when_only_the_video_itself_says_so(clip: Path):
    clip.write_bytes(sizes.transport_stream())

    outcome, _ = decode_outcome(clip)

    assert outcome == Reason.TOO_LARGE


@pytest.mark.slow
def test_an_hour_of_silence_takes_no_more_than_ten_minutes_of_it(clip: Path):
    clip.write_bytes(lengths.silence(3600))

    outcome, _ = decode_outcome(clip)

    assert outcome == Reason.TOO_LONG
