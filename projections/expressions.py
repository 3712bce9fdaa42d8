"""Expressions in the Common Expression Language, checked as far as that goes before their use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import cel

TEXT_MAX_CHARACTERS: Final = 1_000

_TYPES: Final = frozenset(
    ("bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint")
)
_FUNCTIONS: Final = frozenset(
    (
        *("bytes", "contains", "double", "duration", "dyn", "endsWith", "getDate", "getDayOfMonth"),
        *("getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds"),
        *("getMinutes", "getMonth", "getSeconds", "int", "matches", "size", "startsWith", "string"),
        *("timestamp", "type", "uint"),
    )
)
_MACROS: Final = "all|exists|exists_one|existsOne|map|filter"
_BOUND: Final = re.compile(rf"\.\s*(?:{_MACROS})\s*\(\s*(\w+)\s*,")
_ERROR: Final = re.compile(r"ERROR: <input>:\d+:(\d+): (.*?)(?: expecting \{.*)?$", re.MULTILINE)
_TOO_DEEP: Final = "Recursion limit"
_FAILURES: Final = (LookupError, TypeError, ValueError, ArithmeticError, RuntimeError)
_ALWAYS: Final = re.compile(r"Undefined|Function 'matches'")


class ExpressionInvalid(Exception):
    """A text is no expression to use here; the text of this says why, in one line."""


class Expression:
    """An expression that is true or false, or nothing where an operation in it fails.

    `variables` are those that it uses.
    """

    def __init__(self, text: str, sample: Mapping[str, Any]) -> None:
        """Read it. `sample` has every variable with a value of its type, and nothing null.

        Raises `ExpressionInvalid`.
        """
        self._program = _compiled(text)
        used = self._program.variables()
        _check_names(text, used, self._program.functions(), tuple(sample))
        self.variables = frozenset(used) & frozenset(sample)
        self._try({name: sample[name] for name in self.variables})

    def value(self, environment: Mapping[str, Any]) -> bool | None:
        """What it gives for values of its variables; None for null, or where an operation fails.

        Raises `ExpressionInvalid` where that is neither true nor false.
        """
        try:
            value = self._program.execute(dict(environment))
        except _FAILURES:
            return None
        except BaseException as error:
            if not _panicked(error):
                raise
            return None
        return None if value is None else _truth(value)

    def _try(self, sample: dict[str, Any]) -> None:
        """What fails on a sample for its names or types, fails on everything."""
        try:
            value = self._program.execute(sample)
        except _FAILURES as error:
            why = _why_always(error)
            if why:
                raise ExpressionInvalid(why) from error
        except BaseException as error:
            if not _panicked(error):
                raise
            raise ExpressionInvalid("it cannot be evaluated") from error
        else:
            _truth(value)


def _compiled(text: str) -> cel.Program:
    # The parser gives up, or ends the process, at what is long and deeply nested.
    if len(text) > TEXT_MAX_CHARACTERS:
        raise ExpressionInvalid(f"longer than {TEXT_MAX_CHARACTERS} characters")
    # Not before it is asked for: it brings a terminal's toolkit along, 8 MB in a serving process.
    import cel  # noqa: PLC0415

    try:
        return cel.compile(text)
    except UnicodeEncodeError as error:
        raise ExpressionInvalid("not UTF-8") from error
    except ValueError as error:
        if _TOO_DEEP in str(error):
            raise ExpressionInvalid("too deeply nested") from error
        found = _ERROR.search(str(error))
        words = f"at character {found[1]}: {found[2]}" if found else "it cannot be parsed"
        raise ExpressionInvalid(words) from error
    except BaseException as error:
        if not _panicked(error):
            raise
        raise ExpressionInvalid("it cannot be parsed") from error


def _check_names(text: str, used: list[str], functions: list[str], known: tuple[str, ...]) -> None:
    # What a macro binds is told among the variables.
    allowed = {*known, *_TYPES, *_BOUND.findall(text)}
    for name in used:
        if name not in allowed:
            raise ExpressionInvalid(f"unknown variable {name!r}; there are {', '.join(known)}")
    for name in functions:
        # Operators are told among the functions, such as `_+_`.
        if name[:1].isalpha() and name not in _FUNCTIONS:
            raise ExpressionInvalid(f"unknown function {name!r}")


def _why_always(error: Exception) -> str:
    """Why an expression fails on everything; "" where that may be for the sample's values."""
    if isinstance(error, KeyError):
        return f"there is no member {error.args[0]!r}"
    if isinstance(error, TypeError):
        return "an operation in it is not defined for the types that it is given"
    if isinstance(error, RuntimeError) and _ALWAYS.match(str(error)):
        return str(error).splitlines()[0].partition(". Check")[0]
    return ""


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    kind = "null" if value is None else type(value).__name__
    raise ExpressionInvalid(f"must be true or false, and gives {kind}")


def _panicked(error: BaseException) -> bool:
    """Whether the evaluator gave up, which it tells by no `Exception`."""
    return type(error).__name__ == "PanicException"
