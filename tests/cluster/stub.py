"""A worker whose clips say by their names what goes wrong with them, for tests of the driver."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from avemo_core.corpora.clip import Clip
from avemo_core.errors import StorageFailed
from cluster.pool.preflight import Check
from cluster.pool.work import Outcome
from cluster.tables.rejects import Rejected
from schemas.columns import column
from schemas.rejects import Reason

SCHEMA = pa.schema(
    [
        column("clip_id", pa.string(), "", "id"),
        column("source_id", pa.string(), "", "id"),
        column("values", pa.list_(pa.float32()), "", "some values"),
    ]
)


def clip(source_id: str) -> Clip:
    """A clip of that name."""
    return Clip(source_id=source_id, uri=f"/clips/{source_id}.mp4")


def clips(count: int, prefix: str = "ok") -> list[Clip]:
    """So many clips, named prefix-0000 and on."""
    return [clip(f"{prefix}-{index:04}") for index in range(count)]


def rows(source_id: str, count: int = 1, values: int = 4) -> pa.Table:
    """The rows of one source."""
    return pa.table(
        {
            "clip_id": [f"{source_id}#{index}" for index in range(count)],
            "source_id": [source_id] * count,
            "values": [[float(index)] * values for index in range(count)],
        },
        schema=SCHEMA,
    )


def check() -> Check:
    """A check whose driver has 1.0."""
    return Check(expected=lambda: 1.0, differences=lambda found, expected: [f"{found} differs from {expected}"] * (found != expected))


class StubWorker:
    """Does what the first part of a clip's name says.

    Args:
        seconds: time a clip takes.
        scratch: a folder where clips that misbehave only once leave a mark, and each sample.
        sampled: its sample; STUB_SAMPLE of a node's environment goes before it. `raise` and `once` misbehave.
    """

    def __init__(self, seconds: float = 0.0, scratch: str = "", sampled: str = "1.0") -> None:
        self._seconds, self._scratch = seconds, scratch
        self._sampled = os.environ.get("STUB_SAMPLE", sampled)
        self.stage_seconds = {"decode": 0.0}
        self.frames = 0

    def sample(self) -> float:
        """Its sample: a number."""
        if self._scratch:
            (Path(self._scratch) / f"sampled-{os.getpid()}").touch()
        if self._sampled == "once" and self._first_time(clip("sample")):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._sampled == "raise":
            raise RuntimeError("no kernel image is available")
        return 1.0 if self._sampled == "once" else float(self._sampled)

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        """The outcome of each clip."""
        for item in chunk:
            time.sleep(self._seconds)
            self.frames += 1
            self.stage_seconds["decode"] += self._seconds
            yield from self._outcomes(item)

    def _outcomes(self, item: Clip) -> Iterator[Outcome]:
        match item.source_id.split("-")[0]:
            case "corrupt":
                detail = f"broken: https://user:pass@host/{item.source_id}?X-Amz-Signature=123"
                yield Rejected(source_id=item.source_id, uri=item.uri, stage="decode", reason=Reason.DECODE_FAILED, detail=detail)
            case "silent":
                return
            case "raise":
                raise ValueError(item.source_id)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "once" if self._first_time(item):
                os.kill(os.getpid(), signal.SIGKILL)
            case "cut" if self._first_time(item):
                raise StorageFailed(f"cannot read {item.source_id}")
            case "mark":
                (Path(self._scratch) / item.source_id).touch()
                yield rows(item.source_id)
            case "hang":
                time.sleep(3600)
            case _:
                yield rows(item.source_id)

    def _first_time(self, item: Clip) -> bool:
        mark = Path(self._scratch) / item.source_id
        first = not mark.exists()
        mark.touch()
        return first
