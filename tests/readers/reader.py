"""The readers, and running one in its environment."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.readers.environments import PROJECT, python_of

SCRIPTS: Final = Path(__file__).parent / "opening"
DEADLINE_S: Final = 240.0
QUIET: Final = {"PYTHONNOUSERSITE": "1", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "RAY_USAGE_STATS_ENABLED": "0"}
"""No packages but the environment's, and no word to anybody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """One way to read a folder of Parquet."""

    name: str
    environment: str
    script: str
    """The middle of `opening/with_SCRIPT.py`."""
    needs_java: bool = False

    def run(self, folders: Sequence[Path], *options: str) -> dict[str, Any]:
        """What its script prints about the folders: `version`, and `found` by folder (tests/readers/opening/facts.py).

        Raises:
            RuntimeError: it needs Java and there is none, or its script ended with an error.
        """
        if self.needs_java and not shutil.which("java"):
            raise RuntimeError(
                f"{self.name} needs Java 17 or newer, and no `java` is on the PATH: install one, e.g. openjdk-17-jre-headless"
            )
        script = SCRIPTS / f"with_{self.script}.py"
        command = [python_of(self.environment), script, *map(str, folders), *options]
        run = subprocess.run(  # noqa: S603 - the tests' own script
            command, capture_output=True, text=True, check=False, timeout=DEADLINE_S, env={**os.environ, **QUIET}
        )
        if run.returncode:
            raise RuntimeError(f"{script.name} ended with {run.returncode}\n{run.stderr[-2000:]}")
        answer: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
        return answer


READERS: Final = {
    reader.name: reader
    for reader in (
        Reader(name="pandas 2.2", environment="pandas-2.2", script="pandas"),
        Reader(name="pandas 3", environment="pandas-3", script="pandas"),
        Reader(name="pandas 3, Arrow's types", environment="pandas-3", script="pandas_arrow"),
        Reader(name="polars", environment="polars", script="polars"),
        Reader(name="polars 1.20", environment="polars-1.20", script="polars"),
        Reader(name="DuckDB", environment="duckdb", script="duckdb"),
        Reader(name="DuckDB 1.2", environment="duckdb-1.2", script="duckdb"),
        Reader(name="pyarrow", environment="pyarrow", script="pyarrow"),
        Reader(name="pyarrow 15", environment="pyarrow-15", script="pyarrow"),
        Reader(name="Dask", environment="dask", script="dask"),
        Reader(name="daft", environment="daft", script="daft"),
        Reader(name="DataFusion", environment="datafusion", script="datafusion"),
        Reader(name="chdb", environment="chdb", script="chdb"),
        Reader(name="HF datasets", environment="datasets", script="datasets"),
        Reader(name="Ray Data", environment=PROJECT, script="ray_data"),
        Reader(name="fastparquet", environment="fastparquet", script="fastparquet"),
        Reader(name="fastparquet, all columns", environment="fastparquet", script="fastparquet_all"),
        Reader(name="fastparquet, vectors", environment="fastparquet", script="fastparquet_vectors"),
        Reader(name="Spark 4", environment="spark-4", script="spark", needs_java=True),
    )
}
