"""What lies on the disk: the same values, little memory, and a sentence where the disk is none."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.errors import AvemoError, ConfigError
from avemo_core.runtime.scratch import Scratch, is_in_memory, scratch_folder
from avemo_core.runtime.stored import EachOf, changed
from tests.avemo_core.runtime.kept import Clip, open_files
from tests.waiting import ROOT

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a tmpfs wherever Linux is

READ_FAR_MORE_THAN_IT_HOLDS = """
import resource, sys
from pathlib import Path
import numpy as np
from avemo_core.runtime.scratch import Scratch
from tests.avemo_core.runtime.kept import Clip

scratch, block = Scratch(Path(sys.argv[1])), np.arange(1 << 20, dtype=np.float32)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
clips = [scratch.keep(Clip(name=str(number), values=block + number)) for number in range(48)]
right = all(clip.values[-1] == (1 << 20) - 1 + number for number, clip in enumerate(clips) for _ in range(2))
print(right, scratch.size_bytes >> 20, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""

WRITE_AND_BE_KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from avemo_core.runtime.scratch import Scratch
from tests.avemo_core.runtime.kept import Clip, open_files

kept = Scratch(Path(sys.argv[1])).keep(Clip(name="a", values=np.ones(10)))
print(*open_files(Path(sys.argv[1])), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def _small_files() -> Iterator[None]:
    """No file of this process grows beyond a kilobyte, as on a disk with so much room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    "array",
    [np.arange(12, dtype=np.float32).reshape(3, 4), np.array([True, False]), np.zeros((0, 7)), np.float16([[1.5], [2]]), np.eye(5)[:, ::2]],
    ids=["float32", "bool", "empty", "float16", "strided"],
)
def test_an_array_comes_back_with_the_values_type_and_shape_it_had(tmp_path: Path, array: np.ndarray):
    kept = Scratch(tmp_path).keep(Clip(name="a", values=array))

    np.testing.assert_array_equal(kept.values, array)
    assert (kept.values.dtype, kept.values.shape) == (array.dtype, array.shape)
    assert not kept.values.flags.writeable


def test_arrays_in_mappings_and_tuples_lie_on_the_disk_too(tmp_path: Path):
    scratch, speech = Scratch(tmp_path), AudioSteps(np.ones((3, 2), np.float32), np.arange(3.0))

    kept = scratch.keep(Clip(name="a", values=np.zeros(0), others={"speech": speech}))

    assert scratch.size_bytes == 3 * 2 * 4 + 3 * 8
    np.testing.assert_equal(kept.others["speech"]._asdict(), speech._asdict())


def test_what_lies_on_the_disk_stays_there_when_other_fields_are_changed(tmp_path: Path):
    kept = Scratch(tmp_path).keep(Clip(name="a", values=np.ones(10)))

    renamed = changed(kept, name="b")

    assert (kept.name, renamed.name) == ("a", "b")
    assert vars(renamed)["values"] is vars(kept)["values"]
    assert Scratch(tmp_path).keep(renamed).values.sum() == 10
    assert replace(renamed, name="c").values.sum() == 10


def test_what_is_kept_again_is_written_once_and_what_came_since_is_kept_beside_it(tmp_path: Path):
    scratch = Scratch(tmp_path)
    kept = scratch.keep(Clip(name="a", values=np.ones(10)))

    again = scratch.keep(changed(kept, others={"speech": AudioSteps(np.ones((3, 2), np.float32), np.arange(3.0))}))

    assert scratch.size_bytes == 80 + 24 + 24
    assert (again.values.sum(), again.others["speech"].values.sum()) == (10, 6)


def test_a_field_that_there_is_not_is_no_change():
    with pytest.raises(TypeError, match="nmae"):
        changed(Clip(name="a", values=np.ones(1)), nmae="b")


def test_a_value_of_each_is_made_when_it_is_asked_for():
    made = []
    each = EachOf([1, 2, 3], lambda item: made.append(item) or 10 * item)

    assert (len(each), each[2], list(each[:2])) == (3, 30, [10, 20])
    assert made == [3, 1, 2]


def test_two_hundred_megabytes_are_written_and_read_twice_within_thirty(tmp_path: Path):
    command = [sys.executable, "-c", READ_FAR_MORE_THAN_IT_HOLDS, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603

    right, kept_mb, more_mb = said.stdout.split()
    assert (right, kept_mb) == ("True", "192")
    assert int(more_mb) < 30


def test_a_killed_process_leaves_nothing_on_the_disk(tmp_path: Path):
    command = [sys.executable, "-c", WRITE_AND_BE_KILLED, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603 - our own

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert str(tmp_path) in ended.stdout  # it was written there, and not in memory
    assert not list(tmp_path.iterdir())


def test_the_room_on_the_disk_is_free_again_with_the_last_value_that_lay_there(tmp_path: Path):
    kept = Scratch(tmp_path).keep(Clip(name="a", values=np.ones(10)))
    assert open_files(tmp_path)

    del kept

    assert not open_files(tmp_path)


def test_a_folder_that_is_not_there_is_said_in_two_lines(tmp_path: Path):
    with pytest.raises(AvemoError, match="No such file") as refused:
        Scratch(tmp_path / "none")

    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.usefixtures("_small_files")
def test_a_disk_without_room_is_said_with_what_to_do(tmp_path: Path):
    with pytest.raises(AvemoError, match="does not take features") as refused:
        Scratch(tmp_path).keep(Clip(name="a", values=np.ones(1000)))

    assert "TMPDIR" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 2


def test_a_file_that_lost_its_end_is_no_shorter_array(tmp_path: Path):
    scratch = Scratch(tmp_path)
    kept = scratch.keep(Clip(name="a", values=np.ones(1000)))
    os.truncate(scratch._file.fileno(), 4000)

    with pytest.raises(AvemoError, match="ends before what was written"):
        kept.values  # noqa: B018 - it is read


def test_a_folder_that_lies_in_memory_is_known():
    assert is_in_memory(SHARED_MEMORY)
    assert not is_in_memory(Path("/proc"))


def test_a_folder_in_memory_that_was_chosen_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMPDIR", str(SHARED_MEMORY))
    monkeypatch.setattr(tempfile, "tempdir", None)  # Python looks for it once

    with pytest.raises(ConfigError, match="lies in memory itself") as refused:
        scratch_folder()

    assert "--memory-gb" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.skipif(is_in_memory(Path("/var/tmp")), reason="no folder of this machine lies on a disk")  # noqa: S108
def test_where_nobody_chose_and_tmp_lies_in_memory_it_is_var_tmp(monkeypatch: pytest.MonkeyPatch):
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(SHARED_MEMORY))

    assert scratch_folder() == Path("/var/tmp")  # noqa: S108
