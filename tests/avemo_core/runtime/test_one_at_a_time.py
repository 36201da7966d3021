import signal
import subprocess
import sys
from pathlib import Path

import pytest

from avemo_core.runtime.one_at_a_time import one_at_a_time

BESIDE = """
import os
import signal
import sys
from avemo_core.runtime.one_at_a_time import one_at_a_time

print("begun", flush=True)
with one_at_a_time(sys.argv[1]):
    print("in it", flush=True)
    if "dies" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AVEMO_CACHE", str(tmp_path / "cache"))


def _beside(*arguments: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", BESIDE, *arguments], stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own words
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def test_another_process_waits_for_a_block_of_the_same_name_and_for_no_other():
    with one_at_a_time("this"):
        same, other = _beside("this"), _beside("another")

        assert other.communicate(timeout=60)[0] == "in it\n"
        with pytest.raises(subprocess.TimeoutExpired):
            same.wait(timeout=0.5)

    assert same.communicate(timeout=60)[0] == "in it\n"


def test_a_process_that_dies_in_its_block_is_waited_for_by_nobody():
    dying = _beside("this", "dies")
    dying.communicate(timeout=60)

    assert dying.returncode == -signal.SIGKILL
    assert _beside("this").communicate(timeout=60)[0] == "in it\n"


def test_without_a_folder_to_write_to_nobody_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("AVEMO_CACHE", str(tmp_path / "file" / "cache"))

    with one_at_a_time("this"):
        assert _beside("this").communicate(timeout=60)[0] == "in it\n"
