"""How `--jaxtyping-packages` checks types here: all that jaxtyping checks, in a part of its time.

Its own decorator opens a scope for the names of axes around every call, whether there are arrays or not, binds the signature for messages
alone, and looks at every argument twice. Here a function without an array in its annotations is beartype's alone, and one with arrays is
looked at once.
"""

import dataclasses
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, get_args

import jaxtyping
from beartype import BeartypeConf
from beartype.roar import BeartypeDecorHintForwardRefException

_jaxtyped = jaxtyping.jaxtyped
_AS_JAXTYPING = BeartypeConf(violation_type=jaxtyping.TypeCheckError)
_SCOPE = jaxtyping.jaxtyped("context")


def checked(fn: Any = None, *, typechecker: Callable[..., Any]) -> Any:  # noqa: ANN401 - whatever is decorated
    """Take the place of `jaxtyping.jaxtyped` where its import hook writes it: before functions, methods and classes."""
    if fn is None:
        return lambda given: checked(given, typechecker=typechecker)
    if inspect.isclass(fn):
        if dataclasses.is_dataclass(fn) and not hasattr(fn.__init__, "__wrapped__"):  # else checked already
            fn.__init__ = checked(fn.__init__, typechecker=typechecker)
        return fn
    if isinstance(fn, classmethod | staticmethod):
        return type(fn)(checked(fn.__func__, typechecker=typechecker))
    if isinstance(fn, property):
        return property(*(each and checked(each, typechecker=typechecker) for each in (fn.fget, fn.fset, fn.fdel)))
    return _function(fn, typechecker)


def _function(fn: Callable[..., Any], typechecker: Callable[..., Any]) -> Callable[..., Any]:
    has_arrays = any(map(_names_arrays, getattr(fn, "__annotations__", {}).values()))
    if has_arrays and inspect.isgeneratorfunction(fn):  # beartype looks at its arguments when it is first run, in another call's scope
        return _jaxtyped(fn, typechecker=typechecker)
    try:
        beartyped = typechecker(fn, conf=_AS_JAXTYPING)
    except BeartypeDecorHintForwardRefException:  # in quotes, for it is no type while the program runs: jaxtyping looks at all others
        return _jaxtyped(fn, typechecker=typechecker)
    return _in_scope(beartyped) if has_arrays else beartyped


def _in_scope(fn: Callable[..., Any]) -> Callable[..., Any]:
    """An axis of one name has one length in a call: in all arguments and in what is returned."""

    @wraps(fn)
    def scoped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever is given
        with _SCOPE:
            return fn(*args, **kwargs)

    return scoped


def _names_arrays(hint: object) -> bool:
    """A hint in quotes may name them, too."""
    if isinstance(hint, str):
        return True
    if isinstance(hint, list):
        return any(map(_names_arrays, hint))
    return (inspect.isclass(hint) and issubclass(hint, jaxtyping.AbstractArray)) or any(map(_names_arrays, get_args(hint)))
