"""Second part: what stays the same as the store grows, and what starting and rebuilding take."""

from __future__ import annotations

import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.client import Request
from bench.load import Load, Result, measure
from bench.machine import cores, memory_mb
from bench.past import Past, measure_all, measure_following, measure_one
from bench.services import OURS, TOKEN, Running, serving
from bench.stores import make_long_histories, make_short_lives, make_store
from bench.workload import creates, requests

QUESTIONS = ("get", "first page of 50", "page of 50 at depth")
BUSY = ("detail", "next write")
STEPS = ("look", "export", "import", "verify", "rebuild")
FOLD = "read models"
"""The part of a rebuild that derives what is written with the log."""
_SAMPLE = 10_000
_FOLLOWED = 100_000
_DEPTH = 0.9
_WALKED_AT_ONCE = 1_000
_IDLE_S = 1.0


@dataclass(frozen=True)
class Kept:
    """What it took to do something with a whole store."""

    events: int
    seconds: float
    memory_mb: float
    """At its peak."""
    phases: dict[str, float]
    """Seconds by part."""


@dataclass
class Growth:
    """What was measured."""

    questions: dict[tuple[int, str], Result] = field(default_factory=dict)
    """By number of servers."""
    busy: dict[str, Result] = field(default_factory=dict)
    busy_events: int = 0
    start_s: dict[int, float] = field(default_factory=dict)
    """By number of events."""
    idle_mb: float = 0.0
    loaded_mb: float = 0.0
    loaded_servers: int = 0
    upkeep: dict[tuple[str, str], Kept] = field(default_factory=dict)
    """By kind of store, and what was done with it."""
    past: Past = field(default_factory=Past)


def run(sizes: Sequence[int], busy_events: int, seconds: float, rounds: int) -> Growth:
    """Measure stores of these numbers of servers, and one server of so many events."""
    growth = Growth(busy_events=busy_events)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=".") as name:
        folder = Path(name)
        _measure_idle(growth, folder / "idle")
        for size in sizes:
            print(f"making a store of {size:,} servers", flush=True)
            make_store(folder / str(size), size)
        _measure_questions(growth, folder, sizes, seconds, rounds)
        _measure_busy(growth, folder / "busy", busy_events, seconds, rounds)
        _measure_loaded(growth, folder / str(sizes[len(sizes) // 2]), seconds)
        make_long_histories(folder / "long", max(sizes) // 10)
        make_short_lives(folder / "short", max(sizes) // 3)
        _measure_past(growth, folder, seconds, rounds)
        stores = {"ten events a server": "long", "one event a server": str(max(sizes))}
        for kind, store in stores.items():
            for step in STEPS:
                growth.upkeep[kind, step] = _keep(folder / store, step)
    return growth


def _measure_idle(growth: Growth, folder: Path) -> None:
    with serving(OURS, folder) as service:
        urllib.request.urlopen(f"{service.base}/healthz", timeout=_IDLE_S).read()
        growth.idle_mb = memory_mb(service.pid)[0]
    print(f"idle: {growth.idle_mb:.0f} MB", flush=True)


def _measure_questions(
    growth: Growth, folder: Path, sizes: Sequence[int], seconds: float, rounds: int
) -> None:
    taken: dict[tuple[int, str], list[Result]] = {}
    with ExitStack() as stack:
        running = {size: stack.enter_context(serving(OURS, folder / str(size))) for size in sizes}
        asked = {size: _questions(service, size) for size, service in running.items()}
        for _ in range(rounds):
            for question in QUESTIONS:
                for size, service in running.items():
                    result = measure(service, Load(asked[size][question], 1, seconds))
                    taken.setdefault((size, question), []).append(result)
                    _say(f"{size:,} servers, {question}", result)
    growth.questions = {key: Result.median(results) for key, results in taken.items()}
    # Again, with its pages in the memory of the system as after any restart of the service alone.
    for size in sizes:
        starts = []
        for _ in range(rounds):
            with serving(OURS, folder / str(size)) as service:
                starts.append(service.started_s)
        growth.start_s[size] = statistics.median(starts)
        print(f"start on {size:,} events: {growth.start_s[size]:.2f} s", flush=True)


def _questions(service: Running, size: int) -> dict[str, list[Request]]:
    """The requests of each question: servers all over the store, and a page deep inside it."""
    ids: list[str] = []
    seen, deep = 0, ""
    # In ten steps at least, so that also a small store has a page at depth.
    path = f"/servers?limit={min(_WALKED_AT_ONCE, size // 10)}"
    while path:
        found, path = _page(service, path)
        ids += found[:: max(1, size // _SAMPLE)]
        seen += len(found)
        if seen <= size * _DEPTH:
            deep = re.sub(r"limit=\d+", "limit=50", path)
    # A fixed order without neighbours: theirs would come from one page of the store.
    random.Random(0).shuffle(ids)
    return {
        "get": requests("get", ids),
        "first page of 50": [Request("GET", "/servers?limit=50")],
        "page of 50 at depth": [Request("GET", deep)],
    }


def _page(service: Running, path: str) -> tuple[list[str], str]:
    """The ids on a page, and the path of the next one; empty on the last."""
    asked = urllib.request.Request(service.base + path, headers={"X-Auth-Token": TOKEN})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("Link", ""))
        return [server["id"] for server in json.load(answer)["servers"]], link[1] if link else ""


def _measure_busy(growth: Growth, folder: Path, events: int, seconds: float, rounds: int) -> None:
    busy = make_store(folder, 1, changes=events - 1)
    asked = {
        "detail": [Request("GET", f"/servers/{busy}")],
        "next write": requests("update", [busy]),
    }
    taken: dict[str, list[Result]] = {}
    with serving(OURS, folder) as service:
        for _ in range(rounds):
            for name in BUSY:
                result = measure(service, Load(asked[name], 1, seconds))
                taken.setdefault(name, []).append(result)
                _say(f"a server of {events:,} events, {name}", result)
    growth.busy = {name: Result.median(results) for name, results in taken.items()}
    measure_one(growth.past, folder, busy, seconds, rounds)


def _measure_past(growth: Growth, folder: Path, seconds: float, rounds: int) -> None:
    stores = {"ten events a server": "long", "servers that live shortly": "short"}
    for kind, name in stores.items():
        measure_all(growth.past, kind, folder / name, seconds, rounds)
    measure_following(growth.past, folder / "short", _FOLLOWED)


def _measure_loaded(growth: Growth, folder: Path, seconds: float) -> None:
    growth.loaded_servers = int(folder.name)
    with serving(OURS, folder) as service:
        asked = _questions(service, growth.loaded_servers)
        for load in (creates(), *asked.values(), creates()):
            measure(service, Load(load, 32, seconds))
        growth.loaded_mb = memory_mb(service.pid)[1]
    print(f"under load: {growth.loaded_mb:.0f} MB", flush=True)


def _keep(folder: Path, step: str) -> Kept:
    printed = subprocess.run(
        [
            *("taskset", "-c", str(cores()[0])),
            *(sys.executable, "-m", "bench.upkeep", step, str(folder)),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    kept = Kept(**json.loads(printed))
    print(
        f"{step} of {kept.events:,} events: {kept.seconds:.1f} s, {kept.memory_mb:.0f} MB, "
        + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in kept.phases.items()),
        flush=True,
    )
    return kept


def _say(what: str, result: Result) -> None:
    print(f"{what:45} p50 {result.p50_us:6,.0f} µs  {result.cpu_us:6,.0f} µs CPU", flush=True)
