"""Generated cases brought together: with themselves, and with what the service holds."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import Any, Final

import httpx2

from tests.support import SEED_A

_POSITION: Final = re.compile("[0-9]{1,19}")
_KEY: Final = re.compile("[!-~]{1,200}")
_TAGS: Final = re.compile(r'\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*')
_EXAMPLE: Final = "my_server"


def correct_headers(case: Any) -> None:
    """Give headers the values that they were meant to have."""
    headers = case.headers
    if _POSITION.fullmatch(str(headers.get("X-Min-Position"))):
        # One not reached is waited for, and told by a 503: two seconds each.
        headers["X-Min-Position"] = str(int(headers["X-Min-Position"]) % 3)
    if _KEY.fullmatch(str(headers.get("Idempotency-Key", ""))):
        # A key is spent once; the second request under it would be refused unread.
        headers["Idempotency-Key"] += case.id
    for name in ("If-Match", "If-None-Match"):
        if name in headers and _is_mistaken(case, name):
            headers[name] = "*"


def name_what_is_there(case: Any) -> None:
    """Let the document's example, and some of what was made up, mean a server of the case's own.

    Whatever is not there is refused before a body is looked at, and so is a name of several.
    """
    path, parameters = case.operation.path, case.path_parameters or {}
    phase = case.meta.phase.name.value if case.meta is not None else ""
    for name in ("ref", "id"):
        if name not in parameters or not path.startswith(("/servers/", "/tasks/")):
            continue
        sent = str(parameters[name])
        made_up = phase in ("coverage", "fuzzing") and sum(map(ord, sent)) % 2 == 0
        if sent == _EXAMPLE or (made_up and is_positive(case)):
            parameters[name] = _make(task=name == "id")


def name_a_point_there_is(query: dict[str, Any]) -> None:
    """Let points of the past be some that the log has reached, one at a time."""
    if "at" in query:
        query["at"] = "-1s"
    for point in [point for point in ("at", "at_position", "at_version") if point in query][1:]:
        del query[point]
    for name in ("at_position", "at_version", "after_position"):
        if name in query:
            query[name] = 1
    for name in ("from", "to"):
        if str(query.get(name, "")).isdigit():
            query[name] = 1
    if "wait" in query:
        query["wait"] = 0


@cache
def client() -> httpx2.Client:
    """The service that is tested."""
    # Making one takes longer than all that it is asked here.
    headers = {"X-Auth-Token": os.environ["SCHEMATHESIS_TOKEN"]}
    return httpx2.Client(base_url=os.environ["SCHEMATHESIS_BASE"], headers=headers, trust_env=False)


def _make(task: bool) -> str:
    """The id of a new server, or of a new task."""
    made: str = client().post("/servers", json=SEED_A).json()["server"]["id"]
    if task:
        acted = client().post(f"/servers/{made}/action", json={"action": "poweron"})
        made = acted.json()["task"]["id"]
    return made


def _is_mistaken(case: Any, name: str) -> bool:
    """Whether a header is wrong in a case that is not about it.

    The coverage phase finds no value with a quotation mark or an asterisk in it, and takes the
    first that breaks the pattern for one that keeps it.
    """
    about = getattr(case.meta.phase.data, "parameter", None) if case.meta else None
    coverage = case.meta is not None and case.meta.phase.name.value == "coverage"
    return coverage and about != name and not _TAGS.fullmatch(str(case.headers[name]))


def is_positive(case: Any) -> bool:
    return case.meta is not None and bool(case.meta.generation.mode.is_positive)


def reconcile(fields: dict[str, Any]) -> None:
    """Say what JSON Schema cannot: 2 for 2.0, the least not above the most, room for a number."""
    for name in ("min_count", "max_count", "version", "to_version", "to_position"):
        if isinstance(fields.get(name), float):
            fields[name] = int(fields[name])
    if "min_count" in fields and fields.get("max_count") is not None:
        fields["min_count"] = min(fields["min_count"], fields["max_count"])
    if "min_count" in fields or "max_count" in fields:
        fields["name"] = fields["name"][:250]


def whole(value: Any) -> Any:
    """The same with 2 for 2.0, which JSON Schema takes for one."""
    if isinstance(value, dict):
        return {key: whole(member) for key, member in value.items()}
    if isinstance(value, list):
        return [whole(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
