"""Each part by itself: whether it agrees with the CPU's values, and what it costs."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from avemo_core.faces.batched import cutting, regions
from avemo_core.faces.batched.mesh_network import INPUT_PX
from avemo_core.faces.batched.pictures import DevicePictures
from avemo_core.faces.yunet.detections import detections
from benchmarks.gpu.engine import MAP, Engine, seconds, which_of
from benchmarks.gpu.reference import FRAMES, HEIGHT, WIDTH, Reference

WORKER_BATCH: Final = 16
"""Chips that the worker of `extract` reads at once (avemo_core.appearance.network)."""
MIN_SCORE, NMS_IOU = 0.6, 0.3
"""As the detector's (avemo_core.faces.detect)."""
TOLERANCES: Final = {torch.float32: (0.02, 0.5, 0.02), torch.float16: (0.2, 0.5, 0.02)}
"""Of the detection in pixels, of the points in pixels at most, and the map's mean error over its mean value."""


class Check(NamedTuple):
    """One comparison with the CPU's values."""

    what: str
    found: float
    allowed: float

    @property
    def holds(self) -> bool:
        """Whether it is near enough; NaN is not."""
        return self.found <= self.allowed


def checks(engine: Engine, reference: Reference) -> Iterator[Check]:
    """Detection, points and maps beside those of the CPU's path."""
    detection_px, points_px, map_share = TOLERANCES[engine.dtype]
    on_device = engine.upload(reference.frames)
    candidates = engine.detect(on_device, 1).cpu().numpy()[0]
    (face,) = detections(candidates, np.ones(2, np.float32), min_score=MIN_SCORE, nms_iou=NMS_IOU)
    where = np.concatenate([face.box, face.eyes.reshape(-1)])
    yield Check("box and eyes, at most, px", float(np.abs(where - reference.detection[:-1]).max()), detection_px)
    yield Check("score of the detection", abs(face.score - float(reference.detection[-1])), 0.01)
    which = which_of(1, FRAMES, engine.device)
    followed = engine.follow(on_device, which, torch.from_numpy(reference.region[None]).to(engine.device))
    apart = np.linalg.norm(followed.points[:, 0].cpu().numpy() - reference.points, axis=2)
    yield Check("468 points in the first picture, at most, px", float(apart[0].max()), points_px / 5)
    yield Check("468 points followed through 15, on average, px", float(apart.mean()), points_px / 5)
    yield Check("468 points followed through 15, at most, px", float(apart.max()), points_px)
    yield Check("score of the mesh, lower by", float(reference.least_score[0] - followed.logits.sigmoid().min()), 0.01)
    maps = engine.appearance(on_device, followed, which, MAP)[[0, -1]].cpu().numpy()
    error = np.abs(maps - reference.maps).mean() / np.abs(reference.maps).mean()
    yield Check("feature map, mean error over mean value", float(error), map_share)
    if engine.device.type == "cuda":
        yield Check("times that following waits for the device", float(_waits(engine, on_device, which, reference)), 0)


def _waits(engine: Engine, on_device: DevicePictures, which: Tensor, reference: Reference) -> bool:
    """Whether torch says that something waited for the device between the first step and the last."""
    region = torch.from_numpy(reference.region[None]).to(engine.device)
    torch.cuda.set_sync_debug_mode("error")
    try:
        engine.follow(on_device, which, region)
    except RuntimeError as error:
        if "synchroniz" not in str(error):
            raise
        return True
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return False


def costs_ms(engine: Engine, reference: Reference, faces: int, budget_s: float) -> dict[str, float]:
    """Milliseconds a picture or a face of each part, in batches of so many."""
    frames = [reference.frames[place % FRAMES] for place in range(faces)]
    on_device = engine.upload(frames)
    which = torch.arange(faces, device=engine.device)
    region = regions.of_points(torch.from_numpy(reference.points[which.cpu() % FRAMES]).to(engine.device))
    to_picture = regions.to_picture(region, INPUT_PX)
    squares = (cutting.squares(on_device, which, to_picture, INPUT_PX) / 255).to(engine.dtype)
    followed = engine.follow(on_device, which[None], region)
    side_px = engine.backbone.input_px
    chips = torch.rand(faces, 3, side_px, side_px, device=engine.device).to(engine.dtype).contiguous(memory_format=torch.channels_last)
    parts: dict[str, Callable[[], object]] = {
        "upload and RGB, a picture": lambda: engine.upload(frames),
        "YuNet, a picture": lambda: engine.detect(on_device, faces),
        "cut out a square": lambda: cutting.squares(on_device, which, to_picture, INPUT_PX),
        "FaceMesh": lambda: engine.mesh(squares),
        "cut out, FaceMesh, next region": lambda: engine.follow(on_device, which[None], region),
        "face network": lambda: engine.backbone.layers(chips),
        "face network, 16 at once": lambda: [engine.backbone.layers(few) for few in torch.split(chips, WORKER_BATCH)],
        "chip, face network, selection": lambda: engine.appearance(on_device, followed, which[None]),
    }
    with torch.inference_mode():
        return {name: 1000 * seconds(part, engine.device, budget_s) / faces for name, part in parts.items()}


def gflop(engine: Engine) -> dict[str, float]:
    """Of each network, for a picture or a face; a multiplication and an addition are two."""
    inputs = {
        "YuNet": (engine.yunet, torch.zeros(1, 3, HEIGHT, WIDTH)),
        "FaceMesh": (engine.mesh, torch.zeros(1, 3, INPUT_PX, INPUT_PX)),
        "face network": (engine.backbone.layers, torch.zeros(1, 3, engine.backbone.input_px, engine.backbone.input_px)),
    }
    return {name: _flops(network, x.to(engine.device, engine.dtype)) / 1e9 for name, (network, x) in inputs.items()}


def _flops(network: Callable[[Tensor], object], x: Tensor) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(x)
    return int(counter.get_total_flops())


def limit_tflops(engine: Engine, budget_s: float) -> float:
    """The rate of a product of square matrices in this precision, on this device, now: the most that the networks could reach."""
    side = 8192 if engine.device.type == "cuda" else 1024
    a, b = (torch.randn(side, side, device=engine.device).to(engine.dtype) for _ in range(2))
    return 2 * side**3 / seconds(lambda: a @ b, engine.device, budget_s) / 1e12
