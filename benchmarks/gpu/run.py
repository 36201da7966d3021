"""All of it, as a page of Markdown (benchmarks/gpu.sh)."""

import argparse
import os
import platform
import resource
import sys
from pathlib import Path

import torch

from benchmarks.gpu import bare


def main() -> int:
    """Print the page; 1 where a value does not agree with the CPU's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="as torch names it")
    parser.add_argument("--models", type=Path, help="a folder of model files; none given: avemo's cache")
    parser.add_argument("--quick", action="store_true", help="small batches and short measures: whether it runs")
    options = parser.parse_args()
    missing = bare.stand_in()
    on_gpu = options.device.startswith("cuda")
    torch.set_num_threads(1)
    # Every batch has the same size: the fastest of cuDNN's ways is looked for once.
    torch.backends.cudnn.benchmark = True
    # TF32 keeps ten bits of a float32: points would move by tenths of a pixel.
    torch.backends.cudnn.allow_tf32 = False
    name = torch.cuda.get_device_name(options.device) if on_gpu else f"CPU ({platform.machine()}), one thread"
    print(f"{name}; torch {torch.__version__}, Python {platform.python_version()}, {len(os.sched_getaffinity(0))} cores")
    print(f"without: {', '.join(missing) or 'nothing'}\n")
    precisions = [torch.float32, torch.float16] if on_gpu else [torch.float32]
    agreed = True
    for dtype in precisions:
        agreed &= _page(options, dtype)
    _training(options)
    return int(not agreed)


def _page(options: argparse.Namespace, dtype: torch.dtype) -> bool:
    """One precision; says whether all of it agrees."""
    from benchmarks.gpu import parts, reference, whole  # noqa: PLC0415 - once there are stand-ins
    from benchmarks.gpu.engine import Engine  # noqa: PLC0415

    precision, on_gpu = str(dtype).removeprefix("torch."), options.device.startswith("cuda")
    budget_s, faces, clips = (0.2, 4, 2) if options.quick else (2.0, 256 if on_gpu else 16, 64 if on_gpu else 4)
    engine, values = Engine.load(options.models, options.device, dtype), reference.load()
    checks = list(parts.checks(engine, values))
    _table(
        [precision, "apart", "allowed", ""],
        [[c.what, f"{c.found:.4f}", f"{c.allowed:g}", "" if c.holds else "**too far**"] for c in checks],
    )
    limit, gflop = parts.limit_tflops(engine, budget_s), parts.gflop(engine)
    unit = "ms" if on_gpu else "CPU ms"
    costs = parts.costs_ms(engine, values, faces, budget_s)
    rows = [[what, f"{ms:.4f}", *_share(what, gflop, ms, limit)] for what, ms in costs.items()]
    _table([f"{precision}, {faces} at once", unit, "GFLOP", f"of {limit:.3g} TFLOP/s"], rows)
    fps = whole.fps_from_memory(engine, values, clips, budget_s)
    a_frame = gflop["FaceMesh"] + gflop["face network"] + gflop["YuNet"] / reference.FRAMES
    results = [
        [f"frames/s of {clips} clips in step, from memory", f"{fps:.0f}"],
        ["the networks' share of the limit meanwhile", f"{fps * a_frame / 1000 / limit:.1%}"],
    ]
    if whole.can_decode():
        cores = len(os.sched_getaffinity(0))
        alone, together = whole.fps_decoded(engine, values, clips, cores, blocks=2 if options.quick else 8)
        results += [[f"frames/s decoded, {cores} cores, no networks", f"{alone:.0f}"], ["frames/s from decoded clips", f"{together:.0f}"]]
    else:
        results.append(["frames/s from decoded clips", "not measured: no PyAV"])
    results.append(["peak memory, GB", f"{_peak_gb(on_gpu=on_gpu):.2f}"])
    _table([precision, ""], results)
    return all(check.holds for check in checks)


def _training(options: argparse.Namespace) -> None:
    """Last, as it is the part that the others do without."""
    from benchmarks.gpu import training  # noqa: PLC0415 - once there are stand-ins
    from benchmarks.gpu.engine import seconds  # noqa: PLC0415

    device, rows = torch.device(options.device), []
    for autocast in (False, True):
        step, losses = training.learnt(device, autocast=autocast)
        ms = 1000 * seconds(step, device, 0.2 if options.quick else 2.0)
        rows.append(["bfloat16 autocast" if autocast else "float32", f"{ms:.2f}", f"{losses[-1]:.4f}"])
    _table(["training step", "ms" if device.type == "cuda" else "CPU ms", f"loss after {training.LEARNT}"], rows)


def _share(what: str, gflop: dict[str, float], ms: float, limit_tflops: float) -> list[str]:
    """What a network computes, and the share of the limit at which it does."""
    of_network = next((gflop[name] for name in gflop if what.split(",", maxsplit=1)[0] == name), None)
    return ["", ""] if of_network is None else [f"{of_network:.3f}", f"{of_network / ms / limit_tflops:.1%}"]


def _peak_gb(*, on_gpu: bool) -> float:
    """Of the card; without one, of the process."""
    return torch.cuda.max_memory_allocated() / 1e9 if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _table(head: list[str], rows: list[list[str]]) -> None:
    print("\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]), end="\n\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
