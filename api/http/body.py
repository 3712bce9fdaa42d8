"""Strict JSON request bodies: what every dialect reads before it looks at a field.

orjson parses; what is here refuses what it lets pass: duplicate keys, NUL, deep nesting and
numbers that it would round. A usual body pays for one walk over its values, and only a body that
the walk cannot clear is read again by the standard library, whose hooks see each member and each
number as written.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

import orjson

DEPTH_MAX: Final = 32
"""Levels of objects and lists; `{}` is one."""

_TOO_DEEP: Final = f"nesting deeper than {DEPTH_MAX}"
# orjson makes floats of integers past 64 bits: none is nearer to zero than this.
_SAFE_FLOAT: Final = 2.0**63

_INT_MIN: Final = -(2**63)
_INT_MAX: Final = 2**64 - 1
_INT_DIGITS_MAX: Final = 20
_KEY_SHOWN_MAX: Final = 64

# A run of backslashes ends in an escape when it is odd; JSON has none outside of text.
_ESCAPED_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9a-z-]+"
_JSON_TYPE: Final = re.compile(rf"application/json|text/plain|{_TOKEN}/{_TOKEN}\+json")


class BodyError(ValueError):
    """A body that is not a strict JSON object; `reason` is one line for its sender."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_json_content_type(value: str | None) -> bool:
    """Tell whether a body under this `Content-Type` is read as JSON; an absent one is."""
    if value is None or value == "application/json":
        return True
    return _JSON_TYPE.fullmatch(value.partition(";")[0].strip(" \t").lower()) is not None


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw`, UTF-8 without BOM.

    Integers are those of 64 bits, signed or unsigned; other numbers are finite floats.

    Raises:
        BodyError: when it is anything else, or holds a duplicate key, NUL or a 33rd level.
    """
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BodyError(_why_invalid(raw)) from None
    if type(parsed) is not dict:
        raise BodyError("not a JSON object")
    # Every colon of the text is a member's or part of a text, and a member that a later one of
    # its key replaced takes its colon along; only a colon written as an escape could stand in.
    if _count_colons(parsed) != raw.count(b":") or b"\\u" in raw:
        _check_as_written(raw)
    return parsed


def _count_colons(parsed: dict[str, Any]) -> int:
    """Count one colon a member and those in texts, or return -1 for a number to look at again.

    Raises `BodyError` past `DEPTH_MAX`.
    """
    colons = depth = 0
    doubtful = False
    level: list[dict[str, Any] | list[Any]] = [parsed]
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            raise BodyError(_TOO_DEEP)
        below: list[dict[str, Any] | list[Any]] = []
        for container in level:
            values: Any = container
            if type(container) is dict:
                colons += len(container) + "".join(container).count(":")
                values = container.values()
            for value in values:
                kind = type(value)
                if kind is str:
                    colons += value.count(":")
                elif kind is dict or kind is list:
                    below.append(value)
                elif kind is float and not -_SAFE_FLOAT < value < _SAFE_FLOAT:
                    # To the end all the same: what lies below may be too deep.
                    doubtful = True
        level = below
    return -1 if doubtful else colons


def _check_as_written(raw: bytes) -> None:
    """Raise `BodyError` for what orjson hides, and another `ValueError` for what is not JSON."""
    if _ESCAPED_NUL.search(raw):
        raise BodyError("NUL in text")
    try:
        json.loads(
            raw.decode(),
            object_pairs_hook=_unique,
            parse_int=_int_of_64_bits,
            parse_float=_finite_float,
            parse_constant=_no_constant,
        )
    except RecursionError:
        raise BodyError(_TOO_DEEP) from None


def _why_invalid(raw: bytes) -> str:
    if not raw.strip():
        return "empty body"
    try:
        _check_as_written(raw)
    except BodyError as error:
        return error.reason
    except ValueError:
        pass
    return "not valid JSON"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen = set()
        for key, _ in pairs:
            if key in seen:
                shown = key[:_KEY_SHOWN_MAX]
                raise BodyError(f"duplicate key: {shown if shown.isprintable() else ascii(shown)}")
            seen.add(key)
    return members


def _int_of_64_bits(digits: str) -> int:
    # Python refuses to convert thousands of digits with an error of its own.
    if len(digits) > _INT_DIGITS_MAX or not _INT_MIN <= int(digits) <= _INT_MAX:
        raise BodyError("number out of range")
    return int(digits)


def _finite_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise BodyError("number out of range")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
