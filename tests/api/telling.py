"""What the audit and the events tell of a command, read for the tests of it."""

from __future__ import annotations

from typing import Any, Final

from tests.properties.past import PLAIN_POINT
from tests.support import Api

DULL: Final = ("version", "modification_date", "creation_date")
Told = dict[str, tuple[Any, Any]]


def last(api: Api) -> dict[str, Any]:
    """The entry of the last command."""
    (entry,) = api.get("/audit?order=newest&limit=1").json()["entries"]
    found: dict[str, Any] = entry
    return found


def told(api: Api) -> Told:
    """What the last command changed, but for what comes with every event; events tell the same."""
    entry = last(api)
    event = api.get(f"/events/{entry['positions'][0]}").json()
    assert event["data"]["changes"] == entry["changes"]
    return {
        change["field"]: (change["before"], change["after"])
        for change in entry["changes"]
        if change["field"] not in DULL
    }


def point(name: str | None, kind: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    """A restore point as told."""
    return {"name": name, "kind": kind, "version": version} | PLAIN_POINT | fields


def told_alike_from_either_end(api: Api, path: str) -> None:
    """A page of any length and order tells what the whole does."""
    whole = api.get(path).json()["entries"]
    newest = api.get(f"{path}?order=newest").json()["entries"]
    assert newest == whole[::-1]
    one_by_one, after = [], ""
    for _ in whole:
        page = api.get(f"{path}?limit=1{after}").json()
        one_by_one += page["entries"]
        after = f"&after={page['next']}"
    assert one_by_one == whole
