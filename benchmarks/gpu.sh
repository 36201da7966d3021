#!/usr/bin/env bash
# What a GPU makes of faces: right or not, ms a face, frames a second, against the card's own limit. Ends within eight minutes.
# Needs torch, numpy and safetensors, and av to decode; no network, no Ray.
#
#   bash benchmarks/gpu.sh [--device cuda] [--models FOLDER] [--quick]
#
# FOLDER has the model files as avemo's cache has them ($AVEMO_CACHE, else ~/.cache/avemo), which is where they are looked for otherwise.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec timeout 480 "${PYTHON:-python3}" -m benchmarks.gpu.run "$@"
