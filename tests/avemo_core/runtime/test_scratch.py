"""Arrays that lie on the disk: the same values, and little memory."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from avemo_core.errors import AvemoError
from avemo_core.runtime import scratch
from avemo_core.runtime.scratch import Scratch

READ_A_GIGABYTE = """
import numpy as np, psutil, threading, time
from avemo_core.runtime.scratch import Scratch

process, peak, ended = psutil.Process(), [0], threading.Event()
def watch():
    while not ended.wait(0.01):
        peak[0] = max(peak[0], process.memory_info().rss)
with Scratch() as kept:
    block = np.arange(4 << 20, dtype=np.float32)
    before = process.memory_info().rss
    threading.Thread(target=watch, daemon=True).start()
    arrays = []
    for number in range(64):
        arrays.append(kept.keep(block + number))
        time.sleep(0.02)
    sums = []
    for array in arrays:
        sums.append(float(array[-1]))
        array.max()
        time.sleep(0.02)
    ended.set()
    print(all(last == (4 << 20) - 1 + number for number, last in enumerate(sums)), (peak[0] - before) >> 20)
"""

WRITE_AND_BE_KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from avemo_core.runtime.scratch import Scratch

with Scratch(Path(sys.argv[1])) as kept:
    array = kept.keep(np.ones(10))
    print(*[line for line in Path("/proc/self/maps").read_text().splitlines() if sys.argv[1] in line], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_arrays_come_back_with_the_values_types_and_shapes_they_had(tmp_path: Path):
    arrays = [np.arange(12, dtype=np.float32).reshape(3, 4), np.array([True, False]), np.zeros((0, 7)), np.float16([[1.5], [2]])]

    with Scratch(tmp_path) as kept:
        stored = [kept.keep(array) for array in arrays]

        for array, one in zip(arrays, stored, strict=True):
            np.testing.assert_array_equal(one, array)
            assert (one.dtype, one.shape) == (array.dtype, array.shape)
        assert not stored[0].flags.writeable


def test_an_array_larger_than_a_segment_has_one_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scratch, "SEGMENT_BYTES", 4096)
    arrays = [np.full(size, size, np.float64) for size in (100, 450, 5000, 3)]

    with Scratch(tmp_path) as kept:
        stored = [kept.keep(array) for array in arrays]

        assert all((one == len(one)).all() for one in stored)
        assert kept.size_bytes == 4096 + 4096 + 40000 + 4096


def test_a_killed_process_leaves_nothing_on_the_disk(tmp_path: Path):
    command = [sys.executable, "-c", WRITE_AND_BE_KILLED, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])  # noqa: S603 - our own

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert str(tmp_path) in ended.stdout  # it was written there, and not in memory
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said_in_two_lines(tmp_path: Path):
    with Scratch(tmp_path / "none") as kept, pytest.raises(AvemoError, match="No such file") as refused:
        kept.keep(np.ones(10))

    assert len(str(refused.value).splitlines()) == 2


def test_segments_grow_with_what_is_kept_so_that_few_files_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scratch, "SEGMENT_BYTES", 1 << 12)

    with Scratch(tmp_path) as kept:
        stored = [kept.keep(np.full(1 << 8, number, np.float32)) for number in range(8192)]

        assert len(kept._segments) < 150  # 2,048 of 4 KB else
        assert all(array[-1] == number for number, array in enumerate(stored))
        assert kept.size_bytes < 1.2 * 8192 * 1024


def test_the_watch_of_one_scratch_sends_back_the_pages_of_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scratch, "RESIDENT_BYTES", 8 << 20)

    with Scratch() as blind, Scratch():
        blind._ended.set()  # its own watch is over: only the other's is left
        before = scratch._resident_file_bytes()
        kept = blind.keep(np.ones(16 << 20, np.uint8))
        deadline_s = time.monotonic() + 20
        while scratch._resident_file_bytes() - before > 8 << 20 and time.monotonic() < deadline_s:
            time.sleep(scratch.WATCH_S)

        assert scratch._resident_file_bytes() - before <= 8 << 20
        assert kept.all()


def test_a_disk_without_room_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scratch, "SEGMENT_BYTES", 1 << 60)

    with Scratch(tmp_path) as kept, pytest.raises(AvemoError, match="no room for") as refused:
        kept.keep(np.ones(10))

    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.slow
@pytest.mark.alone
def test_a_gigabyte_is_written_and_read_within_a_few_hundred_megabytes():
    command = [sys.executable, "-c", READ_A_GIGABYTE]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])  # noqa: S603 - our own

    right, megabytes = said.stdout.split()
    assert right == "True"
    assert int(megabytes) < 600


def test_what_is_written_leaves_memory_again_though_the_watch_sleeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scratch, "WATCH_S", 600.0)
    monkeypatch.setattr(scratch, "RESIDENT_BYTES", 32 << 20)
    block = np.ones(1 << 20, np.float32)

    with Scratch(tmp_path) as kept:
        before = scratch._resident_file_bytes()
        arrays = [kept.keep(block) for _ in range(30)]

        assert scratch._resident_file_bytes() - before < 40 << 20
        assert all(array[-1] == 1 for array in arrays)
