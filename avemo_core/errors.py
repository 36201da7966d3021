"""Every error avemo raises on purpose.

    AvemoError
    ├── ConfigError     the request makes no sense; raised before Ray starts (exit code 2)
    ├── MediaError      this clip cannot be used; becomes one row of the rejects table
    ├── TableError      a table is not what it should be; stops the job
    │   ├── TableLocked another run holds the output (exit code 4)
    │   ├── DamagedPart a part's bytes are wrong
    │   └── StorageFailed the bytes did not come; trying again may help
    ├── BundleError     a model bundle is not what it should be; stops the job
    └── ClusterError    the machines that do the work are gone, or start no worker; stops the job

All of them survive pickling, since they travel between processes.
"""

from __future__ import annotations

from schemas.rejects import Reason


class AvemoError(Exception):
    """Root of the tree."""


class ConfigError(AvemoError):
    """A request that makes no sense: what was expected, what came, what to do."""


class MediaError(AvemoError):
    """A clip that cannot be used.

    Args:
        reason: one of the closed list of the rejects table.
        stage: what was being done, as in the rejects table.
        detail: what was seen, in words.
    """

    def __init__(self, reason: Reason, stage: str, detail: str) -> None:
        super().__init__(reason, stage, detail)
        self.reason, self.stage, self.detail = reason, stage, detail

    def __str__(self) -> str:
        return f"{self.reason} ({self.stage}): {self.detail}"


class TableError(AvemoError):
    """A table that is not what it should be."""

    @classmethod
    def mismatch(cls, where: str, expected: object, found: object, remedy: str) -> TableError:
        """Show what was expected and what was found, and say what to do."""
        return cls(f"{where}\n  expected: {expected}\n  found:    {found}\n  {remedy}")


class TableLocked(TableError):  # noqa: N818 - names the state, as FileExistsError's kin do
    """Another run holds the output."""


class DamagedPart(TableError):  # noqa: N818 - names what was found
    """A part of a table that is no Parquet file, or whose pages do not fit their checksums."""


class StorageFailed(TableError):  # noqa: N818 - names what happened
    """A disk or a store that did not give a part's bytes: says nothing about the part."""


class BundleError(AvemoError):
    """A model bundle that is not what it should be."""


class ClusterError(AvemoError):
    """What does the work is gone, or starts no worker."""
