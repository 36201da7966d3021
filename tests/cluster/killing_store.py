"""An object store in memory, killing://, that ends a process at the n-th change it makes to a table."""

from typing import Any, ClassVar

import fsspec
from fsspec.implementations.memory import MemoryFileSystem


class Killed(BaseException):
    """As a process ends: nothing catches it."""


class KillingStore(MemoryFileSystem):
    """Objects in memory; all instances are one store.

    Attributes:
        changes: put, copied and deleted objects since `reset`, locks and logs apart.
        kill_at: before which of them the process ends; None: it does not.
    """

    protocol = "killing"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    changes: ClassVar[int] = 0
    kill_at: ClassVar[int | None] = None

    @classmethod
    def reset(cls, kill_at: int | None = None) -> None:
        """Count from zero, and end the process before this change."""
        cls.changes, cls.kill_at = 0, kill_at

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.replace("killing://", "memory://"))

    def _change(self, path: str) -> None:
        name = path.rsplit("/", 1)[-1]
        if name.startswith(("lock", "beat")) or "/log" in path:
            return
        if self.changes == self.kill_at:
            type(self).kill_at = None
            raise Killed(path)
        type(self).changes += 1

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> Any:  # noqa: ANN401 - fsspec is not typed
        """Put an object."""
        self._change(path)
        return super().pipe_file(path, value, mode=mode, **options)

    def cp_file(self, path1: str, path2: str, **options: Any) -> None:  # noqa: ANN401
        """Copy an object."""
        self._change(path2)
        super().cp_file(path1, path2, **options)

    def rm_file(self, path: str) -> None:
        """Delete an object."""
        self._change(path)
        super()._rm(path)


fsspec.register_implementation("killing", KillingStore, clobber=True)
