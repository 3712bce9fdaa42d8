"""`python -m bench`: measure, print, and write the tables into docs/performance.md."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bench import anatomy, dialects, goals, growth, report, speed
from bench.machine import cores, pin
from bench.postgres import postgres
from bench.services import CRUD, OURS, SERVICES
from bench.workload import OPERATIONS

PARTS = ("all", "speed", "dialects", "postgres", "growth", "anatomy")


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, default="all")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--services", nargs="+", choices=SERVICES, default=list(SERVICES))
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=list(OPERATIONS))
    parser.add_argument("--servers", type=int, default=1_000, help="to read and change")
    parser.add_argument("--long", type=float, default=60.0, help="seconds of creates at the end")
    parser.add_argument("--sizes", nargs="+", type=int, default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--busy", type=int, default=100_000, help="events of one server")
    parser.add_argument("--print", action="store_true", help="leave docs/performance.md as it is")
    asked = parser.parse_args()
    pin(0, cores()[1])
    if asked.part in {"all", "speed"}:
        measured = speed.run(
            asked.services,
            asked.operations,
            servers=asked.servers,
            seconds=asked.seconds,
            rounds=asked.rounds,
            long_s=asked.long,
        )
        lines = [*report.speed_lines(measured), "", *report.goal_lines(goals.of_speed(measured))]
        _tell("speed", lines, write=not asked.print)
    if asked.part in {"all", "dialects"}:
        spoken = dialects.run(asked.servers, asked.seconds, asked.rounds)
        told = report.goal_lines(goals.of_dialects(spoken))
        _tell("dialects", [*report.dialect_lines(spoken.table), "", *told], write=not asked.print)
    if asked.part in {"all", "postgres"}:
        with postgres() as server:
            measured = speed.run(
                [service for service in asked.services if service in {OURS, CRUD}],
                asked.operations,
                servers=asked.servers,
                seconds=asked.seconds,
                rounds=asked.rounds,
                long_s=asked.long,
                database=server,
            )
        told = report.goal_lines(goals.of_postgres(measured))
        _tell("postgres", [*report.speed_lines(measured), "", *told], write=not asked.print)
    if asked.part in {"all", "growth"}:
        grown = growth.run(asked.sizes, asked.busy, asked.seconds, asked.rounds)
        lines = [*report.growth_lines(grown), "", *report.goal_lines(goals.of_growth(grown))]
        _tell("growth", lines, write=not asked.print)
    if asked.part in {"all", "anatomy"}:
        lines = report.anatomy_lines(anatomy.run(asked.seconds))
        _tell("anatomy", lines, write=not asked.print)


def _tell(name: str, lines: Sequence[str], *, write: bool) -> None:
    told = [*report.circumstances(), *lines]
    print("\n".join(["", *told, ""]), flush=True)
    if write:
        report.write(name, told)


main()
