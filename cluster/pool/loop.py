"""The driver's loop: who gets which shard, what comes of it, and when a worker is given up."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from cluster.pool.actor_pool import Answer, Crew
from cluster.pool.chunks import Loss, Patience, Shard, ShardQueue, split
from cluster.pool.publisher import Publisher
from cluster.pool.work import Item, Report
from cluster.pool.worker_handle import Member
from cluster.progress import Progress
from cluster.ray.capacity import Needs, describe, node_resources, room_for
from cluster.ray.stopping import StopRequest
from schemas.rejects import Reason

_LOOK_S: Final = 5.0
"""Between two looks at the size of the cluster."""

_WAITING_S: Final = 30.0
"""Between two lines that say what is waited for."""

_GRACE_S: Final = 20.0
"""How long a worker that is given up, or told to stop, may take to put its finished rows into staging."""

_IDLE_S: Final = 30.0
"""A worker that finds nothing to do for so long frees its place, so that the cluster can shrink."""

_SHOW_S: Final = 0.2
"""Between two updates of what the user sees."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What the loop goes by."""

    workers: int | None
    needs: Needs
    deadline_s: float
    flush_s: float
    patience: Patience


class Loop:
    """Drives a crew through a queue until everything is published or rejected, or a stop is asked for."""

    def __init__(self, queue: ShardQueue, crew: Crew, publisher: Publisher, rules: Rules, progress: Progress) -> None:
        self._queue, self._crew, self._publisher, self._rules, self._progress = queue, crew, publisher, rules, progress
        self._looked_s = self._rejects_s = self._said_s = self._shown_s = float("-inf")
        self._room = 1
        self._gone: list[Report] = []
        self._ready_s = time.monotonic()

    def run(self, stop: StopRequest) -> None:
        """Go on until all is done or a stop is asked for; what is finished by then is published."""
        while not stop and (self._queue or any(member.owed or member.shards for member in self._crew.members)):
            self._hire()
            self._dispatch()
            self._turn(0.5)
        for member in self._crew.members:
            if member.name:
                self._crew.flush(member)
        deadline_s = time.monotonic() + _GRACE_S
        while any(member.flushing for member in self._crew.members) and time.monotonic() < deadline_s:
            self._turn(0.2)
        self._publisher.finish()
        self._shown_s = float("-inf")
        self._show()

    def reports(self) -> list[Report]:
        """The last report of every worker there was: times and frames so far."""
        return self._gone + [member.report for member in self._crew.members if member.report]

    def _turn(self, timeout_s: float) -> None:
        for answer in self._crew.answers(timeout_s):
            self._hear(answer)
        self._look_after_members()
        self._publisher.collect()
        if time.monotonic() - self._rejects_s > self._rules.flush_s:
            self._rejects_s = time.monotonic()
            self._publisher.write_rejects()
        self._show()

    def _hire(self) -> None:
        now_s = time.monotonic()
        if now_s - self._looked_s > _LOOK_S:
            self._looked_s = now_s
            nodes = node_resources()
            self._room = self._rules.workers or max(1, room_for(self._rules.needs, nodes))
            self._say_what_is_missing(now_s, describe(nodes))
        members, more = len(self._crew.members), self._queue.most_shards
        if self._queue:
            self._crew.grow(self._room if more is None else min(self._room, members + more))

    def _say_what_is_missing(self, now_s: float, cluster: str) -> None:
        if any(member.name for member in self._crew.members):
            self._ready_s = now_s
        if now_s - self._ready_s > _WAITING_S / 2 and now_s - self._said_s > _WAITING_S:
            self._said_s = now_s
            self._progress.say(f"waiting for a worker: each needs {self._rules.needs}; the cluster has {cluster}")

    def _dispatch(self) -> None:
        kept_free = self._send_suspects()
        # One shard each, then the second: nobody waits while another has two.
        for depth in (0, 1):
            for member in self._crew.members:
                if (
                    member is not kept_free
                    and member.has_room
                    and len(member.shards) == depth
                    and (shard := self._queue.innocent(self._room))
                ):
                    self._crew.send(member, shard)

    def _send_suspects(self) -> Member | None:
        """Send suspects to actors on which nobody's rows wait; names the one that is to become such an actor for the next."""
        ready = [member for member in self._crew.members if member.ready]
        for member in ready:
            if self._queue.has_suspects and member.has_clear_desk:
                self._crew.send(member, self._queue.suspect())
        if not self._queue.has_suspects:
            return None
        for member in ready:
            if member.idle and member.owed:
                self._crew.flush(member)
        return min(ready, key=lambda member: len(member.shards), default=None)

    def _hear(self, answer: Answer) -> None:
        member = answer.member
        if answer.report is not None:
            self._note(member, answer.report)
            self._reprieve(member)
        if answer.call == "prepare" and not answer.died:
            self._publisher.note("worker_ready", worker=member.name)
        if answer.died:
            self._bury(member, member.farewell or Loss(reason=Reason.WORKER_DIED, detail=answer.error, worker=member.name))
        elif answer.call == "work":
            self._returned(member, answer)
        elif answer.call == "flush" and (member.farewell is not None or answer.report is None):
            # A flush that fails has taken the finished rows off the desk: they are done again elsewhere.
            self._bury(member, member.farewell or Loss(reason=Reason.FAILED, detail=answer.error, worker=member.name))

    def _note(self, member: Member, report: Report) -> None:
        member.heard(report)
        self._publisher.publish(report.staged)
        self._publisher.reject(replace(one, worker=one.worker or report.worker) for one in report.rejected)

    def _reprieve(self, member: Member) -> None:
        """Keep a worker that was given up for its slowness, if it went on meanwhile (or this process stood still)."""
        late = member.farewell is not None and member.farewell.reason is Reason.DEADLINE
        if late and time.monotonic() - member.progress_s < self._rules.deadline_s:
            member.farewell = None

    def _returned(self, member: Member, answer: Answer) -> None:
        if member.farewell is not None:
            return
        if answer.report is None:
            # What it finished before the error is on its desk: it may clear that, then it goes.
            self._give_up(member, Loss(reason=Reason.FAILED, detail=answer.error, worker=member.name))
            return
        shard, missed = member.returned(answer.report.mentioned)
        self._redo(shard, missed, Loss(reason=Reason.FAILED, detail="the worker gave no outcome for it", worker=member.name))

    def _look_after_members(self) -> None:
        now_s = time.monotonic()
        for member in list(self._crew.members):
            if member.farewell is not None:
                if now_s - member.flushed_s > _GRACE_S:
                    self._bury(member, member.farewell)
            elif member.shards and now_s - member.progress_s > self._rules.deadline_s:
                detail = f"no clip finished within {self._rules.deadline_s:g} s"
                self._give_up(member, Loss(reason=Reason.DEADLINE, detail=detail, worker=member.name))
            elif self._flush_is_due(member, now_s):
                self._crew.flush(member)
            elif member.has_clear_desk and not self._queue and now_s - member.flushed_s > _IDLE_S:
                self._dismiss(member)

    def _flush_is_due(self, member: Member, now_s: float) -> bool:
        wait_s = 0 if member.idle and not self._queue else min(self._rules.flush_s, self._rules.deadline_s / 2)
        return bool(member.owed) and not member.flushing and now_s - member.flushed_s > wait_s

    def _give_up(self, member: Member, loss: Loss) -> None:
        """Send an actor no more work, and end it as soon as its finished rows are safe."""
        member.farewell = loss
        member.flushing = False
        self._crew.flush(member)

    def _bury(self, member: Member, loss: Loss) -> None:
        """End an actor and redo what it owes: the shard it was at is suspect, the rest is not."""
        self._dismiss(member)
        self._publisher.note("worker_lost", worker=member.name, reason=str(loss.reason), detail=loss.detail, clips=len(member.owed))
        _LOG.warning("worker %s: %s; %d clips go back", member.name or "(not started)", loss.detail, len(member.owed))
        at_work = member.shards.popleft() if member.shards else None
        if at_work is not None:
            left = [item for item in at_work.items if item.source_id in member.owed]
            member.settle(item.source_id for item in left)
            self._redo(at_work, left, loss)
        self._queue.give_back(innocents=list(member.owed.values()))

    def _dismiss(self, member: Member) -> None:
        self._crew.dismiss(member)
        if member.report is not None:
            self._gone.append(member.report)

    def _redo(self, shard: Shard, left: Collection[Item], loss: Loss) -> None:
        shards, rejected = split(shard, list(left), loss, self._rules.patience)
        self._queue.give_back(suspects=shards)
        self._publisher.reject(rejected)

    def _show(self) -> None:
        if time.monotonic() - self._shown_s < _SHOW_S:
            return
        self._shown_s = time.monotonic()
        in_hand = self._publisher.moving + sum(member.in_hand for member in self._crew.members)
        self._progress.update(self._publisher.done + in_hand, self._publisher.rejected.total())
