#!/usr/bin/env bash
# Expected: encoding a video changes nothing but the video.
# SVT-AV1, as PyAV's wheel has it, run as root, puts the thread that opens the encoder under the real-time scheduler (SCHED_FIFO, priority 99)
# and leaves it there: whatever that thread starts afterwards, programs too, inherits it and starves all that runs as usual. Other encoders of the
# same wheel leave the scheduling alone.
# Our tests made AV1 clips: Ray and stores that were started after one stood before everything else on the machine. They give it back now.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "$(id -u)" != 0 ]; then
    echo "run as root: nobody else may ask for real time"
    exit 1
fi
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq av==18.1.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import os
import sys
from importlib.metadata import version

import av
import numpy as np

USUAL = (os.SCHED_OTHER, 0)


def scheduling():
    return os.sched_getscheduler(0), os.sched_getparam(0).sched_priority


def encode(codec):
    with av.open(f"{codec}.mp4", "w") as file:
        stream = file.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((96, 128, 3), np.uint8), format="rgb24")
        file.mux(stream.encode(picture.reformat(format="yuv420p")))
        file.mux(stream.encode(None))


print("av", version("av"))
found = {"before": scheduling()}
for codec in ("libx264", "libsvtav1"):
    encode(codec)
    found[f"after {codec}"] = scheduling()
for name, (policy, priority) in found.items():
    print(f"{name:16} policy {policy} priority {priority}")
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
if list(found.values()) != [USUAL, USUAL, (os.SCHED_FIFO, 99)]:
    sys.exit("No longer so: SVT-AV1 leaves the scheduling as it is, or another encoder changes it.")
PYTHON

# Seen:
#   av 18.1.0
#   before           policy 0 priority 0
#   after libx264    policy 0 priority 0
#   after libsvtav1  policy 1 priority 99
