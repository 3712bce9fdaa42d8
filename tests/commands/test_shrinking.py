"""What a difference needs is all that is left, and each of it is needed."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from api.replaying.shrinking import shrink


@given(st.data(), st.integers(1, 60))
def test_just_what_is_needed_is_left_in_its_order(data: st.DataObject, count: int) -> None:
    items = list(range(count))
    needed = data.draw(st.lists(st.sampled_from(items), min_size=1, unique=True).map(sorted))
    assert shrink(items, lambda some: set(needed) <= set(some)) == (needed, True)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 20))
def test_what_is_left_shows_it_and_can_spare_no_item(items: list[int], wanted: int) -> None:
    def shows(some: list[int]) -> bool:
        return sum(some) >= wanted or len(some) == len(items)

    left, proven = shrink(items, shows)
    assert proven
    assert shows(left)
    assert len(left) == 1 or not any(shows(left[:at] + left[at + 1 :]) for at in range(len(left)))


def test_few_trials_are_made_of_a_long_history() -> None:
    trials = 0

    def shows(some: list[int]) -> bool:
        nonlocal trials
        trials += 1
        return {0, 9_000, 19_999} <= set(some)

    assert shrink(range(20_000), shows) == ([0, 9_000, 19_999], True)
    assert trials < 200


def test_what_takes_too_long_is_not_said_to_be_proven() -> None:
    def slow(some: list[int]) -> bool:
        time.sleep(0.05)
        return True

    left, proven = shrink(range(1_000), slow, max_s=0.01)
    assert not proven
    assert left
