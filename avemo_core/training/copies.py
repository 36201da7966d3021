"""Rows of one content: copies of a file under several names, and parts of one file; what must stay together when clips are parted.

content   range     subject        copies of each other    stay together
c1        0-9       -              a, b                    a, b, c      one file, and who is in it is not known
c1        0-9       -
c1        9-20      -
c2        0-9       ann            d, e                    d, e         the same seconds under two names of people
c2        0-9       bob
c2        9-20      bob            f                       e, f         bob
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from avemo_core.training.folds import group_of

Row = Mapping[str, Any]
"""clip_id, source_id and subject of a row of features; perhaps content_sha256, uri, start_s, stop_s."""


def content_of(row: Row) -> str:
    """What tells files apart: the digest of their bytes; where there is none, the address, and else the source."""
    return str(row.get("content_sha256") or row.get("uri") or row["source_id"])


def copy_key(row: Row) -> Hashable:
    """Equal for rows that are copies of each other: the same seconds, and the same face of them, of the same content."""
    return content_of(row), row.get("start_s"), row.get("stop_s"), row["clip_id"].removeprefix(row["source_id"])


def without_copies(rows: Sequence[Row]) -> tuple[list[int], list[str]]:
    """The first row of every content, by the order of the rows.

    Returns:
        Indices of the rows that stay; ids of those that are copies of one that stays.
    """
    first: dict[Hashable, str] = {}
    stay, copies = [], []
    for index, row in enumerate(rows):
        if first.setdefault(copy_key(row), row["source_id"]) == row["source_id"]:
            stay.append(index)
        else:
            copies.append(row["clip_id"])
    return stay, copies


def groups_of(rows: Sequence[Row]) -> list[str]:
    """The name of each row's group; rows of one group stay in one split and one fold.

    A person's rows are one group, and where the person is not known, the rows of one content; copies always are, whoever is named.
    """
    unknown = {content_of(row) for row in rows if row["subject"] is None}
    parents: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while (above := parents.setdefault(key, key)) != key:
            parents[key] = key = parents[above]
        return key

    own = [group_of(row["subject"], row["source_id"]) for row in rows]
    for row, group in zip(rows, own, strict=True):
        parents[root(("copy", copy_key(row)))] = root(group)
        if content_of(row) in unknown:
            parents[root(("content", content_of(row)))] = root(group)
    # A group bears the first of its own names in the alphabet: a table without copies has the groups, and the draws, that it always had.
    names: dict[Hashable, str] = {}
    for group in sorted(set(own), reverse=True):
        names[root(group)] = group
    return [names[root(group)] for group in own]
