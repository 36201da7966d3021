"""Decode files as extraction does, in a process that may die of it: reads numbers of inputs, answers with a line of JSON each.

Run by `watch.py` as `python -m tests.avemo_core.media.hostile.decode_process SEED FOLDER`.
"""

import json
import resource
import sys
import time
from pathlib import Path

from avemo_core.errors import MediaError
from avemo_core.media import decode, seek
from tests.avemo_core.media.hostile.inputs import input_at

ROW = "row"
RAISED = "raised"
"""An exception that is no MediaError: a fault of avemo_core.media."""
ADDRESS_SPACE_BYTES = 8 * 2**30
"""So that a bomb ends this process, not the machine."""


def decode_outcome(path: Path | str, start_s: float | None = None, stop_s: float | None = None) -> tuple[str, str]:
    """What becomes of a range of a file: `row` or the reason of its reject, and the detail."""
    try:
        with decode.opened(str(path), start_s=start_s, stop_s=stop_s) as recording:
            for frame in recording.frames():
                frame.picture.small(640)
            recording.sound()
    except MediaError as error:
        return str(error.reason), error.detail
    except Exception as error:  # noqa: BLE001 - whatever else comes out is what is searched for
        return RAISED, f"{type(error).__name__}: {error}"
    return ROW, ""


def peak_bytes() -> int:
    """The most memory this process held since `forget_the_peak`."""
    return next(int(line.split()[1]) * 1024 for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))


def forget_the_peak() -> None:
    """Count memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def main(seed: int, folder: Path) -> None:
    """Answer until the numbers end."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The clips are short; seeking is to be tried all the same.
    vars(seek).update(SEEK_FROM_S=0.4, MARGINS_S=(0.1, 0.4, 1.6))
    path = folder / "input"
    for line in sys.stdin:
        hostile = input_at(int(line), seed)
        path.write_bytes(hostile.data)
        forget_the_peak()
        start_s = time.monotonic()
        outcome, detail = decode_outcome(path, hostile.start_s, hostile.stop_s)
        answer = {"outcome": outcome, "detail": detail, "seconds": time.monotonic() - start_s, "peak_bytes": peak_bytes()}
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer goes through the pipe


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
