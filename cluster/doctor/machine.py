"""Processors, memory, devices, disks and model files of one machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import psutil
import torch

from avemo_core.errors import ConfigError
from avemo_core.runtime.weights import MODEL_FILES, cache_folder, path_of
from cluster.doctor.finding import Finding, fine, wrong
from cluster.ray.devices import precision_of

_FREE_SHARE: Final = 0.05
"""Ray starts no task on a node whose disk has less left."""
_WORKER_BYTES: Final = 700e6
"""About what one worker of `extract` takes."""


def check_machine() -> list[Finding]:
    """Processors, memory and the disk of temporary files."""
    cores, memory = len(os.sched_getaffinity(0)), psutil.virtual_memory()
    findings = [
        fine("processor", f"{cores} cores that this process may use; --precision auto is {precision_of('auto', on_gpu=False)} on them")
    ]
    said = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"
    if memory.available < _WORKER_BYTES:
        findings.append(wrong("memory", said, f"A worker takes about {_WORKER_BYTES / 1e9:g} GB: end other programs."))
    else:
        findings.append(fine("memory", said))
    folders = {Path(os.environ.get("RAY_TMPDIR") or "/tmp"), Path(tempfile.gettempdir())}  # noqa: S108 - where Ray puts its files
    return [*findings, *(_check_disk(folder) for folder in sorted(folders))]


def check_device(*, is_wanted: bool) -> Finding:
    """Devices that torch can use; without one nothing is wrong unless one is wanted."""
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return fine("devices", f"{len(names)}: {', '.join(names)}; torch {torch.__version__} for CUDA {torch.version.cuda}")
    said = f"no GPU that torch {torch.__version__} can use"
    if not is_wanted:
        return fine("devices", f"{said}; the CPUs compute")
    build = (
        "this build of torch knows no CUDA" if torch.version.cuda is None else f"this torch wants a driver for CUDA {torch.version.cuda}"
    )
    return wrong("devices", said, f"Install a torch with CUDA, or the device's driver: {build}.")


def check_model_files() -> list[Finding]:
    """Each model file: there, and of the right sha256."""
    findings = []
    for model in MODEL_FILES:
        try:
            path = path_of(model.name)
        except ConfigError as error:
            findings.append(wrong("model files", f"{model.name}: {' '.join(str(error).split())}"))
        else:
            findings.append(fine("model files", f"{model.name}: {path}, sha256 {model.sha256[:12]}"))
    return [fine("cache", f"{cache_folder()}{'' if os.environ.get('AVEMO_CACHE') else ' (AVEMO_CACHE is not set)'}"), *findings]


def _check_disk(folder: Path) -> Finding:
    try:
        disk = shutil.disk_usage(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return wrong("disk", f"{folder}: {error.strerror or error}", "Name a folder that may be written: TMPDIR, and for Ray RAY_TMPDIR.")
    said = f"{folder}: {disk.free / 1e9:.1f} of {disk.total / 1e9:.1f} GB free"
    if disk.free < _FREE_SHARE * disk.total:
        return wrong("disk", said, "Ray starts nothing on a disk that is 95 % full: make room, or name another one by RAY_TMPDIR.")
    return fine("disk", said)
