"""An audformat database: a header that says what was labelled how, and tables by file, start and end.

Source: audformat's documentation, https://audeering.github.io/audformat.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from avemo_core.errors import ConfigError
from avemo_core.export.media import media_url
from avemo_core.export.predictions import COLUMNS, predictions_of
from avemo_core.export.videos import RowGroups
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES

NAME: Final = "avemo-predictions"
TABLE: Final = "emotion"
PEAKS: Final = "peaks"
MODEL: Final = "model"
"""The rater whose answers the table holds."""
TRUTH: Final = "truth"
"""The rater of the labels that came with the clips."""

_INDEX: Final = ["file", "start", "end"]
_TABLE_COLUMNS: Final = {
    "emotion": ("emotion", MODEL),
    "confidence": ("confidence", MODEL),
    **dict.fromkeys(PROBABILITIES, ("probability", MODEL)),
    "label": ("emotion", TRUTH),
    "speaker": ("speaker", None),
    "clip_id": ("clip_id", None),
}
"""Column -> its scheme and its rater."""
_PEAK_COLUMNS: Final = {"emotion": ("emotion", MODEL), "weight": ("weight", MODEL), "clip_id": ("clip_id", None)}


def write_audformat(row_groups: RowGroups, folder: Path, target: str) -> int:
    """Write the database into the folder; memory holds its tables. Returns the number of rows.

    An index of audformat says each range of a file once. What comes again, a further face or another clip of the same range, goes to
    `emotion.2` and so on; so do peaks at one moment.

    Args:
        row_groups: reads the predictions table.
        folder: an empty folder on this machine.
        target: where the folder will be, for the way from there to the videos.

    Raises:
        ConfigError: the package audformat is not installed.
    """
    try:
        import audformat  # noqa: PLC0415 - few need it
    except ImportError as error:
        raise ConfigError("--as audformat: the package audformat is missing; install it: pip install --editable '.[audformat]'") from error
    rows, peaks, models = [_no_rows(_TABLE_COLUMNS)], [_no_rows(_PEAK_COLUMNS)], set()
    for table in row_groups((*COLUMNS, "model_id")):
        rows.append(_rows(table, target))
        peaks.append(_peaks(table, target))
        models.update(table.column("model_id").unique().to_pylist())
    database = _header(audformat, sorted(models))
    _add_tables(audformat, database, TABLE, pd.concat(rows), _TABLE_COLUMNS)
    _add_tables(audformat, database, PEAKS, pd.concat(peaks), _PEAK_COLUMNS)
    database.save(str(folder))
    return sum(map(len, rows))


def _no_rows(columns: Iterable[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="timedelta64[ns]" if name in {"start", "end"} else object) for name in [*_INDEX, *columns]})


def _header(audformat: Any, models: Sequence[str]) -> Any:  # noqa: ANN401 - audformat ships no annotations
    database = audformat.Database(
        name=NAME,
        usage=audformat.define.Usage.OTHER,
        description="Displayed expressions as a model predicts them, with the moments its perception attention points to.",
    )
    database.media["video"] = audformat.Media(type=audformat.define.MediaType.VIDEO)
    database.raters[MODEL] = audformat.Rater(audformat.define.RaterType.MACHINE, description=", ".join(models))
    database.raters[TRUTH] = audformat.Rater(audformat.define.RaterType.TRUTH, description="labels of the clips table")
    database.schemes["emotion"] = audformat.Scheme(labels=list(EMOTIONS), description="displayed emotion")
    number = {"dtype": audformat.define.DataType.FLOAT, "minimum": 0.0, "maximum": 1.0}
    database.schemes["confidence"] = audformat.Scheme(**number, description="the highest probability")
    database.schemes["probability"] = audformat.Scheme(**number, description="probability of one emotion; the seven sum to 1")
    database.schemes["weight"] = audformat.Scheme(**number, description="share of the emotion's perception attention at this step")
    database.schemes["speaker"] = audformat.Scheme(audformat.define.DataType.STRING, description="the subject in the clips table")
    database.schemes["clip_id"] = audformat.Scheme(audformat.define.DataType.STRING, description="the row's id in the predictions table")
    return database


def _add_tables(audformat: Any, database: Any, name: str, rows: pd.DataFrame, columns: dict[str, tuple[str, str | None]]) -> None:  # noqa: ANN401
    """The rows as a table; those whose file, start and end came before as further tables."""
    nth = rows.groupby(_INDEX).cumcount() if len(rows) else pd.Series(0, rows.index, dtype=int)
    for place in range(int(nth.max()) + 1 if len(rows) else 1):
        part = rows[nth == place]
        index = audformat.segmented_index(part["file"].tolist(), part["start"].tolist(), part["end"].tolist())
        table = database[name if place == 0 else f"{name}.{place + 1}"] = audformat.Table(index, media_id="video")
        for column, (scheme, rater) in columns.items():
            table[column] = audformat.Column(scheme_id=scheme, rater_id=rater)
            table[column].set(part[column].to_numpy())


def _rows(table: pa.Table, target: str) -> pd.DataFrame:
    scalars: pd.DataFrame = table.select(["predicted", "confidence", *PROBABILITIES, "label", "subject", "clip_id"]).to_pandas()
    index = pd.DataFrame(
        {
            "file": _files(table.column("uri").to_pylist(), target),
            "start": pd.to_timedelta(table.column("start_s").to_pandas(), unit="s"),
            "end": pd.to_timedelta(table.column("stop_s").to_pandas(), unit="s"),
        }
    )
    return pd.concat([index, scalars.rename(columns={"predicted": "emotion", "subject": "speaker"})], axis="columns")


def _peaks(table: pa.Table, target: str) -> pd.DataFrame:
    marked = [(row, peak) for row in predictions_of(table) for peak in row.peaks]
    moments = pd.to_timedelta([peak.time_s for _, peak in marked], unit="s")
    return pd.DataFrame(
        {
            "file": _files([row.uri for row, _ in marked], target),
            "start": moments,
            "end": moments,
            "emotion": [row.predicted for row, _ in marked],
            "weight": [peak.weight for _, peak in marked],
            "clip_id": [row.clip_id for row, _ in marked],
        }
    )


def _files(uris: Sequence[str], target: str) -> list[str]:
    return [media_url(uri, target) for uri in uris]
