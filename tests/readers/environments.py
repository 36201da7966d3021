"""Environments for the readers, each pinned, made once and kept in `.venv-readers/NAME`.

`python -m tests.readers.environments` makes those that are not there; they need 4 GB of disk, and the network.
"""

import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / ".venv-readers"

PROJECT: Final = "project"
"""The environment that runs this."""

REQUIREMENTS: Final = {
    # The oldest pandas that the project itself runs with.
    "pandas-2.2": ("pandas==2.2.3", "pyarrow==20.0.0", "numpy==1.26.4"),
    "pandas-3": ("pandas==3.1.1", "pyarrow==26.0.1", "numpy==2.4.6"),
    "polars": ("polars==2.1.0",),
    # The last that could not read features of format 1.
    "polars-1.20": ("polars==1.20.0",),
    "duckdb": ("duckdb==2.0.1",),
    # The last that took appearance of format 1 for bytes, silently.
    "duckdb-1.2": ("duckdb==1.2.2",),
    "pyarrow": ("pyarrow==26.0.1",),
    "pyarrow-15": ("pyarrow==15.0.2", "numpy==1.26.4"),
    "dask": ("dask[dataframe]==2026.8.0", "pandas==3.1.1", "pyarrow==26.0.1"),
    "daft": ("daft==0.7.26",),
    "datafusion": ("datafusion==55.0.0", "pyarrow==26.0.1"),
    "chdb": ("chdb==4.4.0", "chdb-core==26.9.0", "pandas==3.1.1", "pyarrow==26.0.1"),
    "datasets": ("datasets==5.2.0", "pandas==3.1.1", "pyarrow==26.0.1"),
    "fastparquet": ("fastparquet==2026.9.0", "pandas==2.3.3"),
    "spark-4": ("pyspark==4.3.0",),
}
"""What pip installs, by the environment's name. Releases 3.0.0 to 3.0.2 of pandas are left out on purpose."""


def python_of(environment: str) -> str:
    """The interpreter of an environment, made first where it is not there, is half made, or was made for other requirements.

    Raises:
        RuntimeError: pip could not install what it needs.
    """
    if environment == PROJECT:
        return sys.executable
    folder, made_for = FOLDER / environment, "\n".join(REQUIREMENTS[environment])
    note, python = folder / "requirements.txt", folder / "bin" / "python"
    if not note.exists() or note.read_text() != made_for:
        venv.create(folder, clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", *REQUIREMENTS[environment]]
        run = subprocess.run(pip, capture_output=True, text=True, check=False)  # noqa: S603 - the requirements stand above
        if run.returncode:
            raise RuntimeError(f"{folder}: pip ended with {run.returncode}\n{run.stderr[-2000:]}")
        note.write_text(made_for)
    return str(python)


def main() -> None:
    """Make every environment."""
    for environment in REQUIREMENTS:
        sys.stdout.write(f"{environment}: {' '.join(REQUIREMENTS[environment])}\n")
        sys.stdout.flush()
        python_of(environment)


if __name__ == "__main__":
    main()
