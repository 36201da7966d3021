"""Whether two checkouts compute the same values, bit for bit: select, extract, train and score by each one's own jobs, on the same clips.

    python benchmarks/same_values.py --against PATH [--clips clips.csv]

PATH is the other checkout, such as `git worktree add PATH COMMIT`; each runs by its own .venv where it has one. With the clips of
tests/version1 it takes about four minutes on two cores. Ends with 1 where a value differs or is lost; what is new here is only named.
One worker does everything, so that batches are the same. Clips that take it more than some seconds are published in several parts,
whose borders are a matter of time: predictions of these may differ in their last bits.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from safetensors.numpy import load_file

ROOT: Final = Path(__file__).parents[1]
PRESETS: Final = ("paper", "best")
OUTPUTS: Final = ("selection", "features", *(f"{kind}-{preset}" for preset in PRESETS for kind in ("model", "predictions")))
KEEP: Final = 192
"""More than the 128 values that preset best takes of them."""
TREES: Final = 50
"""Two blocks."""

LEFT_OUT: Final = {
    "feature_set": "a name for how features were made, not one of their values",
    "model_id": "a hash that covers how settings are called; the tensors themselves are compared",
}
RENAMED: Final[Mapping[str, str]] = {}
"""What a column or tensor of the other checkout is called in this one; beginnings of names, as `standard.`, too."""

Layers = Sequence[np.ndarray]
"""A column or tensor: nulls, lengths or shape from the outside inwards, then the values."""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A checkout, who runs it, and where its outputs go."""

    folder: Path
    python: Path
    out: Path

    def run(self, clips: Path) -> None:
        """Everything from selection to predictions."""
        alone = ("--workers", "1")
        self._job("select", "--clips", clips, "--out", "selection", "--keep", KEEP, "--trees", TREES, "--precision", "float32", *alone)
        self._job("extract", "--clips", clips, "--selection", self.out / "selection", "--out", "features", "--precision", "float32", *alone)
        for preset in PRESETS:
            told = ("--features", self.out / "features")
            self._job("train", *told, "--out", f"model-{preset}", "--preset", preset, "--seeds", 1)
            self._job("score", *told, "--out", f"predictions-{preset}", "--model", self.out / f"model-{preset}", *alone)

    def _job(self, name: str, *arguments: object) -> None:
        told = list(map(str, arguments))
        told[told.index("--out") + 1] = str(self.out / told[told.index("--out") + 1])
        environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
        done = subprocess.run(  # noqa: S603 - the checkouts' own commands
            [str(self.python), f"jobs/{name}.py", *told],
            cwd=self.folder,
            env=environment | {"PYTHONPATH": str(self.folder), "RAY_USAGE_STATS_ENABLED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        said = (done.stdout + done.stderr).strip()
        if done.returncode:
            sys.exit(f"{self.folder}: jobs/{name}.py {' '.join(told)} ended with {done.returncode}\n{said}")
        print(f"{self.folder}: {name}: {said.splitlines()[-1]}", flush=True)


def main() -> None:
    """Run both, print a line an output, and leave with 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", required=True, type=Path, help="the other checkout")
    parser.add_argument("--clips", type=Path, default=ROOT / "tests" / "version1" / "clips" / "clips.csv", help="a labelled clips table")
    parser.add_argument("--python-here", type=Path, help="runs this checkout; else its .venv, else who runs this")
    parser.add_argument("--python-there", type=Path, help="runs the other one, likewise")
    parser.add_argument("--out", type=Path, help="keeps all outputs, in the folders here/ and there/; else they are deleted")
    options = parser.parse_args()
    if options.out and options.out.exists() and any(options.out.iterdir()):
        parser.error(f"--out {options.out} holds something: runs would go on with it rather than make it")
    with tempfile.TemporaryDirectory(prefix="avemo-same-values-") as passing:
        out = (options.out or Path(passing)).absolute()
        here = Checkout(folder=ROOT, python=_python(options.python_here, ROOT), out=out / "here")
        there = Checkout(folder=options.against.absolute(), python=_python(options.python_there, options.against), out=out / "there")
        for checkout in (here, there):
            checkout.run(options.clips.absolute())
        found = [compared(here.out / output, there.out / output) for output in OUTPUTS]
    print(f"\n{'output':<18} {'columns or tensors':>18} {'values':>10}  of {ROOT} against {there.folder}")
    for output, outcome in zip(OUTPUTS, found, strict=True):
        print(f"{output:<18} {outcome.compared:>18,} {outcome.values:>10,}  {'differs' if outcome.differing else 'equal'}")
        print("".join(f"    {line}\n" for line in (*outcome.differing, *outcome.new)), end="")
    print("\n".join(f"left out: {name}, {why}" for name, why in LEFT_OUT.items()))
    sys.exit(any(outcome.differing for outcome in found))


def _python(given: Path | None, checkout: Path) -> Path:
    own = checkout / ".venv" / "bin" / "python"
    return (given or (own if own.exists() else Path(sys.executable))).absolute()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the comparison of one output came to."""

    compared: int
    """Columns or tensors that both have."""
    values: int
    differing: Sequence[str]
    """Lines, each about one that differs or that this checkout lacks."""
    new: Sequence[str]
    """Lines, each about one that only this checkout has."""


def compared(here: Path, there: Path) -> Outcome:
    """Compare an output of both: a table, a bundle or a selection."""
    ours, others = (tensors(here), tensors(there)) if here.is_file() or list(here.glob("*.safetensors")) else columns(here, there)
    others = {_renamed(name): layers for name, layers in others.items()}
    both = [name for name in others if name in ours]
    differing = [f"{name}: {told}" for name in both if (told := difference(ours[name], others[name]))]
    return Outcome(
        compared=len(both),
        values=sum(ours[name][-1].size for name in both),
        differing=[*differing, *(f"{name}: lost" for name in others if name not in ours)],
        new=[f"{name}: new, compared with nothing" for name in ours if name not in others],
    )


def tensors(location: Path) -> dict[str, Layers]:
    """Of a safetensors file, or of all those in a folder."""
    files = [location] if location.is_file() else sorted(location.glob("*.safetensors"))
    found = {name: array for file in files for name, array in load_file(file).items()}
    return {name: (np.array(array.shape), array.ravel()) for name, array in found.items()}


def columns(*tables: Path) -> Sequence[dict[str, Layers]]:
    """Of tables: clip_id as it is, the others in the rows of the clips that all of them have, by clip_id."""
    read = [pq.read_table(table).sort_by("clip_id") for table in tables]
    shared = pa.array(sorted(set.intersection(*(set(table["clip_id"].to_pylist()) for table in read))), pa.string())
    rows = [table.filter(pc.is_in(table["clip_id"], value_set=shared)) for table in read]
    return [
        {name: list(_layers((table if name == "clip_id" else part)[name])) for name in table.column_names if name not in LEFT_OUT}
        for table, part in zip(read, rows, strict=True)
    ]


def _layers(column: pa.ChunkedArray) -> Iterator[np.ndarray]:
    """Which are null and how long the others are, from list to list inwards, then the values."""
    array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    while True:
        yield array.is_valid().to_numpy(zero_copy_only=False)
        array = array.drop_null()
        if not any(is_list(array.type) for is_list in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)):
            break
        yield pc.list_value_length(array).to_numpy(zero_copy_only=False)
        array = array.flatten()
    yield array.to_numpy(zero_copy_only=False)


def difference(here: Layers, there: Layers) -> str:
    """In words; empty where there is none."""
    if [layer.shape for layer in here] != [layer.shape for layer in there]:
        return f"{here[-1].size:,} values, not {there[-1].size:,}, or other lists or nulls"
    if not all(_same(*pair).all() for pair in zip(here[:-1], there[:-1], strict=True)):
        return "other lengths, shape or nulls"
    ours, others = here[-1], there[-1]
    if ours.dtype != others.dtype and not (ours.dtype.kind == others.dtype.kind == "f"):
        return f"{ours.dtype}, not {others.dtype}"
    different = ~_same(ours, others)
    if not different.any():
        return ""
    most = f", at most {_apart(ours[different], others[different]):.2g} apart" if ours.dtype.kind in "fiu" else ""
    return f"{different.sum():,} of {ours.size:,} values{most}"


def _same(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Which values have the same bits, or are NaN in both; floats of two widths are compared in the widest."""
    if here.dtype.kind != "f":
        return np.asarray(here == there)
    ours, others = (array if here.dtype == there.dtype else array.astype(np.float64) for array in (here, there))
    bits = f"u{ours.itemsize}"
    return (ours.view(bits) == others.view(bits)) | (np.isnan(ours) & np.isnan(others))


def _apart(here: np.ndarray, there: np.ndarray) -> float:
    return float(np.abs(here.astype(np.float64) - there.astype(np.float64)).max())


def _renamed(name: str) -> str:
    return next((new + name.removeprefix(old) for old, new in RENAMED.items() if name.startswith(old)), name)


if __name__ == "__main__":
    main()
