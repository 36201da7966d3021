"""Damaged at any place in any way, a clip is a row or a reject, and the next clip is read as if nothing had been."""

import sys
import tempfile
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.rejects import Reason
from tests.avemo_core.media.hostile import clips, watch
from tests.avemo_core.media.hostile.decode_process import ROW, decode_outcome

OUTCOMES = {ROW, *Reason} - {Reason.MISSING, Reason.FAILED, Reason.DEADLINE, Reason.WORKER_DIED}
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 64), st.binary(max_size=64)), min_size=1, max_size=4)


def edited(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """At each place (a share of the length) so many bytes give way to others."""
    for share, gone, new in edits:
        at = round(share * len(data))
        data = data[:at] + new + data[at + gone :]
    return data


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(name=st.sampled_from(sorted(clips.KINDS)), edits=EDITS, length=st.floats(0, 1) | st.just(1.0))
def test_an_edited_clip_is_a_row_or_a_reject(name: str, edits: list[tuple[float, int, bytes]], length: float):
    data = edited(clips.clip(name), edits)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data[: round(length * len(data))])

        outcome, detail = decode_outcome(file.name)

    assert outcome in OUTCOMES, detail


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(data=st.binary(max_size=2000))
def test_any_bytes_are_a_row_or_a_reject(data: bytes):
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)

        outcome, detail = decode_outcome(file.name)

    assert outcome in OUTCOMES, detail


def test_an_honest_clip_after_broken_ones_is_read_as_ever(tmp_path: Path):
    broken, honest = tmp_path / "broken", tmp_path / "honest"
    honest.write_bytes(clips.clip("mp4"))
    outcomes = []

    for length in range(0, 11_000, 1_000):
        broken.write_bytes(clips.clip("mp4")[:length])
        decode_outcome(broken)
        outcomes.append(decode_outcome(honest))

    assert set(outcomes) == {(ROW, "")}


@pytest.mark.parametrize(
    ("program", "outcome", "deadline_s"),
    [
        ("raise SystemExit(3)", watch.CRASHED, 60.0),
        ("import os; os.abort()", watch.CRASHED, 60.0),
        ("import time; time.sleep(600)", watch.HUNG, 0.5),
    ],
)
def test_a_death_and_a_silence_are_seen_by_the_watch(program: str, outcome: str, deadline_s: float):
    with Popen([sys.executable, "-c", program], stdin=PIPE, stdout=PIPE) as process:  # noqa: S603 - the programs stand above
        watched = watch.outcome_of(process, 0, deadline_s)

    assert watched.outcome == outcome


def test_every_watched_input_has_one_outcome():
    outcomes = list(watch.watched(range(20), seed=0, processes=1, deadline_s=60))

    assert sorted(each.place for each in outcomes) == list(range(20))
    assert {each.outcome for each in outcomes} <= OUTCOMES
