"""Third part: where the CPU time of a create goes.

What a served process spends on a create, and on an answer that needs nothing, is measured from
outside; the steps between are timed in this process, in batches as large as the served ones were.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.http.body import parse_object
from api.root import rendering
from api.root.reading import read_create
from api.store import Store, new_id
from bench.client import Request
from bench.load import Load, measure
from bench.machine import cores, pin
from bench.services import OURS, Running, serving
from bench.stores import ORGANIZATION, creating, opened, write_request
from bench.workload import creates
from commands.buckets import TokenBuckets
from commands.handler import CommandHandler, utc_now
from commands.request import Written
from commands.store.side_rows import ensure_salt
from commands.store.states import StateCache
from commands.unit import Resources, Unit
from domain.ports import Batch, RowWriter
from projections.storage import StoredStorage

_TIMES = 300


@dataclass(frozen=True)
class Anatomy:
    """µs of CPU a create: the whole as served, and its steps. The rest is what they leave."""

    whole_us: float
    batch: float
    """How many creates were committed together, on average."""
    steps: dict[str, float]


def run(seconds: float) -> Anatomy:
    """Measure. This process is pinned to the core of the service meanwhile."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=".") as name:
        folder = Path(name)
        with serving(OURS, folder / "served") as service:
            measure(service, Load(creates(), 32, seconds))
            before = _committed(service)
            whole_us = measure(service, Load(creates(), 32, seconds)).cpu_us
            jobs, commits = (
                now - then for now, then in zip(_committed(service), before, strict=True)
            )
            bare = measure(service, Load([Request("GET", "/healthz")], 32, seconds)).cpu_us
        pin(0, cores()[0])
        steps = {"connection, parsing, routing, metrics, log, an answer": bare, **_edge()}
        steps |= _writes(folder / "inside", round(jobs / commits))
        pin(0, cores()[1])
    return Anatomy(whole_us, jobs / commits, steps)


def _committed(service: Running) -> tuple[float, float]:
    with urllib.request.urlopen(f"{service.base}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = dict(re.findall(r"^rackledger_commit_jobs_(sum|count) (\S+)$", text, re.MULTILINE))
    return float(found["sum"]), float(found["count"])


def _edge() -> dict[str, float]:
    """The steps of the loop's thread."""
    raw = creates(1)[0].body.encode()
    body = parse_object(raw)
    return {
        "body: JSON, strictly, and its SHA-256": _time(
            lambda: (parse_object(raw), hashlib.sha256(raw).hexdigest())
        ),
        "validation, and the command": _time(lambda: read_create(body, ORGANIZATION)),
        "the request with its metadata": _time(lambda: write_request(creating(1, 1))),
    }


def _writes(folder: Path, batch: int) -> dict[str, float]:
    """The steps of the writer's thread, and the answer."""
    folder.mkdir()
    spent: defaultdict[str, float] = defaultdict(float)
    with opened(folder) as store:
        handler, asked = CommandHandler(TokenBuckets(1, 1)), write_request(creating(1, 1))
        resources = _timed(store, spent)
        written: Written | None = None
        for _ in range(_TIMES):
            began = time.process_time()
            with store.database.writing() as session:
                unit = Unit(session, resources)
                deciding = time.process_time()
                for _ in range(batch):
                    written = handler.handle(unit, asked)
                spent["decide"] += time.process_time() - deciding
                unit.flush()
            spent["all"] += time.process_time() - began
    assert written is not None
    read = read_create(parse_object(creates(1)[0].body.encode()), ORGANIZATION)
    each = {name: seconds / _TIMES / batch * 1e6 for name, seconds in spent.items()}
    return {
        "decide, and the record": each["decide"],
        "the event: encoded and inserted": each["append"],
        "the rows: encoded and inserted": each["rows"],
        "the transaction: its share of begin, commit and sync": each["all"]
        - each["decide"]
        - each["append"]
        - each["rows"],
        "the answer rendered": _time(lambda: rendering.created(written, read)),
    }


def _timed(store: Store, spent: defaultdict[str, float]) -> Resources:
    """What a unit works with, timing the log and the row writers."""

    class Log:
        def append(self, *arguments: Any) -> Any:
            return _spend(spent, "append", store.log.append, *arguments)

    class Rows:
        def __init__(self, writer: RowWriter) -> None:
            self._writer = writer

        def write(self, session: Any, batch: Batch) -> None:
            _spend(spent, "rows", self._writer.write, session, batch)

        def clear(self, session: Any) -> None:
            self._writer.clear(session)

    with store.database.writing() as session:
        salt = ensure_salt(session)
    return Resources(
        log=Log(),  # type: ignore[arg-type]  # as far as a create asks
        servers=store.servers,
        storage=StoredStorage(),
        row_writers=[Rows(writer) for writer in store.row_writers],
        cache=StateCache(),
        now=utc_now,
        new_id=new_id,
        salt=salt,
    )


def _spend(
    spent: defaultdict[str, float], name: str, step: Callable[..., Any], *arguments: Any
) -> Any:
    began = time.process_time()
    done = step(*arguments)
    spent[name] += time.process_time() - began
    return done


def _time(step: Callable[[], Any], times: int = 5_000) -> float:
    """µs of CPU a call, the best of five rounds."""
    rounds = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(times):
            step()
        rounds.append(time.process_time() - began)
    return min(rounds) / times * 1e6
