"""The dialects beside the root: the same operations on the same servers, in turns.

In a zone, every server is made with a volume: so there is a create with one, too.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench import client
from bench.client import Request
from bench.load import Load, Result, measure
from bench.services import OURS, serving
from bench.workload import seed

OPERATIONS: Final = ("get", "list of 50", "update", "action", "create", "create with a volume")
"""In this order: what all dialects list is alike as long as none has made a server of its own."""
ROOT: Final = "root"
_CONNECTIONS: Final = 32
_CREATES: Final = 5_000
_IMAGE: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
_ORGANIZATION: Final = "f030e920-9743-4f28-8164-964ba8555fa5"
_DISK: Final = {"source_type": "blank", "destination_type": "volume", "volume_size": 50}
Key = tuple[str, str]
"""A dialect and an operation."""


class Measured(NamedTuple):
    """Each dialect's operations, and how near they come to the root's."""

    table: dict[Key, Result]
    """The medians of all rounds."""
    over_root: dict[Key, float]
    """CPU a request, the root's over the dialect's: the median of what it is in each round.

    A machine is faster in one minute than in the next; within a round, it is much the same.
    """


class Spoken(NamedTuple):
    """How a dialect asks for the operations."""

    path: str
    list_query: str
    create: Callable[[str], dict[str, Any]]
    with_volume: Callable[[str], dict[str, Any]]
    rename_by: str
    rename: Callable[[str], dict[str, Any]]
    restart: dict[str, Any]


def _create_at_the_root(name: str) -> dict[str, Any]:
    return {"organization": _ORGANIZATION, "name": name, "image": _IMAGE}


def _create_in_nova(name: str) -> dict[str, Any]:
    return {"name": name, "imageRef": _IMAGE, "flavorRef": "2"}


def _create_in_a_zone(name: str) -> dict[str, Any]:
    chosen = {"project": _ORGANIZATION, "name": name, "image": _IMAGE}
    return chosen | {"commercial_type": "START1-S"}


DIALECTS: Final[Mapping[str, Spoken]] = {
    ROOT: Spoken(
        "/servers",
        "?limit=50",
        _create_at_the_root,
        lambda name: _create_at_the_root(name) | {"volumes": [{"name": "root"}]},
        "PUT",
        lambda name: {"name": name},
        {"action": "resetsoft"},
    ),
    "Nova, /v2.1": Spoken(
        "/v2.1/servers",
        "/detail?limit=50",
        lambda name: {"server": _create_in_nova(name)},
        lambda name: {"server": _create_in_nova(name) | {"block_device_mapping_v2": [_DISK]}},
        "PUT",
        lambda name: {"server": {"name": name}},
        {"reboot": {"type": "SOFT"}},
    ),
    "Scaleway, by zone": Spoken(
        "/instance/v1/zones/fr-par-1/servers",
        "?per_page=50",
        _create_in_a_zone,
        lambda name: _create_in_a_zone(name) | {"volumes": {"0": {"name": "root"}}},
        "PATCH",
        lambda name: {"name": name},
        {"action": "reboot"},
    ),
}


def run(servers: int, seconds: float, rounds: int) -> Measured:
    """Measure all dialects on one service, one after the other in each round, in turns.

    What follows the log behind the writes of one is in part the next one's to bear.
    """
    taken: dict[Key, list[Result]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder,
        serving(OURS, Path(folder) / OURS) as running,
    ):
        ids = seed(running, servers)
        starts = [
            Request("POST", f"/servers/{id_}/action", json.dumps({"action": "poweron"}))
            for id_ in ids
        ]
        client.send(running.port, starts, running.headers, connections=_CONNECTIONS)
        for operation in OPERATIONS:
            for round_ in range(rounds):
                for dialect in order_of(round_):
                    asked = list(_requests(DIALECTS[dialect], operation, ids))
                    result = measure(running, Load(asked, _CONNECTIONS, seconds))
                    taken.setdefault((dialect, operation), []).append(result)
                    print(
                        f"round {round_ + 1}  {dialect:20} {operation:12}"
                        f"{result.rate:9,.0f}/s  {result.cpu_us:7,.0f} µs CPU",
                        flush=True,
                    )
    return compared(taken)


def order_of(round_: int) -> list[str]:
    """The dialects, each first, and each behind each other, as often: in six rounds."""
    dialects = list(DIALECTS)[:: -1 if round_ % 2 else 1]
    first = round_ // 2 % len(dialects)
    return [*dialects[first:], *dialects[:first]]


def compared(taken: Mapping[Key, Sequence[Result]]) -> Measured:
    """The results of each round, held against the root's of the same round."""
    over_root = {
        (dialect, operation): statistics.median(
            root.cpu_us / result.cpu_us
            for root, result in zip(taken[ROOT, operation], results, strict=True)
        )
        for (dialect, operation), results in taken.items()
        if dialect != ROOT
    }
    return Measured({key: Result.median(results) for key, results in taken.items()}, over_root)


def _requests(spoken: Spoken, operation: str, ids: Sequence[str]) -> Iterable[Request]:
    path = spoken.path
    match operation:
        case "create" | "create with a volume":
            body_of = spoken.create if operation == "create" else spoken.with_volume
            for number in range(_CREATES):
                yield Request("POST", path, json.dumps(body_of(f"web-{number:07}")))
        case "get":
            yield from (Request("GET", f"{path}/{id_}") for id_ in ids)
        case "list of 50":
            yield Request("GET", path + spoken.list_query)
        case "update":
            for name in ("blue", "green"):
                body = json.dumps(spoken.rename(name))
                yield from (Request(spoken.rename_by, f"{path}/{id_}", body) for id_ in ids)
        case "action":
            body = json.dumps(spoken.restart)
            yield from (Request("POST", f"{path}/{id_}/action", body) for id_ in ids)
        case _:
            raise ValueError(operation)
