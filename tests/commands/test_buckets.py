"""Token buckets, on a clock that the test moves."""

from __future__ import annotations

import pytest

from commands import buckets
from commands.buckets import TokenBuckets


class Seconds:
    """A monotonic clock."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_bucket_holds_a_burst_and_then_says_how_long_to_wait(seconds: Seconds) -> None:
    bucket = TokenBuckets(3, 0.5, seconds)
    assert [bucket.take("a") for _ in range(5)] == [0, 0, 0, 2, 2]


def test_waiting_as_long_as_told_is_enough_and_less_is_not(seconds: Seconds) -> None:
    bucket = TokenBuckets(1, 0.25, seconds)
    assert [bucket.take("a"), bucket.take("a")] == [0, 4]
    seconds.now += 3.5
    assert bucket.take("a") == 1
    seconds.now += 0.5
    assert [bucket.take("a"), bucket.take("a")] == [0, 4]


def test_a_refusal_takes_nothing(seconds: Seconds) -> None:
    bucket = TokenBuckets(1, 1, seconds)
    assert [bucket.take("a") for _ in range(100)] == [0, *[1] * 99]
    seconds.now += 1
    assert bucket.take("a") == 0


def test_a_bucket_never_holds_more_than_its_burst(seconds: Seconds) -> None:
    bucket = TokenBuckets(2, 10, seconds)
    assert bucket.take("a") == 0
    seconds.now += 1_000_000
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 1]


def test_a_steady_caller_at_the_rate_is_never_refused(seconds: Seconds) -> None:
    bucket = TokenBuckets(1, 8, seconds)
    for _ in range(1_000):
        assert bucket.take("a") == 0
        seconds.now += 0.125


def test_buckets_of_different_keys_do_not_touch_each_other(seconds: Seconds) -> None:
    bucket = TokenBuckets(1, 1, seconds)
    assert [bucket.take(key) for key in ("a", "b", "a", "b", "c")] == [0, 0, 1, 1, 0]


def test_the_key_longest_unused_is_forgotten_first(
    seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "KEYS_MAX", 2)
    bucket = TokenBuckets(1, 1, seconds)
    assert [bucket.take(key) for key in ("a", "b", "a", "c")] == [0, 0, 1, 0]
    assert len(bucket._buckets) == 2
    assert [bucket.take("a"), bucket.take("c")] == [1, 1]
    assert bucket.take("b") == 0
