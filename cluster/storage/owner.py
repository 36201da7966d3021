"""Who holds a folder's lock: a process of some host, as the file `lock` names it."""

from __future__ import annotations

import json
import socket
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import psutil

from cluster.storage.folder import Folder

NAME: Final = "lock"

BEAT_PREFIX: Final = "beat-"
"""Of the heartbeat's name; the owner's token follows. The file holds the count of beats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The process that holds a lock: the content of `lock`."""

    host: str
    """Host name and process namespace: a pid means something only within the two."""
    pid: int
    started_s: float
    """When the process started, seconds since 1970: the system gives a pid to a later process again."""
    token: str
    """Drawn anew for each lock object, so that two runs of one process differ."""

    @property
    def beat_name(self) -> str:
        """The name of its heartbeat."""
        return f"{BEAT_PREFIX}{self.token}"

    @classmethod
    def this_process(cls) -> Self:
        """The running process, with a new token."""
        process = psutil.Process()
        return cls(host=_host(), pid=process.pid, started_s=process.create_time(), token=uuid.uuid4().hex)

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()


def is_own_file(name: str) -> bool:
    """Whether a file directly in a folder belongs to its lock: `lock` itself, a heartbeat, or one of them before its rename."""
    final = name.removeprefix("__")
    return final == NAME or final.startswith((f"{NAME}.", BEAT_PREFIX))


def read_owner(folder: Folder, name: str = NAME) -> Owner | None:
    """Who holds the folder's lock; None if nobody does, or if `lock` holds something else."""
    content = folder.read(name)
    try:
        return Owner(**json.loads(content)) if content else None
    except (ValueError, TypeError):
        return None


def runs_here(owner: Owner) -> bool:
    """Whether it is a process of this host that is alive; of another host's nothing is known."""
    return owner.host == Owner.this_process().host and lives(owner)


def _host() -> str:
    """This machine and the process namespace: two containers of one host number their processes apart."""
    namespace = Path("/proc/self/ns/pid")
    inside = namespace.readlink().name if namespace.is_symlink() else ""
    return f"{socket.gethostname()} {inside}".strip()


def lives(owner: Owner) -> bool:
    """Whether the process runs; a later one with its pid started at another time, and a zombie only waits for its parent."""
    try:
        started_s = psutil.Process(owner.pid).create_time()
    except psutil.NoSuchProcess:
        return False
    return abs(started_s - owner.started_s) < 1 and psutil.Process(owner.pid).status() != psutil.STATUS_ZOMBIE


def describe(owner: Owner | None) -> str:
    """The owner for messages."""
    return f"process {owner.pid} on {owner.host.split()[0]}" if owner else "an unreadable lock"
