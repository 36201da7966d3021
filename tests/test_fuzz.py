import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import fuzz

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("answered", "faults"), [([1, 2, 3], 0), ([1, 2], 1), ([1, 1, 2, 3], 1), ([], 3)])
def test_what_comes_out_never_or_twice_is_a_fault(answered: list[int], faults: int):
    assert len(fuzz._lost([1, 2, 3], answered)) == faults


@pytest.mark.slow
def test_hostile_files_are_decoded_without_a_fault():
    assert fuzz.decoded(range(1000, 1500), seed=1, processes=2) == []


@pytest.mark.slow
@pytest.mark.parametrize("in_segments", [False, True])
def test_hostile_files_under_hostile_ids_go_through_the_driver_one_outcome_each(in_segments: bool):  # noqa: FBT001 - a parameter
    assert fuzz.extracted(range(100), seed=1, in_segments=in_segments) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_the_kernel_sees_hostile_files_reach_nothing_but_themselves(tmp_path: Path):
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-qq", "-e", "trace=open,openat,openat2,socket,connect,bind,execve", "-o", str(trace)]
    decode = [sys.executable, "-m", "tests.avemo_core.media.hostile.decode_process", "2", str(tmp_path)]
    places = "".join(f"{place}\n" for place in range(400))

    subprocess.run([*command, *decode], cwd=ROOT, input=places, text=True, check=True, capture_output=True)  # noqa: S603 - our own arguments

    _, _, after = trace.read_text().partition(f'"{tmp_path}/input"')
    calls = [line.partition(" ")[2].strip() for line in after.splitlines()[1:]]
    assert sum(f'"{tmp_path}/input", O_RDONLY' in call for call in calls) == 400
    assert [call for call in calls if "/etc/" in call or not call.startswith(("open", "+++", "---", "<..."))] == []
