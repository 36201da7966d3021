"""How far a precision lies from float32: relative error of the appearance features, and clips on whose emotion a model agrees.

Every clip is extracted twice, by the model's own settings and selection, and scored twice. Processes divide the clips.

    python benchmarks/precision.py --model MODEL --clips clips.csv [--precision bfloat16] [--limit 100]
"""

import argparse
import dataclasses
import multiprocessing
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from avemo_core.bundle.bundle import Bundle
from avemo_core.corpora.clip import Clip
from avemo_core.corpora.clips_table import clips_of, read_clips
from avemo_core.extraction.extractor import Extractor
from avemo_core.inference.predictor import Predictor
from cluster.ray.session import resolve
from cluster.tables import provenance
from schemas.emotions import EMOTIONS


def main() -> None:
    """Print errors and agreement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a model that train wrote")
    parser.add_argument("--clips", required=True, help="a clips table or a corpus folder")
    parser.add_argument("--precision", default="bfloat16")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    clips = list(clips_of(read_clips(resolve(options.clips)).slice(0, options.limit)))
    parts = [clips[start :: options.processes] for start in range(options.processes)]
    calls = [(options.model, part, precision) for precision in ("float32", options.precision) for part in parts]
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        found = pool.starmap(extracted, calls, chunksize=1)
    exact, rounded = (pa.concat_tables(found[start : start + len(parts)]) for start in (0, len(parts)))
    _print_errors(exact, rounded, options.precision)
    _print_agreement(Bundle.load(options.model), exact, rounded)


def extracted(model: str, clips: Sequence[Clip], precision: str) -> pa.Table:
    """The clips' rows, made as the model's were but in this precision."""
    config, selection = provenance.from_json(_extraction(Bundle.load(model)))
    extractor = Extractor(dataclasses.replace(config, precision=precision), selection)
    return pa.concat_tables(extractor.rows(clip) for clip in clips)


def _extraction(bundle: Bundle) -> dict[str, Any]:
    found: dict[str, Any] = bundle.extraction["about"]["extraction"]
    return found


def _print_errors(exact: pa.Table, rounded: pa.Table, precision: str) -> None:
    true, near = (np.concatenate([_appearance(row) for row in table["appearance"]]) for table in (exact, rounded))
    error = np.linalg.norm(near - true, axis=1) / np.linalg.norm(true, axis=1)
    print(f"{precision} beside float32, {exact.num_rows} clips, {len(true)} faces:")
    print(f"  relative error of a face's appearance: median {np.median(error):.4f}, 99th percentile {np.quantile(error, 0.99):.4f}")


def _appearance(row: pa.Scalar) -> np.ndarray:
    """The frames with a face, float32."""
    steps = row.values
    values = steps.flatten().to_numpy(zero_copy_only=False).astype(np.float32).reshape(len(steps), -1)
    return values[np.abs(values).sum(axis=1) > 0]


def _print_agreement(bundle: Bundle, exact: pa.Table, rounded: pa.Table) -> None:
    first, second = (_probabilities(bundle, table) for table in (exact, rounded))
    agree = first.argmax(axis=1) == second.argmax(axis=1)
    margins = np.sort(first, axis=1)[:, -1] - np.sort(first, axis=1)[:, -2]
    print(f"  the model names the same emotion on {agree.sum()} of {len(agree)} clips ({agree.mean():.1%})")
    print(f"  probabilities differ by {np.abs(first - second).mean():.4f} in the mean, {np.abs(first - second).max():.4f} at most")
    print(f"  margins in float32 of the clips that disagree: {[round(float(margin), 4) for margin in margins[~agree]]}")


def _probabilities(bundle: Bundle, features: pa.Table) -> np.ndarray:
    predictor = Predictor(bundle)
    rows = predictor.rows(features, predictor.gather(features))
    return np.stack([rows[f"p_{emotion}"].to_numpy() for emotion in EMOTIONS], axis=1)


if __name__ == "__main__":
    main()
