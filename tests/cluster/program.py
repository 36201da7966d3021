"""A job like any other, whose clips misbehave as their names say: for tests that end whole processes."""

import logging
import sys
from dataclasses import dataclass
from functools import partial
from itertools import chain

from cluster.pool.run import PoolOptions, run
from cluster.progress import Progress
from cluster.ray.session import resolve, session
from cluster.tables.table import open_table
from jobs import command
from tests.cluster.stub import SCHEMA, StubWorker, check, clip, clips


@dataclass(frozen=True, kw_only=True)
class Options:
    """Of the test job."""

    out: str
    good: int = 40
    """Clips without fault."""
    odd: tuple[str, ...] = ()
    """Names of further clips, spread among the good ones."""
    seconds: float = 0.0
    """Time a clip takes."""
    flush_s: float = 1.0
    deadline_s: float = 60.0
    workers: int | None = None
    retry_rejects: bool = False
    scratch: str = ""
    gpus_per_worker: float = 0.0
    checked: bool = False
    """Whether nodes are held to a preflight."""


def main(options: Options) -> int:
    """Run the stub worker over clips with telling names."""
    good = clips(options.good)
    step = max(1, len(good) // (len(options.odd) + 1))
    odd = [clip(name) for name in options.odd]
    items = list(chain.from_iterable((*good[n * step : (n + 1) * step], *odd[n : n + 1]) for n in range(len(good) // step + 1)))
    pool = PoolOptions(
        workers=options.workers,
        flush_s=options.flush_s,
        deadline_s=options.deadline_s,
        retry_rejects=options.retry_rejects,
        gpus_per_worker=options.gpus_per_worker,
        check=check() if options.checked else None,
    )
    factory = partial(StubWorker, options.seconds, options.scratch)
    with open_table(resolve(options.out), SCHEMA, {"version": 1}) as table, session(num_cpus=2):
        summary = run(items, factory=factory, table=table, options=pool, progress=Progress("test", len(items)))
    return command.exit_code_for(summary, max_reject_share=0.9)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    command.run(main, Options)
