"""What a frame costs this and other checkouts in one process each, without Ray, a clip in turns: CPU milliseconds, and their ratio.

OMP_NUM_THREADS=1 python benchmarks/extract_turns.py --against CHECKOUT:bfloat16 [--own int8 bfloat16] [--turns 5] [--sizes 360x270 ...]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import talking_clips

CHECKOUT: Final = Path(__file__).parents[1]
SERVER: Final = Path(__file__).with_name("extract_server.py")


class Side(NamedTuple):
    """A checkout in a precision."""

    checkout: Path
    precision: str


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--against", nargs="+", required=True, help="checkouts and their precisions, as PATH:bfloat16; the first is divided by"
    )
    parser.add_argument("--own", nargs="+", default=["int8", "bfloat16"], help="precisions of this checkout")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--sizes", nargs="*", default=["360x270", "1280x720", "1920x1080"])
    options = parser.parse_args()
    others = [Side(Path(path), precision) for path, _, precision in (each.rpartition(":") for each in options.against)]
    sides = [*others, *(Side(CHECKOUT, precision) for precision in options.own)]
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            width, height = map(int, size.split("x"))
            _print(size, _in_turns(talking_clips.made(Path(folder), width, height, 8.0), sides, options.turns))


def _print(size: str, found: dict[Side, list[float]]) -> None:
    first = next(iter(found.values()))
    for (checkout, precision), each in found.items():
        ratio = statistics.median(one / other for one, other in zip(first, each, strict=True))
        print(f"{size} {checkout} {precision}: {statistics.median(each):.2f} CPU ms a frame, {ratio:.2f} times the frames", flush=True)


def _in_turns(clip: Path, sides: list[Side], turns: int) -> dict[Side, list[float]]:
    """Milliseconds a frame of each side, turn by turn; the order is turned about each time."""
    servers = {
        side: subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, str(SERVER), str(clip), side.precision],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(side.checkout)},
        )
        for side in sides
    }
    found: dict[Side, list[float]] = {side: [] for side in sides}
    for turn in range(turns + 1):
        for side in sides[:: -1 if turn % 2 else 1]:
            taken_ms = _asked(servers[side])
            if turn:  # the first warms up
                found[side].append(taken_ms)
    for server in servers.values():
        server.communicate()
    return found


def _asked(server: "subprocess.Popen[str]") -> float:
    assert server.stdin is not None and server.stdout is not None  # noqa: S101, PT018 - both are pipes
    server.stdin.write("once\n")
    server.stdin.flush()
    return float(server.stdout.readline())


if __name__ == "__main__":
    main()
