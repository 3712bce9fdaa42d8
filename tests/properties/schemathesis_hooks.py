"""Hooks of the schemathesis run: what the OpenAPI document can say in words alone."""

from __future__ import annotations

from typing import Any, Final

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData, UseAfterFree

from api.history.diffs import TOO_MANY
from api.http.heads import ConnectionLimits
from tests.properties.schemathesis_cases import (
    correct_headers,
    is_positive,
    name_a_point_there_is,
    name_what_is_there,
    reconcile,
)
from tests.properties.schemathesis_openstack import name_what_openstack_has
from tests.properties.schemathesis_zones import name_what_zones_have

_LENIENT: Final = ("/v2.1/", "/image/", "/identity/", "/instance/")
HEAD_MAX_BYTES: Final = ConnectionLimits().head_max_bytes
_BROUGHT_BACK: Final[set[str]] = set()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Make a request what its parameters say together."""
    correct_headers(case)
    name_what_is_there(case)
    name_what_openstack_has(case)
    name_what_zones_have(case)
    query = case.query
    if query and is_positive(case):
        name_a_point_there_is(query)
        # A cursor is only what a `Link` gave, and the two ways of paging are refused together.
        query.pop("after", None)
        if "limit" in query:
            query.pop("page", None)
            query.pop("per_page", None)
    lenient = case.operation.path.startswith(_LENIENT)
    if isinstance(case.body, dict) and is_positive(case) and not lenient:
        reconcile(case.body)
        if isinstance(case.body.get("server"), dict):
            reconcile(case.body["server"])


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remember which servers were brought back."""
    if case.operation.path.endswith("/revert") and response.status_code == 200:
        _BROUGHT_BACK.add(case.path_parameters["ref"])


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is one. Some are not."""
    if isinstance(failure, AcceptedNegativeData | RejectedPositiveData) and (
        response.status_code == 431 and _size_of_head(response.request) > HEAD_MAX_BYTES
    ):
        return False  # turned away unread, whatever its parameters are
    if isinstance(failure, AcceptedNegativeData):
        # Unknown headers are to be ignored (RFC 9110, 5.1); the check knows, unless an integer
        # stands among the known ones, which it reads as the text that was sent.
        data = case.meta.phase.data
        unknown = "unexpected properties" in data.description
        if unknown and data.parameter_location.name == "QUERY":
            # OpenStack's APIs pass over parameters that nobody knows, and so does Scaleway's.
            return not f"{case.operation.path}/".startswith(_LENIENT)
        return not (unknown and data.parameter_location.name == "HEADER")
    if isinstance(failure, RejectedPositiveData):
        # A stretch of the log is short enough or not by what happened in it.
        too_long = case.operation.path == "/diff" and TOO_MANY in response.text
        # Members that are ignored have no schema, but their numbers have 64 bits all the same.
        return not too_long and _within_64_bits(case.body)
    return not (isinstance(failure, UseAfterFree) and _is_there_after_deletion(case))


def _size_of_head(request: Any) -> int:
    """The bytes of a request's line and headers; its host and port stand for the header `Host`."""
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    return len(f"{request.method} {request.url} HTTP/1.1") + headers


def _is_there_after_deletion(case: Any) -> bool:
    """Whether it asks for a server's past, or for a server that was brought back."""
    past = ("/audit", "/events", "/blame", "/diff", "/timemap", "/revert")
    asked = {"at", "at_position", "at_version"} & set(case.query or {})
    back = (case.path_parameters or {}).get("ref") in _BROUGHT_BACK
    return bool(case.operation.path.endswith(past) or asked or back)


def _within_64_bits(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_within_64_bits, value.values()))
    if isinstance(value, list):
        return all(map(_within_64_bits, value))
    return not isinstance(value, int) or -(2**63) <= value < 2**64
