"""The figures asked for, each beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench import dialects
from bench.growth import FOLD, QUESTIONS, Growth
from bench.services import CEILING, CRUD, OURS
from bench.speed import Speed

Goal = tuple[str, str, str, bool]

_OVER_CEILING = {
    "create": 0.50,
    "get": 0.85,
    "list of 50": 0.75,
    "update": 0.45,
    "action": 0.45,
    "delete": 0.45,
}
_OVER_CRUD = {"create": 10.0, "get": 12.0}
_OVER_CRUD_ON_POSTGRES = {"create": 5.0}


def of_postgres(speed: Speed) -> Iterator[Goal]:
    """Those of the same on PostgreSQL."""
    yield from _ratios(speed, CRUD, _OVER_CRUD_ON_POSTGRES, "plain CRUD on PostgreSQL")


def _ratios(speed: Speed, service: str, ratios: Mapping[str, float], name: str) -> Iterator[Goal]:
    for operation, least in ratios.items():
        if {(OURS, operation, 32), (service, operation, 32)} <= speed.table.keys():
            ratio = speed.ratio(operation, service)
            yield f"{operation}, over {name}", f"≥ {least:g}", f"{ratio:.2f}", ratio >= least


def of_speed(speed: Speed) -> Iterator[Goal]:
    """Those of the first part, as far as it was run whole."""
    yield from _ratios(speed, CEILING, _OVER_CEILING, "the ceiling")
    yield from _ratios(speed, CRUD, _OVER_CRUD, "plain CRUD")
    long, alone = speed.long, speed.table.get((OURS, "create", 1))
    if long is not None:
        spread, longest = long.p99_us / long.p50_us, long.max_us / 1000
        yield "p99 over p50 of a create", "≤ 4", f"{spread:.1f}", spread <= 4
        yield "longest create in a minute", "≤ 250 ms", f"{longest:.0f} ms", longest <= 250
    if alone is not None:
        syncs = alone.p50_us / speed.fdatasync_us
        yield "one client's create, in syncs of this disk", "≤ 3", f"{syncs:.1f}", syncs <= 3


def of_dialects(measured: dialects.Measured) -> Iterator[Goal]:
    """How near the dialects come to the root, by the CPU that a request takes."""
    for (dialect, operation), ratio in measured.over_root.items():
        yield f"{operation}, {dialect}, over the root", "≥ 0.85", f"{ratio:.2f}", ratio >= 0.85


def of_growth(growth: Growth) -> Iterator[Goal]:
    """Those of the second part."""
    least, *larger = sorted({size for size, _ in growth.questions})
    for question in QUESTIONS:
        base = growth.questions[least, question].p50_us
        farthest = max(
            (growth.questions[size, question].p50_us / base for size in larger),
            key=lambda ratio: abs(ratio - 1),
            default=1.0,
        )
        yield (
            f"{question}, over that of {least:,} servers",
            "0.80 to 1.20",
            f"{farthest:.2f}",
            0.8 <= farthest <= 1.2,
        )
    for name, result in growth.busy.items():
        took = result.p50_us / 1000
        yield f"{name} of a long history", "≤ 5 ms", f"{took:.2f} ms", took <= 5
    for name, result in growth.past.one.items():
        took = result.p50_us / 1000
        yield f"{name}, of a long history", "≤ 5 ms", f"{took:.2f} ms", took <= 5
    for (kind, name), result in growth.past.all.items():
        took = result.p50_us / 1000
        yield f"{name}, {kind}", "≤ 5 ms", f"{took:.2f} ms", took <= 5
    for (kind, step), kept in growth.upkeep.items():
        if step == "rebuild":
            rate = kept.events / kept.phases[FOLD]
            yield f"rebuild, its fold, {kind}", "≥ 100,000/s", f"{rate:,.0f}/s", rate >= 100_000
    start = growth.start_s[max(growth.start_s)]
    yield f"start on {max(growth.start_s):,} events", "≤ 2 s", f"{start:.2f} s", start <= 2
    yield "memory idle", "≤ 80 MB", f"{growth.idle_mb:.0f} MB", growth.idle_mb <= 80
    loaded = growth.loaded_mb
    yield "memory under load", "≤ 150 MB", f"{loaded:.0f} MB", loaded <= 150
