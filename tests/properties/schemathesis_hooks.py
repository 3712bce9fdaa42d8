"""Hooks of the schemathesis run: what the OpenAPI document can say in words alone."""

from __future__ import annotations

import re
from typing import Any, Final

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

_POSITION: Final = re.compile("[0-9]{1,19}")
_KEY: Final = re.compile("[!-~]{1,200}")
_TAGS: Final = re.compile(r'\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*')


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Make a request what its parameters say together."""
    headers, query = case.headers, case.query
    if _POSITION.fullmatch(str(headers.get("X-Min-Position"))):
        # One not reached is waited for, and told by a 503: two seconds each.
        headers["X-Min-Position"] = str(int(headers["X-Min-Position"]) % 3)
    if _KEY.fullmatch(str(headers.get("Idempotency-Key", ""))):
        # A key is spent once; the second request under it would be refused unread.
        headers["Idempotency-Key"] += case.id
    for name in ("If-Match", "If-None-Match"):
        if name in headers and _is_mistaken(case, name):
            headers[name] = "*"
    if query and _is_positive(case):
        # A cursor is only what a `Link` gave, and the two ways of paging are refused together.
        query.pop("after", None)
        if "limit" in query:
            query.pop("page", None)
            query.pop("per_page", None)
    if isinstance(case.body, dict) and _is_positive(case):
        _reconcile(case.body)
        if isinstance(case.body.get("server"), dict):
            _reconcile(case.body["server"])


def _is_mistaken(case: Any, name: str) -> bool:
    """Whether a header is wrong in a case that is not about it.

    The coverage phase finds no value with a quotation mark or an asterisk in it, and takes the
    first that breaks the pattern for one that keeps it.
    """
    about = getattr(case.meta.phase.data, "parameter", None) if case.meta else None
    coverage = case.meta is not None and case.meta.phase.name.value == "coverage"
    return coverage and about != name and not _TAGS.fullmatch(str(case.headers[name]))


def _is_positive(case: Any) -> bool:
    return case.meta is not None and bool(case.meta.generation.mode.is_positive)


def _reconcile(fields: dict[str, Any]) -> None:
    """Say what JSON Schema cannot: 2 for 2.0, the least not above the most, room for a number."""
    for name in ("min_count", "max_count", "version"):
        if isinstance(fields.get(name), float):
            fields[name] = int(fields[name])
    if "min_count" in fields and fields.get("max_count") is not None:
        fields["min_count"] = min(fields["min_count"], fields["max_count"])
    if "min_count" in fields or "max_count" in fields:
        fields["name"] = fields["name"][:250]


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is one. Two are not."""
    if isinstance(failure, AcceptedNegativeData):
        # Unknown headers are to be ignored (RFC 9110, 5.1); the check knows, unless an integer
        # stands among the known ones, which it reads as the text that was sent.
        data = case.meta.phase.data
        unknown = "unexpected properties" in data.description
        return not (unknown and data.parameter_location.name == "HEADER")
    if isinstance(failure, RejectedPositiveData):
        # Members that are ignored have no schema, but their numbers have 64 bits all the same.
        return _within_64_bits(case.body)
    return True


def _within_64_bits(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_within_64_bits, value.values()))
    if isinstance(value, list):
        return all(map(_within_64_bits, value))
    return not isinstance(value, int) or -(2**63) <= value < 2**64
