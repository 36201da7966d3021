"""Export predictions: emotion over time, in the files of players, annotation tools and statistics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from avemo_core.errors import ConfigError, TableError
from avemo_core.export.formats import Exported, Format, export
from avemo_core.export.predictions import COLUMNS
from avemo_core.runtime.public import public
from cluster.export.output import check_output, replaced
from cluster.ray.session import resolve
from cluster.tables.parts import row_groups, stored_schema
from schemas.columns import differences
from schemas.predictions import PREDICTIONS


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Options of `export`."""

    predictions: str
    """The table that `score` wrote."""
    as_format: Format
    """The format; on the command line it is `--as`."""
    out: str
    """Folder for the files; an earlier export that nobody has changed is replaced."""


def export_predictions(options: ExportOptions) -> Exported:
    """Write the table in the format, into a fresh folder.

    Raises:
        ConfigError: the table is missing or none of predictions, the output holds something that is no export, or the format needs a
            package that is not installed.
        TableError: a part is damaged.
    """
    predictions, target = resolve(options.predictions), resolve(options.out)
    check_output(target, predictions)
    _check_schema(predictions)

    def groups(columns: Sequence[str]) -> Iterable[pa.Table]:
        return map(_without_credentials, row_groups(predictions, columns))

    with replaced(target, {"as": options.as_format.value}) as folder:
        return export(groups, options.as_format, folder, target)


def _check_schema(predictions: str) -> None:
    """Refuse what is no table of predictions; columns that no export reads may be there or not."""
    try:
        found = stored_schema(predictions)
    except TableError as error:
        raise ConfigError(str(error)) from error
    read = (*COLUMNS, "model_id")
    expected = pa.schema([PREDICTIONS.field(name) for name in read])
    if lines := differences(expected, pa.schema([field for field in found if field.name in read])):
        raise ConfigError(f"{public(predictions)}: not a predictions table\n  " + "\n  ".join(lines))


def _without_credentials(table: pa.Table) -> pa.Table:
    """The table with uris that may be shown to anybody."""
    if "uri" not in table.column_names:
        return table
    uris = [public(uri) for uri in table.column("uri").to_pylist()]
    return table.set_column(table.column_names.index("uri"), "uri", pa.array(uris, pa.string()))
