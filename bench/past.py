"""Questions about the past of stores of a million events, and how fast the log is followed."""

from __future__ import annotations

import json
import random
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.store import Store
from bench.client import Request
from bench.load import Load, Result, measure
from bench.services import OURS, TOKEN, Running, serving

OF_ONE = ("detail as of any position", "detail as of any version")
OF_ALL = (
    "page of 50 as of any position",
    "page of 50 at depth as of any position",
    "page of 50 by number as of any position",
)
_POSITIONS = 500


@dataclass
class Past:
    """What was measured."""

    one: dict[str, Result] = field(default_factory=dict)
    """Of the server with a long history."""
    all: dict[tuple[str, str], Result] = field(default_factory=dict)
    """By kind of store and question."""
    followed_per_s: float = 0.0


def measure_one(past: Past, folder: Path, server_id: str, seconds: float, rounds: int) -> None:
    """Ask one server with a long history."""
    chance = random.Random(0)
    with serving(OURS, folder) as service:
        end = _followed(service)
        version = int(_get(service, f"/servers/{server_id}")["server"]["version"])
        # From its creation on: the store and the first token come before.
        positions = chance.choices(range(end - version + 1, end + 1), k=_POSITIONS)
        versions = chance.choices(range(1, version + 1), k=_POSITIONS)
        path = f"/servers/{server_id}"
        asked = {
            OF_ONE[0]: [Request("GET", f"{path}?at_position={at}") for at in positions],
            OF_ONE[1]: [Request("GET", f"{path}?at_version={at}") for at in versions],
        }
        past.one = _ask(service, asked, "a long history", seconds, rounds)


def measure_all(past: Past, kind: str, folder: Path, seconds: float, rounds: int) -> None:
    """Ask for the list as of positions all over the log."""
    chance = random.Random(0)
    with serving(OURS, folder) as service:
        end = _followed(service)
        positions = chance.choices(range(1, end + 1), k=_POSITIONS)
        paged = [f"/servers?limit=50&at_position={at}" for at in positions]
        # The page after a big one: deep, but where so many servers lived.
        deep = [_next(service, f"/servers?limit=1000&at_position={at}") for at in positions[:50]]
        asked = {
            OF_ALL[0]: [Request("GET", path) for path in paged],
            OF_ALL[1]: [Request("GET", path) for path in deep if path]
            or [Request("GET", paged[0])],
            OF_ALL[2]: [
                Request("GET", f"/servers?page=1&per_page=50&at_position={at}") for at in positions
            ],
        }
        for question, result in _ask(service, asked, kind, seconds, rounds).items():
            past.all[kind, question] = result


def measure_following(past: Past, folder: Path, events: int) -> None:
    """Follow the first events of a log anew."""
    store = Store(f"sqlite:///{folder / 'rackledger.db'}")
    with store.database.writing() as session:
        store.follower.restart(session)
    began = time.perf_counter()
    while store.follower.position < events and store.follower.step():
        pass
    past.followed_per_s = store.follower.position / (time.perf_counter() - began)
    store.close()
    print(f"following: {past.followed_per_s:,.0f} events a second", flush=True)


def _ask(
    service: Running,
    asked: Mapping[str, list[Request]],
    kind: str,
    seconds: float,
    rounds: int,
) -> dict[str, Result]:
    taken: dict[str, list[Result]] = {}
    for _ in range(rounds):
        for question, requests in asked.items():
            result = measure(service, Load(requests, 1, seconds))
            taken.setdefault(question, []).append(result)
            print(
                f"{kind}, {question:40} p50 {result.p50_us:6,.0f} µs  p99 {result.p99_us:6,.0f} µs",
                flush=True,
            )
    return {question: Result.median(results) for question, results in taken.items()}


def _get(service: Running, path: str) -> dict[str, dict[str, str]]:
    asked = urllib.request.Request(service.base + path, headers={"X-Auth-Token": TOKEN})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        found: dict[str, dict[str, str]] = json.load(answer)
        return found


def _next(service: Running, path: str) -> str:
    """The page of 50 behind a page; empty where there is none."""
    asked = urllib.request.Request(service.base + path, headers={"X-Auth-Token": TOKEN})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        first = answer.headers.get("Link", "").split(", ")[0]
    if not first.endswith('rel="next"'):
        return ""
    target: str = first[1 : first.index(">")]
    return target.replace("limit=1000", "limit=50")


def _followed(service: Running) -> int:
    """The end of the log, once all of it is followed."""
    asked = urllib.request.Request(service.base + "/readyz")
    with urllib.request.urlopen(asked, timeout=60) as answer:
        end = int(json.load(answer)["position"])
    _get(service, f"/servers?limit=1&at_position={end}")
    return end
