"""What a frame and a second cost: audio sets, speech encoders and face networks of one's own, on one core.

    OMP_NUM_THREADS=1 python benchmarks/own_features.py [--seconds 20] [--faces 64] [--turns 5]

Needs the extras egemaps, onnx and speech. Networks have random weights, which cost what trained ones do: our ResNet-29 up to its map, by
torch, as a .pt2 and by onnxruntime; encoders of the size of wav2vec2, HuBERT and WavLM "base" (12 layers of 768). CPU time, the least of
the turns, in which the rows take their turns one after the other.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from avemo_core.appearance import networks
from avemo_core.appearance.network import backbone_of
from avemo_core.audio import yaafe
from avemo_core.audio_sets import built_in, speech
from avemo_core.runtime import threads

SIDECAR = {"size": 150, "colour": "rgb", "layout": "nchw", "mean": 127.5, "scale": 256, "crop": "chip", "licence": "none: random weights"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--faces", type=int, default=64)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    threads.use_one()
    draw = np.random.default_rng(0)
    sound = draw.normal(0, 0.1, options.seconds * 16_000).astype(np.float32)
    faces = draw.integers(0, 256, (options.faces, 150, 150, 3), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        sounds = of_sound(Path(folder), sound)
        pictures = of_faces(Path(folder), faces)
        for title, rows, count in (("ms a second of sound", sounds, options.seconds), ("ms a face", pictures, options.faces)):
            print(f"| | {title} |\n|---|---|")
            for name, ms in least(rows, options.turns).items():
                print(f"| {name} | {ms / count:.1f} |")


def of_sound(folder: Path, sound: np.ndarray) -> dict[str, Callable[[], object]]:
    """Each audio set on the sound; encoders as extraction runs them, in a piece of 12 s."""
    import transformers  # noqa: PLC0415 - an extra

    sets = {each.audio_set.name: each for each in built_in.further(built_in.NAMES)}
    rows = {"yaafe27": lambda: yaafe.extract(sound)} | {name: lambda each=each: each.extract(sound) for name, each in sets.items()}
    for kind in ("wav2vec2", "hubert", "wavlm"):
        place = folder / kind
        transformers.AutoModel.from_config(transformers.AutoConfig.for_model(kind)).save_pretrained(place)
        transformers.Wav2Vec2FeatureExtractor().save_pretrained(place)
        encoder, piece = speech.parse(f"hf:{place}"), sound[: 12 * 16_000]
        rows[f"speech, {kind} base"] = lambda encoder=encoder, piece=piece: [
            encoder.extract(piece) for _ in range(len(sound) // len(piece))
        ]
    return rows


def of_faces(folder: Path, faces: np.ndarray) -> dict[str, Callable[[], object]]:
    """ResNet-29 up to its map in each format."""
    shipped, sha256 = networks.with_weights("resnet29")
    layers = backbone_of(shipped, sha256, device="cpu", dtype=torch.float32).layers
    example, dynamic = (torch.zeros(2, 3, 150, 150),), ({0: torch.export.Dim.DYNAMIC},)
    torch.export.save(torch.export.export(layers, example, dynamic_shapes=dynamic), folder / "face.pt2")
    torch.onnx.export(layers, example, str(folder / "face.onnx"), dynamo=False, dynamic_axes={"x": {0: "n"}}, input_names=["x"])
    (folder / "face.json").write_text(json.dumps(SIDECAR))
    named = {
        "resnet29, shipped": "resnet29",
        "torch:resnet29.pt2": f"torch:{folder}/face.pt2",
        "onnx:resnet29.onnx": f"onnx:{folder}/face.onnx",
    }
    loaded = {name: networks.load(network) for name, network in named.items()}
    return {name: lambda network=network: network.feature_map(faces) for name, network in loaded.items()}


def least(rows: dict[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """The least CPU milliseconds of each, after one turn to warm up."""
    spent = {name: list[float]() for name in rows}
    for turn in range(turns + 1):
        for name, run in rows.items():
            start_s = time.process_time()
            run()
            if turn:
                spent[name].append(1000 * (time.process_time() - start_s))
    return {name: min(found) for name, found in spent.items()}


if __name__ == "__main__":
    main()
