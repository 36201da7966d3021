"""Watch processes that decode hostile inputs: a death or a silence is an outcome like any other."""

import json
import os
import queue
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[4]
CRASHED: Final = "crashed"
HUNG: Final = "hung"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of the input at a place."""

    place: int
    outcome: str
    detail: str
    seconds: float
    peak_bytes: int


def watched(places: Sequence[int], *, seed: int, processes: int, deadline_s: float) -> Iterator[Outcome]:
    """Outcomes in the order they come; exactly one per place.

    Args:
        places: numbers of the inputs.
        seed: of the row of inputs.
        processes: how many decode at once.
        deadline_s: a process that is silent for longer has hung and is ended.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for place in places:
        waiting.put(place)
    done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    threads = [threading.Thread(target=_watch, args=(waiting, done, seed, deadline_s), daemon=True) for _ in range(processes)]
    for thread in threads:
        thread.start()
    for _ in places:
        yield done.get()


def _watch(waiting: "queue.SimpleQueue[int]", done: "queue.SimpleQueue[Outcome]", seed: int, deadline_s: float) -> None:
    with tempfile.TemporaryDirectory(prefix="avemo-hostile-") as folder:
        process = _started(seed, folder)
        while not waiting.empty():
            try:
                place = waiting.get_nowait()
            except queue.Empty:
                break
            outcome = outcome_of(process, place, deadline_s)
            done.put(outcome)
            if outcome.outcome in {CRASHED, HUNG}:
                process = _started(seed, folder)
        _end(process)


def _started(seed: int, folder: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.avemo_core.media.hostile.decode_process", str(seed), folder]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "SVT_LOG": "0"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603


def outcome_of(process: "subprocess.Popen[bytes]", place: int, deadline_s: float) -> Outcome:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # it may be dead already: there will be no answer then
        process.stdin.write(f"{place}\n".encode())
        process.stdin.flush()
    ready, _, _ = select.select([process.stdout], [], [], deadline_s)
    answer = process.stdout.readline() if ready else b""
    if answer:
        return Outcome(place=place, **json.loads(answer))
    _end(process)
    outcome, detail = (CRASHED, f"exit code {process.returncode}") if ready else (HUNG, f"silent for {deadline_s} s")
    return Outcome(place=place, outcome=outcome, detail=detail, seconds=deadline_s, peak_bytes=0)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()
