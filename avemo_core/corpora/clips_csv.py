"""A clips table as csv: what a layout understood, for a person to look at and edit."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from avemo_core.corpora.layouts import LayoutRow

_ALWAYS: Final = ("clip_id", "path", "label", "split", "subject")
_WHERE_KNOWN: Final = ("start_s", "stop_s", "region")


def clips_csv(rows: Sequence[LayoutRow], corpus: str, table_folder: str) -> str:
    """The rows as csv; columns of ranges and regions where any row has one.

    Args:
        rows: of a corpus.
        corpus: its folder, an absolute path or a URL.
        table_folder: where the csv will lie, likewise. Clips below it are named as seen from there, so that both may move together.
    """
    written = io.StringIO()
    columns = [*_ALWAYS, *(name for name in _WHERE_KNOWN if any(getattr(row, name) is not None for row in rows))]
    writer = csv.DictWriter(written, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_cells(row, corpus, table_folder) for row in rows)
    return written.getvalue()


def _cells(row: LayoutRow, corpus: str, table_folder: str) -> dict[str, object]:
    path = f"{corpus.rstrip('/')}/{row.path.as_posix()}"
    return {
        "clip_id": row.clip_id or row.path.with_suffix("").as_posix(),
        "path": path.removeprefix(f"{table_folder.rstrip('/')}/"),
        "label": row.label,
        "split": row.split,
        "subject": row.subject,
        "start_s": row.start_s,
        "stop_s": row.stop_s,
        "region": row.region and ",".join(f"{share:g}" for share in row.region),
    }
