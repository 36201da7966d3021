"""The crew: the actors that do the work, hired, heard and dismissed by the driver."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import ray
from ray import ObjectRef
from ray.exceptions import RayError, RayTaskError

from avemo_core.errors import AvemoError, ConfigError, MediaError
from cluster.pool.chunks import Shard
from cluster.pool.work import Factory, Report
from cluster.pool.worker_actor import Desk
from cluster.pool.worker_handle import Member
from cluster.ray.capacity import Needs
from cluster.tables.staging import Staging

Call = Literal["prepare", "work", "flush"]

_THREADS: Final = {"rows": 1, "papers": 1}
"""An actor's threads: its worker lives in the first, and flushes get through while it is busy."""

_HIRING_FAILURES: Final = 3
"""Actors in a row that may fail before they are ready."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of one call to an actor."""

    member: Member
    call: Call
    report: Report | None = None
    error: str = ""
    """Why there is no report."""
    died: bool = False
    """Whether the actor is gone."""


class Crew:
    """All actors of a run.

    Args:
        factory: makes an actor's worker.
        staging: where actors put finished rows.
        needs: resources of one actor.
    """

    def __init__(self, factory: Factory, staging: Staging, needs: Needs) -> None:
        # The driver owns retries: an actor that dies is replaced by one it knows of, and its work goes where the driver says.
        actor: Any = ray.remote
        self._hire = actor(num_cpus=needs.cpus, num_gpus=needs.gpus, max_restarts=0, max_task_retries=0, concurrency_groups=_THREADS)(Desk)
        self._arguments = (factory, staging)
        self._calls: dict[ObjectRef[Any], tuple[Member, Call]] = {}
        self._failures = 0
        self.members: list[Member] = []

    def grow(self, count: int) -> None:
        """Hire up to so many actors; they may stay pending until the cluster has room."""
        while len(self.members) < count:
            member = Member(self._hire.remote(*self._arguments))
            self.members.append(member)
            self._call(member, "prepare")

    def send(self, member: Member, shard: Shard) -> None:
        """Send a shard to an actor."""
        member.given(shard)
        self._call(member, "work", shard.items)

    def flush(self, member: Member) -> None:
        """Ask an actor to put its finished rows into staging."""
        if not member.flushing:
            member.flushing, member.flushed_s = True, time.monotonic()
            self._call(member, "flush")

    def dismiss(self, member: Member) -> None:
        """End an actor; nothing it does from now on counts."""
        self.members.remove(member)
        self._calls = {ref: call for ref, call in self._calls.items() if call[0] is not member}
        ray.kill(member.handle, no_restart=True)

    def dismiss_all(self) -> None:
        """End all actors."""
        for member in list(self.members):
            self.dismiss(member)

    def answers(self, timeout_s: float) -> Iterator[Answer]:
        """The answers that are there, those with a report first; waits up to so long for one.

        Raises:
            AvemoError: a worker's error that must stop the job, e.g. a storage that refuses.
        """
        waiting = list(self._calls)
        if not waiting:
            time.sleep(timeout_s)
            return
        ray.wait(waiting, num_returns=1, timeout=timeout_s)
        ready, _ = ray.wait(waiting, num_returns=len(waiting), timeout=0)
        found = [self._answer(ref) for ref in ready]
        for answer in sorted(found, key=lambda one: one.died):
            if answer.member in self.members:
                yield answer

    def _call(self, member: Member, call: Call, *arguments: object) -> None:
        method = getattr(member.handle, call)
        thread = "papers" if call == "flush" else "rows"
        self._calls[method.options(concurrency_group=thread).remote(*arguments)] = (member, call)

    def _answer(self, ref: ObjectRef[Any]) -> Answer:
        member, call = self._calls.pop(ref)
        if call == "flush":
            member.flushing = False
        try:
            value = ray.get(ref)
        except RayTaskError as error:
            if isinstance(error.cause, AvemoError) and not isinstance(error.cause, MediaError):
                raise error.cause from error
            return self._failed(member, call, f"{type(error.cause).__name__}: {error.cause}", died=False)
        except RayError as error:
            return self._failed(member, call, f"{type(error).__name__}: {str(error).strip().splitlines()[0]}", died=True)
        if call == "prepare":
            member.name, self._failures = value, 0
            return Answer(member=member, call=call)
        return Answer(member=member, call=call, report=value)

    def _failed(self, member: Member, call: Call, error: str, *, died: bool) -> Answer:
        if call == "prepare":
            self._failures += 1
            if self._failures >= _HIRING_FAILURES and not any(other.name for other in self.members):
                raise ConfigError(f"{self._failures} workers in a row could not start; the last one said: {error}")
        return Answer(member=member, call=call, error=error, died=died or call == "prepare")
