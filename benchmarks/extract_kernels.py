"""What each step of extraction costs when it runs alone, and how fast the machine multiplies matrices."""

import dataclasses
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Final

import av
import numpy as np
import pyarrow as pa
import torch

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.audio import yaafe
from avemo_core.corpora.clip import Clip
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from avemo_core.faces import chip, cutout, landmarks, region
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import FaceObserver
from avemo_core.faces.mesh import INPUT_PX, Mesh
from avemo_core.faces.track import CHECK_FRAMES
from avemo_core.media import decode
from avemo_core.media import picture as pictures
from avemo_core.runtime import threads
from cluster.tables import parquet

KERNELS: Final = ("decode", "convert", "detect", "mesh", "chip", "network", "audio", "encode")
SELECTED: Final = 1024
REPEATS: Final = 9
MATRIX: Final = 2048


def measured(path: str, precision: str) -> dict[str, float]:
    """CPU milliseconds per frame of each kernel alone, then of the whole in this process, and the GFLOP/s of a matrix product."""
    threads.use_one()
    torch.set_grad_enabled(mode=False)
    kernels = kernels_ms(path, precision)
    return {
        **kernels,
        "sum": sum(kernels.values()),
        "one process": one_process_ms(path, precision),
        "landmarks": landmarks_ms(path),
        "peak GFLOP/s": peak_gflops(),
    }


def kernels_ms(path: str, precision: str) -> dict[str, float]:
    """Of each step alone, on the clip's own pictures, sound and row."""
    with decode.opened(path) as recording:
        frames = list(itertools.islice(recording.frames(), 64))
    with decode.opened(path) as recording:
        count, sound = sum(1 for _ in recording.frames()), recording.sound()
    network = networks.load(precision=precision)
    selection = every_eighth(network)
    detector, mesh = Detector(), Mesh()
    picture = frames[0].picture
    where = region.of_detection(detector.find(picture)[0])
    points, _ = mesh.points(picture, where)
    chips = np.stack([chip.of(picture, landmarks.of(points))] * 16)
    fresh = itertools.cycle(frames)
    convert_ms = _cpu_ms(lambda: _converted(picture, where), 20)
    samples = sound.samples if sound is not None else np.zeros(0, np.float32)
    row = _row(path, precision, selection)
    return {
        "decode": _cpu_ms(lambda: _decoded(path)) / count,
        "convert": convert_ms,
        "detect": _cpu_ms(lambda: detector.find_large(next(fresh).picture), 10) / CHECK_FRAMES,
        "mesh": _cpu_ms(lambda: mesh.points(_unconverted(picture), where), 20) - convert_ms,
        "chip": _cpu_ms(lambda: chip.of(picture, landmarks.of(points)), 20),
        "network": _cpu_ms(lambda: selection.of(network.feature_map(chips)).numpy().astype(np.float16), 3) / 16,
        "audio": _cpu_ms(lambda: yaafe.extract(samples)) / count,
        "encode": _cpu_ms(lambda: parquet.encode(row)) / count,
    }


def one_process_ms(path: str, precision: str) -> float:
    """CPU milliseconds per frame of extraction without a job around it."""
    extractor = Extractor(ExtractionConfig(precision=precision), every_eighth(networks.load()))
    clip = Clip(source_id="clip", uri=path)
    frames = len(extractor.rows(clip)["has_face"][0])
    return _cpu_ms(lambda: extractor.rows(clip)) / frames


def landmarks_ms(path: str) -> float:
    """CPU milliseconds per frame of decoding and following the face, without sound and appearance: what landmark tools do."""
    detector, mesh = Detector(), Mesh()

    def watch() -> int:
        observer = FaceObserver(detector, mesh)
        with decode.opened(path) as recording:
            return sum(bool(observer.observe(frame, with_chips=False).faces) for frame in recording.frames())

    return _cpu_ms(watch) / watch()


def peak_gflops() -> float:
    """The best rate of a float32 matrix product on one thread."""
    a, b = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    return 2 * MATRIX**3 / _cpu_ms(lambda: a @ b, of_repeats=min) / 1e6


def every_eighth(network: networks.FaceNetwork) -> Selection:
    """As many values of the feature map as a forest selects; which ones is the same to time."""
    whole = Selection.all(network)
    every = len(whole.indices) // SELECTED
    return dataclasses.replace(whole, indices=whole.indices[::every], importances=whole.importances[::every])


def _row(path: str, precision: str, selection: Selection) -> pa.Table:
    return Extractor(ExtractionConfig(precision=precision), selection).rows(Clip(source_id="clip", uri=path))


def _unconverted(picture: pictures.Picture) -> pictures.Picture:
    """The same picture, as it comes from the decoder: nothing of it is BGR yet."""
    return pictures.Picture(picture._y, picture._u, picture._v, picture._recoding)  # noqa: SLF001 - there is no other way to it


def _converted(picture: pictures.Picture, where: region.Region) -> None:
    """The part of a new picture that the mesh reads, converted to BGR."""
    to_picture = where.to_picture(INPUT_PX)
    shrink = cutout._shrink(where.side_px / INPUT_PX)  # noqa: SLF001 - half of what `cutout.square` does
    box = cutout._box(to_picture, INPUT_PX, (picture.width, picture.height), shrink)  # noqa: SLF001
    if box is not None:
        _unconverted(picture).part(box, shrink)


def _decoded(path: str) -> None:
    """FFmpeg's own work: nothing is made of the frames."""
    with av.open(path) as container:
        for stream in container.streams:
            stream.codec_context.thread_count = 1
        for packet in container.demux():
            packet.decode()


def _cpu_ms(work: Callable[[], object], times: int = 1, of_repeats: Callable[[list[float]], float] = statistics.median) -> float:
    """CPU time of one call: the median of some repeats, as the job they are compared with has its slow moments too."""
    work()
    taken = []
    for _ in range(REPEATS):
        start_s = time.process_time()
        for _ in range(times):
            work()
        taken.append((time.process_time() - start_s) / times)
    return of_repeats(taken) * 1e3
