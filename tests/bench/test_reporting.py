"""What the benchmark says of its figures: medians, goals reached or not, blocks in the document."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from bench import dialects, report
from bench.goals import of_dialects, of_growth, of_speed
from bench.growth import FOLD, QUESTIONS, Growth, Kept
from bench.load import Result
from bench.services import CEILING, CRUD, OURS
from bench.speed import Speed


def result(
    rate: float = 1.0,
    p50_us: float = 1.0,
    p99_us: float = 1.0,
    max_us: float = 1.0,
    cpu_us: float = 1.0,
) -> Result:
    return Result(rate, p50_us, p99_us, max_us, cpu_us, requests=10)


def test_a_median_is_taken_figure_by_figure_and_the_longest_is_the_longest() -> None:
    rounds = [result(1, 30, 5, 7), result(3, 10, 6, 9), result(2, 20, 4, 8)]
    assert Result.median(rounds) == Result(2, 20, 5, 9, cpu_us=1.0, requests=30)


@pytest.mark.parametrize(("rate", "reached"), [(50.0, True), (49.9, False)])
def test_a_goal_is_reached_from_its_figure_on(rate: float, reached: bool) -> None:
    speed = Speed()
    speed.table = {(OURS, "create", 32): result(rate), (CEILING, "create", 32): result(100)}
    ((name, asked, _, held),) = of_speed(speed)
    assert (name, asked, held) == ("create, over the ceiling", "≥ 0.5", reached)


def test_each_figure_of_speed_is_held_against_its_goal() -> None:
    speed = Speed()
    speed.table = {
        (OURS, "get", 32): result(119),
        (CRUD, "get", 32): result(10),
        (OURS, "create", 1): result(p50_us=301),
    }
    speed.fdatasync_us = 100
    speed.long = result(p50_us=10, p99_us=40, max_us=250_001)
    assert {name: held for name, _, _, held in of_speed(speed)} == {
        "get, over plain CRUD": False,
        "p99 over p50 of a create": True,
        "longest create in a minute": False,
        "one client's create, in syncs of this disk": False,
    }


def grown(factor: float) -> Growth:
    growth = Growth(idle_mb=80, loaded_mb=151)
    for question in QUESTIONS:
        growth.questions[10, question] = result(p50_us=100)
        growth.questions[1_000, question] = result(p50_us=101)
        growth.questions[100, question] = result(p50_us=100 * factor)
    growth.start_s = {10: 3.0, 1_000: 1.9}
    growth.upkeep = {
        ("all", "rebuild"): Kept(100_000, 9.0, 1, {FOLD: 1.001}),
        ("all", "verify"): Kept(100_000, 9.0, 1, {FOLD: 2.0}),
    }
    return growth


@pytest.mark.parametrize(("factor", "reached"), [(1.19, True), (1.21, False), (0.79, False)])
def test_growth_is_judged_by_the_size_that_differs_most(factor: float, reached: bool) -> None:
    held = {name: held for name, _, _, held in of_growth(grown(factor))}
    assert [held.pop(f"{question}, over that of 10 servers") for question in QUESTIONS] == (
        [reached] * 3
    )
    assert held == {
        "rebuild, its fold, all": False,
        "start on 1,000 events": True,
        "memory idle": True,
        "memory under load": False,
    }


def test_dialects_are_held_against_the_root_of_the_same_round() -> None:
    # The machine took twice as long in the second round, and the dialect a quarter more in each.
    root, other = dialects.ROOT, "another"
    taken = {
        (root, "get"): [result(cpu_us=cpu) for cpu in (10, 20, 30)],
        (other, "get"): [result(cpu_us=cpu) for cpu in (12.5, 25, 30)],
    }
    measured = dialects.compared(taken)
    assert measured.over_root == {(other, "get"): 0.8}
    assert measured.table[other, "get"].cpu_us == 25
    ((name, asked, told, held),) = of_dialects(measured)
    assert (name, asked, told, held) == ("get, another, over the root", "≥ 0.85", "0.80", False)


def test_each_dialect_comes_behind_each_other_as_often() -> None:
    orders = [dialects.order_of(round_) for round_ in range(6)]
    firsts = Counter(order[0] for order in orders)
    neighbours = Counter(pair for order in orders for pair in pairwise(order))
    assert set(firsts) == set(dialects.DIALECTS)
    assert set(neighbours) == set(permutations(dialects.DIALECTS, 2))
    assert set(firsts.values()) == set(neighbours.values()) == {2}


def test_a_goal_not_reached_stands_out() -> None:
    lines = report.goal_lines([("a", "≤ 1", "1", True), ("b", "≤ 1", "2", False)])
    assert lines[2:] == ["| a | ≤ 1 | 1 | yes |", "| b | ≤ 1 | 2 | **no** |"]


def test_a_block_takes_the_place_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "performance.md"
    monkeypatch.setattr(report, "DOCUMENT", document)
    document.write_text("a\n<!-- bench: x -->\nold\n<!-- end of bench: x -->\nb\n")
    report.write("x", ["new", "lines"])
    report.write("x", ["newer"])
    assert document.read_text() == (
        "a\n<!-- bench: x -->\n\nnewer\n\n<!-- end of bench: x -->\nb\n"
    )
    with pytest.raises(SystemExit, match="has no block"):
        report.write("y", [])
    assert "newer" in document.read_text()
