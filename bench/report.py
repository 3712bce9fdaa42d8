"""The tables of docs/performance.md, as Markdown."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench import dialects
from bench.anatomy import Anatomy
from bench.growth import BUSY, QUESTIONS, Growth
from bench.load import Result, generator
from bench.machine import describe
from bench.past import OF_ALL, Past
from bench.services import OURS, SERVICES
from bench.speed import CONNECTIONS, Speed

DOCUMENT = Path("docs/performance.md")


def write(name: str, lines: Iterable[str]) -> None:
    """Put `lines` in place of the block of that name in the document."""
    begin, end = f"<!-- bench: {name} -->\n", f"<!-- end of bench: {name} -->"
    before, _, rest = DOCUMENT.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{DOCUMENT} has no block {begin.strip()}")
    DOCUMENT.write_text(before + begin + "\n" + "\n".join(lines) + "\n\n" + end + after)


def circumstances() -> list[str]:
    """By which command, when and where."""
    command = " ".join(["make bench", *_arguments()])
    now = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"
    return [f"`{command}`, {now}; {describe()}; load from {generator()}.", ""]


def _arguments() -> list[str]:
    return [f'ARGS="{" ".join(sys.argv[1:])}"'] if sys.argv[1:] else []


def speed_lines(speed: Speed) -> list[str]:
    """A table for each number of connections, and the ratios of each operation."""
    services = list(dict.fromkeys(service for service, _, _ in speed.table))
    operations = list(dict.fromkeys(operation for _, operation, _ in speed.table))
    lines = []
    for connections in CONNECTIONS:
        lines += [
            _heading(connections),
            "",
            *_table(
                ["", *(SERVICES[service] for service in services)],
                [
                    [operation]
                    + [_cell(speed.table[service, operation, connections]) for service in services]
                    for operation in operations
                ],
            ),
            "",
        ]
    others = [service for service in services if service != OURS]
    if OURS in services and others:
        lines += [
            "**This service's rate over theirs**, 32 connections",
            "",
            *_table(
                ["", *(SERVICES[service] for service in others)],
                [
                    [operation] + [f"{speed.ratio(operation, service):.2f}" for service in others]
                    for operation in operations
                ],
            ),
            "",
        ]
    lines.append(f"fdatasync of 4 KiB on this disk: {speed.fdatasync_us:,.0f} µs (median).")
    if speed.long is not None:
        lines += ["", _long(speed.long)]
    return lines


def _heading(connections: int) -> str:
    return (
        f"**{connections} connection{'s' * (connections > 1)}**: requests a second · "
        "CPU µs a request · p50 and p99 in ms"
    )


def _long(result: Result) -> str:
    return (
        f"{result.requests / result.rate:.0f} s of creates over 32 connections: "
        f"{result.requests:,} requests, p50 "
        f"{_ms(result.p50_us)} ms, p99 {_ms(result.p99_us)} ms, the longest "
        f"{_ms(result.max_us)} ms."
    )


def dialect_lines(table: Mapping[dialects.Key, Result]) -> list[str]:
    """What each dialect does of each operation."""
    spoken = list(dict.fromkeys(dialect for dialect, _ in table))
    return [
        _heading(32),
        "",
        *_table(
            ["", *spoken],
            [
                [operation, *(_cell(table[dialect, operation]) for dialect in spoken)]
                for operation in dialects.OPERATIONS
            ],
        ),
    ]


def growth_lines(growth: Growth) -> list[str]:
    """What was asked of each size, then single figures."""
    sizes = list(dict.fromkeys(size for size, _ in growth.questions))
    return [
        "**One connection**: p50 in µs · CPU µs a request",
        "",
        *_table(
            ["", *(f"{size:,} servers" for size in sizes)],
            [
                [question] + [_latency(growth.questions[size, question]) for size in sizes]
                for question in QUESTIONS
            ]
            + [
                ["start to the first answer, s"] + [f"{growth.start_s[size]:.2f}" for size in sizes]
            ],
        ),
        "",
        *_table(
            [f"One server with {growth.busy_events:,} events", "p50 in µs · CPU µs"],
            [[name, _latency(growth.busy[name])] for name in BUSY]
            + [[name, _latency(result)] for name, result in growth.past.one.items()],
        ),
        "",
        *_past(growth.past),
        "",
        *_table(
            ["With a whole store", "events", "seconds", "events a second", "peak, MB", "of these"],
            [
                [
                    f"{step}, {kind}",
                    f"{kept.events:,}",
                    f"{kept.seconds:.1f}",
                    f"{kept.events / kept.seconds:,.0f}",
                    f"{kept.memory_mb:.0f}",
                    ", ".join(f"{part} {took:.1f}" for part, took in kept.phases.items()),
                ]
                for (kind, step), kept in growth.upkeep.items()
            ],
        ),
        "",
        _memory(growth),
    ]


def _past(past: Past) -> list[str]:
    kinds = list(dict.fromkeys(kind for kind, _ in past.all))
    return [
        *_table(
            ["The list as of then, p50 in µs · CPU µs", *kinds],
            [
                [question, *(_latency(past.all[kind, question]) for kind in kinds)]
                for question in OF_ALL
            ],
        ),
        "",
        f"What follows the log, left to itself: {past.followed_per_s:,.0f} events a second.",
    ]


def _memory(growth: Growth) -> str:
    return (
        f"Resident memory: {growth.idle_mb:.0f} MB idle, {growth.loaded_mb:.0f} MB at its peak "
        f"under load with {growth.loaded_servers:,} servers."
    )


def anatomy_lines(anatomy: Anatomy) -> list[str]:
    """The steps of a create, and what they leave of the whole."""
    rest = anatomy.whole_us - sum(anatomy.steps.values())
    steps = anatomy.steps | {"the rest: waiting bodies, futures, two threads in turns": rest}
    return [
        f"CPU µs a create over 32 connections, {anatomy.batch:.0f} committed together:",
        "",
        *_table(
            ["step", "µs"],
            [
                *([step, f"{us:.1f}"] for step, us in steps.items()),
                ["**a create as served**", f"**{anatomy.whole_us:.1f}**"],
            ],
        ),
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|---|{'---:|' * (len(heads) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def goal_lines(goals: Iterable[tuple[str, str, str, bool]]) -> list[str]:
    """Each goal with its figure."""
    return _table(
        ["Goal", "asked", "measured", "reached"],
        [[name, asked, got, "yes" if held else "**no**"] for name, asked, got, held in goals],
    )


def _cell(result: Result) -> str:
    return (
        f"{result.rate:,.0f} · {result.cpu_us:,.0f} · {_ms(result.p50_us)} and {_ms(result.p99_us)}"
    )


def _latency(result: Result) -> str:
    return f"{result.p50_us:,.0f} · {result.cpu_us:,.0f}"


def _ms(us: float) -> str:
    return f"{us / 1000:.2f}" if us < 10_000 else f"{us / 1000:.0f}"
