"""What openSMILE writes, and a file of it or of anything else."""

from pathlib import Path

SMILE_CSV = "name;frameTime;F0_sma;loudness_sma3\n'one';0.000000;110.5;0.25\n'one';0.010000;111.5;0.5\n'two';0.000000;220.0;0.1\n"
SMILE_ARFF = """@relation openSMILE
@attribute name string
@attribute frameTime numeric
@attribute F0_sma numeric
@attribute class numeric
@data
'one.wav',0.0,110.5,?
'one.wav',0.01,111.5,?
"""


def written(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return str(path)
