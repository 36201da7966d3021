"""What the commands share: the command line becomes one frozen dataclass, errors become exit codes."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import tyro

from avemo_core.errors import AvemoError, ConfigError, TableLocked
from avemo_core.runtime.public import public
from cluster.pool.run import RunSummary

DONE: Final = 0
FAILED: Final = 1
INVALID_REQUEST: Final = 2
"""A request that cannot be fulfilled, refused before Ray starts; tyro's own usage errors end with it too."""
TOO_MANY_REJECTS: Final = 3
LOCKED: Final = 4
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells have it."""

_STDOUT: Final = 1

Options = TypeVar("Options")

_AS_A_USER_WRITES: Final = (
    tyro.conf.FlagCreatePairsOff,
    tyro.conf.EnumChoicesFromValues,
    tyro.conf.OmitArgPrefixes,  # --layout, whatever dataclass holds it
    tyro.conf.UseAppendAction,  # --map-label a=b --map-label c=d
)


def run(main: Callable[[Options], int], options: type[Options]) -> NoReturn:
    """Parse the command line into `options`, run `main` with them, and exit with the code that it returns, or that of its error."""
    code = _code_of(main, options)
    if not _is_read():
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - Python writes out what is left when it ends, and would print a traceback
    sys.exit(code)


def exit_code_for(summary: RunSummary, max_reject_share: float) -> int:
    """Print the summary, the last line that a user sees, and return the exit code of the run."""
    print(summary.line(), flush=True)
    if summary.interrupted:
        return INTERRUPTED
    return TOO_MANY_REJECTS if summary.reject_share > max_reject_share else DONE


def _code_of(main: Callable[[Options], int], options: type[Options]) -> int:
    try:
        return main(tyro.cli(options, description=main.__doc__, config=_AS_A_USER_WRITES))
    except ConfigError as error:
        return _report_error(error, INVALID_REQUEST)
    except TableLocked as error:
        return _report_error(error, LOCKED)
    except AvemoError as error:
        return _report_error(error, FAILED)
    except BrokenPipeError:
        if _is_read():
            raise
        print("error: what this command prints is not read any more (`| head`?), and it has ended before its time", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted; start the same command again to go on", file=sys.stderr)
        return INTERRUPTED


def _is_read() -> bool:
    """Whether somebody still reads what is printed; asked of the pipe, as Python's buffer knows only when it is written out."""
    pipe = select.poll()
    pipe.register(_STDOUT, 0)
    return not any(event & (select.POLLERR | select.POLLHUP) for _, event in pipe.poll(0))


def _report_error(error: AvemoError, code: int) -> int:
    print(f"error: {public(str(error))}", file=sys.stderr)
    return code
