import numpy as np
import pytest

from schemas.faults import Fault
from tests.avemo_core.media import films

FILMS = {
    "mpeg4+mp3": films.film("avi", "mpeg4", "libmp3lame", options=()),
    "mpeg4+pcm": films.film("avi", "mpeg4", "pcm_s16le", options=(("bf", "2"),)),
    "h264+aac": films.film("avi", options=films.B_PICTURES),
}
FRAME_S = 1 / films.FPS
ONE_OF_ALL = ["mpeg4+pcm", *(pytest.param(name, marks=pytest.mark.slow) for name in ("mpeg4+mp3", "h264+aac"))]


def _holed(content: bytes, start: float, length: int) -> bytes:
    at = round(start * len(content))
    return content[:at] + bytes(length) + content[at + length :]


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("start", [0.4, pytest.param(0.55, marks=pytest.mark.slow)])
def test_after_lost_chunks_pictures_and_sound_are_where_they_were_and_the_loss_is_marked(name: str, start: float):
    content = FILMS[name]

    seen = films.seen(_holed(content, start, len(content) // 20))

    assert seen.flashes_s == pytest.approx(films.CLICKS_S, abs=1e-3)
    assert seen.chirps_s == pytest.approx(films.CLICKS_S, abs=1e-3)
    late = seen.times_s[seen.times_s > 2.9]
    assert late == pytest.approx(FRAME_S * np.round(late / FRAME_S), abs=1e-6)
    assert seen.times_s[-1] == pytest.approx(3.56)
    assert seen.condition.fault in {Fault.DAMAGED, Fault.GAP}
    assert 0.85 < seen.condition.decoded_share < 1


def test_the_share_counts_the_pictures_that_are_lost():
    content = films.film("avi", "mpeg4", None, options=())

    seen = films.seen(_holed(content, 0.7, len(content) // 10))

    assert len(seen.times_s) < 85
    assert seen.condition.fault is Fault.DAMAGED
    assert seen.condition.decoded_share == pytest.approx(len(seen.times_s) / 90, abs=0.015)


@pytest.mark.parametrize("name", ONE_OF_ALL)
@pytest.mark.parametrize("way", ["zeros", "other places", "cut off"])
def test_an_index_that_is_broken_itself_moves_nothing(name: str, way: str):
    content = FILMS[name]
    at = content.rindex(b"idx1") + 8
    entries = np.frombuffer(content[at : at + (len(content) - at) // 16 * 16], "<u4").reshape(-1, 4).copy()
    entries[:, 2] += 2 if way == "other places" else 0
    index = {"zeros": bytes(entries.nbytes), "other places": entries.tobytes(), "cut off": b""}[way]

    broken, whole = films.seen(content[:at] + index), films.seen(content)

    assert broken.times_s == pytest.approx(whole.times_s)
    assert broken.chirps_s == pytest.approx(whole.chirps_s)


@pytest.mark.parametrize("name", ONE_OF_ALL)
def test_an_index_that_counts_more_than_there_is_from_the_start_on_is_not_believed(name: str):
    content = FILMS[name]
    at = content.rindex(b"idx1") + 8
    entries = np.frombuffer(content[at : at + (len(content) - at) // 16 * 16], "<u4").reshape(-1, 4)
    doubled = np.concatenate([entries[:1], np.repeat(entries[1:], 2, axis=0)])
    doubled[1::2, 2] += 1  # a place where no chunk is
    index = doubled.astype("<u4").tobytes()

    broken, whole = films.seen(content[: at - 4] + len(index).to_bytes(4, "little") + index), films.seen(content)

    assert broken.times_s == pytest.approx(whole.times_s)
    assert broken.chirps_s == pytest.approx(whole.chirps_s)
