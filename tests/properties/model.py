"""What the service should hold, as plain dicts: servers as shown, their past, keys, tasks, records.

Written from the contract alone. Nothing of the service is imported here.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

HOME: Final = "f030e920-9743-4f28-8164-964ba8555fa5"
ELSEWHERE: Final = "f1350c5d-f1d8-4f9d-b114-6053905578e1"

CHOSEN: Final[dict[str, Any]] = {
    "image": None,
    "volumes": [],
    "tags": [],
    "dynamic_public_ip": False,
    "public_ip": None,
    "flavor": None,
    "keyname": None,
    "network": None,
    "commercial_type": None,
    "metadata": {},
}
"""What a caller may choose beside the name, and what it is otherwise."""

READ_ONLY: Final = (
    *("id", "organization", "running", "state", "private_ip", "arch", "location"),
    *("reservation_id", "creation_date", "modification_date", "version"),
)


@dataclass(frozen=True)
class Caller:
    """Somebody with a token. `sees` None is every organization."""

    token: str
    home: str
    sees: tuple[str, ...] | None
    writes: bool = True

    def may_see(self, organization: str) -> bool:
        return self.sees is None or organization in self.sees


@dataclass(frozen=True)
class Ask:
    """A request to change something, as it is sent. `wrong` are fields that nobody could take."""

    verb: str
    caller: str
    method: str
    ref: str | None = None
    body: dict[str, Any] | None = None
    wrong: frozenset[str] = frozenset()
    if_match: str | None = None
    key: str | None = None
    slash: str = ""

    @property
    def path(self) -> str:
        """Where it is sent."""
        path = "/servers" if self.ref is None else f"/servers/{quote(self.ref, safe='')}"
        return path + ("/action" if self.verb == "act" else "") + self.slash

    @property
    def raw(self) -> bytes | None:
        """The bytes of its body."""
        return None if self.body is None else json.dumps(self.body).encode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers it carries, its token aside."""
        found = {"If-Match": self.if_match, "Idempotency-Key": self.key}
        return {name: value for name, value in found.items() if value is not None}


@dataclass
class Held:
    """A server: as shown now, and its name, choices and power state as of each version."""

    shown: dict[str, Any]
    past: list[dict[str, Any]] = field(default_factory=list)
    backups: list[dict[str, Any]] = field(default_factory=list)
    deleted: bool = False

    @property
    def etag(self) -> str:
        return f'"{self.shown["id"]}:{self.shown["version"]}"'

    def remember(self) -> None:
        """Keep the present for a restore to come back to."""
        kept = ("name", *CHOSEN, "running", "state")
        self.past.append({name: self.shown[name] for name in kept})

    def change(self, at: str, **changes: Any) -> None:
        """One event further."""
        self.shown = self.shown | changes
        self.shown["modification_date"] = at
        self.shown["version"] += 1
        self.remember()


@dataclass
class Model:
    """Everything, in order of creation."""

    callers: dict[str, Caller]
    records: list[str]
    servers: dict[str, Held] = field(default_factory=dict)
    tasks: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """The organization and the task, by id."""
    keys: dict[tuple[str, str], tuple[Any, Any]] = field(default_factory=dict)
    """What was asked and answered first, by caller and key."""

    @property
    def live(self) -> dict[str, Held]:
        return {id_: held for id_, held in self.servers.items() if not held.deleted}

    def visible(self, caller: str) -> list[Held]:
        """The live servers that a caller sees, oldest first."""
        sees = self.callers[caller].may_see
        return [held for held in self.live.values() if sees(held.shown["organization"])]

    def resolve(self, caller: str, ref: str) -> list[Held]:
        """The servers that a reference can mean."""
        visible = self.visible(caller)
        by_id = [held for held in visible if held.shown["id"] == ref.lower()]
        return by_id or [held for held in visible if held.shown["name"] == ref]

    def counts(self) -> dict[str, int]:
        """How many rows each derived table should have."""
        shown = [held.shown for held in self.live.values()]
        return {
            "servers": len(shown),
            # A row for each version that another followed.
            "past_servers": sum(held.shown["version"] - 1 for held in self.servers.values()),
            "server_marks": sum(held.shown["version"] // 32 for held in self.servers.values()),
            "server_tags": sum(len(server["tags"]) for server in shown),
            "server_volumes": sum(len(server["volumes"]) for server in shown),
            "volumes": 0,
            # They outlive their servers, whose rows are then kept by themselves.
            "restore_points": sum(len(held.backups) for held in self.servers.values()),
            "gone_servers": sum(
                bool(held.backups) for held in self.servers.values() if held.deleted
            ),
            "server_counts": len({server["organization"] for server in shown}),
            "tasks": len(self.tasks),
            "tokens": len(self.callers),
            "idempotency_keys": len(self.keys),
        }


def timestamp(at: dt.datetime) -> str:
    """A time as shown."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
