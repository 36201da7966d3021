"""What a frame costs: each kernel alone, their sum, and extraction end to end beside it and beside the machine's peak.

Clips are made on the spot from the demo corpus's faces, 25 fps, at 360x270, 1280x720 and 1920x1080. All processes work
at once, one thread each, as extraction workers do; figures of one run are comparable, those of different runs less so.

    python benchmarks/extract.py [--processes 2] [--seconds 8] [--precision bfloat16] [--clips a.mp4 b.mp4 ...]
"""

import argparse
import dataclasses
import itertools
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import torch

from avemo_core import threads
from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.audio import yaafe
from avemo_core.clip import Clip
from avemo_core.extraction import ExtractionConfig, Extractor
from avemo_core.faces import chip, landmarks, region
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.track import CHECK_FRAMES
from avemo_core.media import decode
from avemo_core.media import picture as pictures
from avemo_core.synthetic import corpus, frames, plans, voice

SIZES = ((360, 270), (1280, 720), (1920, 1080))
FACE_GFLOP = 0.448
"""Multiplications and additions of ResNet-29 up to its map, for one face."""
KEPT = 1024
REPEATS = 5
MATRIX = 2048


def main() -> None:
    """Measure in every process at once, and print the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each clip")
    parser.add_argument("--precision", default="bfloat16", choices=list(networks.DTYPES))
    parser.add_argument("--clips", nargs="*", default=[], help="measure these instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        groups = (
            {"given clips": options.clips}
            if options.clips
            else {f"{w}x{h}": [_clip(Path(folder), w, h, options.seconds)] for w, h in SIZES}
        )
        for name, paths in groups.items():
            with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
                found = pool.starmap(measured, [(list(paths), options.precision)] * options.processes, chunksize=1)
            _print(name, {key: float(np.mean([each[key] for each in found])) for key in found[0]}, options.processes)


def measured(paths: Sequence[str], precision: str) -> dict[str, float]:
    """Milliseconds per frame of each kernel and of the whole, frames per second, peaks; of this process."""
    threads.use_one()
    torch.set_grad_enabled(mode=False)
    found = kernels_ms(paths[0], precision)
    found["sum"] = sum(found.values())
    found["end to end"], found["frames/s"] = end_to_end(paths, precision)
    found["peak GFLOP/s"] = peak_gflops()
    found["memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def kernels_ms(path: str, precision: str) -> dict[str, float]:
    """CPU milliseconds per frame of each step alone, on the clip's own pictures and sound."""
    with decode.opened(path) as recording:
        seen = list(itertools.islice(recording.frames(), 64))
    with decode.opened(path) as recording:
        count, sound = sum(1 for _ in recording.frames()), recording.sound()
    detector, mesh, network = Detector(), Mesh(), networks.load(precision=precision)
    selection = _selection(network)
    picture = seen[0].picture
    where = region.of_detection(detector.find(picture)[0])
    points, _ = mesh.points(picture, where)
    chips = np.stack([chip.of(picture, landmarks.of(points))] * 16)
    fresh = itertools.cycle(seen)
    samples = sound.samples if sound is not None else np.zeros(0, np.float32)
    return {
        "decode": _cpu_ms(lambda: _decoded(path)) / count,
        "convert": _cpu_ms(lambda: pictures.Picture(picture._y, picture._u, picture._v).part(_box(picture)), 20),  # noqa: SLF001 - alone
        "detect": _cpu_ms(lambda: detector.find_large(next(fresh).picture), 10) / CHECK_FRAMES,
        "mesh": _cpu_ms(lambda: mesh.points(picture, where), 20),
        "chip": _cpu_ms(lambda: chip.of(picture, landmarks.of(points)), 20),
        "network": _cpu_ms(lambda: selection.of(network.map(chips)).numpy().astype(np.float16), 3) / 16,
        "audio": _cpu_ms(lambda: yaafe.extract(samples)) / count,
    }


def end_to_end(paths: Sequence[str], precision: str) -> tuple[float, float]:
    """CPU milliseconds per frame with a face, and such frames per second of the clock, start-up not counted."""
    extractor = Extractor(ExtractionConfig(precision=precision), _selection(networks.load()))
    extractor.rows(Clip(source_id="warm", uri=str(paths[0])))
    cpu_s, clock_s, faces = time.process_time(), time.perf_counter(), 0
    for path in paths:
        faces += sum(extractor.rows(Clip(source_id="clip", uri=str(path)))["has_face"][0].as_py())
    return (time.process_time() - cpu_s) / faces * 1e3, faces / (time.perf_counter() - clock_s)


def peak_gflops() -> float:
    """The best rate of a float32 matrix product on one thread."""
    a, b = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    return 2 * MATRIX**3 / _cpu_ms(lambda: a @ b) / 1e6


def _selection(network: networks.FaceNetwork) -> Selection:
    whole = Selection.all(network)
    every = len(whole.indices) // KEPT
    return dataclasses.replace(whole, indices=whole.indices[::every], importances=whole.importances[::every])


def _box(picture: pictures.Picture) -> tuple[int, int, int, int]:
    """A part of the picture as large as a face's surroundings: half its height."""
    side = picture.height // 4 * 2
    return 0, 0, side, side


def _decoded(path: str) -> None:
    """FFmpeg's own work: nothing is made of the frames."""
    with av.open(path) as container:
        for stream in container.streams:
            stream.codec_context.thread_count = 1
        for packet in container.demux():
            packet.decode()


def _cpu_ms(work: Callable[[], object], times: int = 1) -> float:
    """The least CPU time over some repeats, of one call."""
    work()
    taken = []
    for _ in range(REPEATS):
        start_s = time.process_time()
        for _ in range(times):
            work()
        taken.append((time.process_time() - start_s) / times)
    return min(taken) * 1e3


def _clip(folder: Path, width: int, height: int, seconds: float) -> str:
    """A talking face of the demo corpus, enlarged to this size."""
    plan = dataclasses.replace(plans.plan(clips=21)[0], duration_s=seconds)
    sound, path = corpus.sound(plan), folder / f"{width}x{height}.mp4"
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=plans.FPS, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = file.add_stream("aac", rate=voice.SAMPLE_RATE_HZ, layout="mono")
        for frame in frames.frames(plan):
            picture = cv2.resize(frame.picture, (width, height), interpolation=cv2.INTER_CUBIC)
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        heard = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        heard.sample_rate = voice.SAMPLE_RATE_HZ
        file.mux(audio.encode(heard))
        for stream in (video, audio):
            file.mux(stream.encode(None))
    return str(path)


def _print(name: str, found: dict[str, float], processes: int) -> None:
    kernels = {key: found[key] for key in ("decode", "convert", "detect", "mesh", "chip", "network", "audio")}
    print(f"\n{name}, {processes} processes, one thread each; CPU ms a frame")
    print("  " + "  ".join(f"{key} {value:.2f}" for key, value in kernels.items()))
    print(f"  sum {found['sum']:.2f}, end to end {found['end to end']:.2f}: {found['sum'] / found['end to end']:.0%} of the kernels' rate")
    share = 1e3 / found["end to end"] * FACE_GFLOP / found["peak GFLOP/s"]
    print(f"  {processes * found['frames/s']:.0f} frames with a face a second of the clock; {1e3 / found['end to end']:.0f} a CPU second")
    print(f"  the network's share of the fp32 matrix peak ({found['peak GFLOP/s']:.0f} GFLOP/s a thread): {share:.0%}")
    print(f"  most memory of a process {found['memory MB']:.0f} MB")
    print("  " + json.dumps({key: round(value, 3) for key, value in found.items()}))


if __name__ == "__main__":
    main()
