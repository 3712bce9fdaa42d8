"""Every kind of write under an idempotency key: what is asked, on which server, the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tests.support import SEED_A, SEED_B, Api

SAME: Final = ("location", "etag", "content-type", "content-length", "cache-control")


@dataclass(frozen=True)
class Write:
    """One kind of write; `{name}` in its path is a server made for it alone, running or stopped."""

    method: str
    path: str
    json: Any = None
    status: int = 200
    running: bool = False
    unchanged: bool = False


def _act(action: str, **kwargs: Any) -> Write:
    members = kwargs.pop("members", {})
    body = {"action": action} | members
    return Write("POST", "/servers/{name}/action", body, 202, **kwargs)


WRITES: Final[dict[str, Write]] = {
    "create flat": Write("POST", "/servers", SEED_A, 201),
    "create enveloped": Write("POST", "/servers", SEED_B),
    "create with new volumes": Write("POST", "/servers", SEED_A | {"volumes": [{}]}, 201),
    "create several": Write("POST", "/servers", {"server": SEED_B["server"] | {"max_count": 3}}),
    "create reserved": Write(
        "POST",
        "/servers",
        {"server": SEED_B["server"] | {"max_count": 2, "return_reservation_id": True}},
    ),
    "put": Write("PUT", "/servers/{name}", {"tags": ["a"], "volumes": [{}]}),
    "put without effect": Write("PUT", "/servers/{name}", {}, unchanged=True),
    "patch": Write("PATCH", "/servers/{name}", {"image": None}),
    "rename": Write("PATCH", "/servers/{name}", {"server": {"new_name": "renamed"}}),
    "delete": Write("DELETE", "/servers/{name}", None, 204),
    "power on": _act("poweron"),
    "power on without effect": _act("poweron", running=True, unchanged=True),
    "power off": _act("poweroff", running=True),
    "reset softly": _act("resetsoft", running=True),
    "reboot": _act("reboot", running=True),
    "reset hard": _act("resethard"),
    "back up": _act("backup", members={"name": "b"}),
    "restore": _act("restore", members={"version": 1}),
    "terminate": _act("terminate"),
}


def prepare(api: Api, case: str) -> None:
    """The server that the write is about."""
    write = WRITES[case]
    if "{name}" in write.path:
        api.create(_name(case))
        if write.running:
            api.act(_name(case), "poweron")


def perform(api: Api, case: str, key: str | None = None) -> Any:
    """The write, under its key."""
    write = WRITES[case]
    headers = {"Idempotency-Key": key or f"key of {case}".replace(" ", "-")}
    path = write.path.format(name=_name(case))
    answer = api.request(write.method, path, json=write.json, headers=headers)
    assert answer.status_code == write.status, answer.text
    return answer


def _name(case: str) -> str:
    return case.replace(" ", "-")


def same(first: Any, again: Any) -> None:
    """The second answer is the first's, but for its own position and request id."""
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in SAME:
        assert again.headers.get(name) == first.headers.get(name), name
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert int(again.headers["x-log-position"]) > int(first.headers["x-log-position"])
