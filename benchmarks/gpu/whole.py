"""The three networks together, over faces of several clips in step: fed from memory, and from clips as they are decoded.

decoded on the CPU     | block 0 of all clips | block 1 of all clips | ...
on the device                                 | block 0              | block 1 ...       one wait a block
"""

import importlib.util
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avemo_core.faces.batched.pictures import Planes
from benchmarks.gpu.engine import Engine, seconds, which_of
from benchmarks.gpu.reference import FRAMES, HEIGHT, WIDTH, Reference


def block(engine: Engine, reference: Reference, frames: list[Planes], clips: int) -> tuple[Tensor, Tensor, Tensor]:
    """One block of every clip: upload, detect, follow, read; what is kept, on the CPU."""
    on_device = engine.upload(frames)
    # As many pictures as clips are searched: the tracker does so once a block. Where faces are is known from the block before.
    candidates = engine.detect(on_device, clips)
    which = which_of(clips, len(frames) // clips, engine.device)
    followed = engine.follow(on_device, which, torch.from_numpy(reference.region).to(engine.device).expand(clips, 4))
    values = engine.appearance(on_device, followed, which)
    kept = torch.cat([followed.points.flatten(1), followed.logits], dim=1)
    return kept.cpu(), candidates.cpu(), values.half().cpu()


def fps_from_memory(engine: Engine, reference: Reference, clips: int, budget_s: float) -> float:
    """Frames with a face a second, all frames in memory."""
    frames = reference.frames * clips
    return len(frames) / seconds(lambda: block(engine, reference, frames, clips), engine.device, budget_s)


def can_decode() -> bool:
    """Whether there is PyAV."""
    return importlib.util.find_spec("av") is not None


def fps_decoded(engine: Engine, reference: Reference, clips: int, threads: int, *, blocks: int) -> tuple[float, float]:
    """Frames a second of the wall clock, over so many blocks of each clip: decoding alone, and the networks beside it."""
    with tempfile.TemporaryDirectory(prefix="avemo-gpu-") as folder:
        path = Path(folder) / "clip.mp4"
        _encode(path, reference, blocks)
        with ThreadPoolExecutor(threads) as pool:
            alone = _timed(None, reference, [_decoded(path) for _ in range(clips)], blocks, pool)
            return alone, _timed(engine, reference, [_decoded(path) for _ in range(clips)], blocks, pool)


def _timed(engine: Engine | None, reference: Reference, sources: list[Iterator[Planes]], blocks: int, pool: ThreadPoolExecutor) -> float:
    start_s, frames = time.perf_counter(), 0
    coming = [pool.submit(_next, source) for source in sources]
    for _ in range(blocks):
        ready = [each.result() for each in coming]
        # The next block is decoded while the device is at work on this one.
        coming = [pool.submit(_next, source) for source in sources]
        if engine is not None:
            block(engine, reference, [frame for each in ready for frame in each], len(sources))
        frames += sum(map(len, ready))
    taken_s = time.perf_counter() - start_s
    for each in coming:
        each.result()
    return frames / taken_s


def _next(source: Iterator[Planes]) -> list[Planes]:
    return list(islice(source, FRAMES))


def _encode(path: Path, reference: Reference, blocks: int) -> None:
    """H.264 where there is an encoder of it, else MPEG-4."""
    import av  # noqa: PLC0415 - an extra of this benchmark

    with av.open(str(path), "w") as container:
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream = container.add_stream(codec, rate=25, width=WIDTH, height=HEIGHT, pix_fmt="yuv420p")
        for planes in reference.frames * (blocks + 1):
            frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane, values in zip(frame.planes, planes, strict=True):
                rows = np.zeros((plane.height, plane.line_size), np.uint8)
                rows[:, : plane.width] = values
                plane.update(rows)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _decoded(path: Path) -> Iterator[Planes]:
    import av  # noqa: PLC0415 - an extra of this benchmark

    with av.open(str(path)) as container:
        container.streams.video[0].thread_count = 1
        for frame in container.decode(video=0):
            y, u, v = (_rows(plane) for plane in frame.planes)
            yield y, u, v


def _rows(plane: Any) -> np.ndarray:  # noqa: ANN401 - PyAV may not be there to name its type
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
