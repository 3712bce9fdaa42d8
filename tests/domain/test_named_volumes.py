"""A server has a volume once, by its canonical id or the one that it has it by already."""

from __future__ import annotations

import pytest

from domain.attached import named_once
from domain.values import Volume, canonical_id

LOW = "f56af4c9-d902-4a17-88d6-a0a03f2c28c0"
HIGH = LOW.upper()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [(HIGH, LOW), (LOW, LOW), ("Web", "Web"), (HIGH + "0", HIGH + "0"), (f"{HIGH}\n", f"{HIGH}\n")],
)
def test_a_uuid_is_one_however_it_is_written(text: str, canonical: str) -> None:
    assert canonical_id(text) == canonical


@pytest.mark.parametrize(
    ("asked", "present", "named"),
    [
        ([HIGH], [], [LOW]),
        ([LOW, "v", HIGH], [], [LOW, "v"]),
        (["v", "w", "v", "V"], [], ["v", "w", "V"]),
        # What a log has from before stays as it is, and is the same in small letters.
        ([HIGH, "v", "v"], [HIGH, "v", "v"], [HIGH, "v", "v"]),
        ([LOW], [HIGH], [HIGH]),
        ([HIGH, LOW], [HIGH], [HIGH]),
        ([HIGH, LOW], [LOW, HIGH], [HIGH, LOW]),
        (["w", "v", "v", LOW], [HIGH, "v", "v"], ["w", "v", HIGH]),
    ],
)
def test_each_is_named_once(asked: list[str], present: list[str], named: list[str]) -> None:
    found = named_once(tuple(map(Volume, asked)), tuple(map(Volume, present)))
    assert found == tuple(map(Volume, named))


def test_the_name_that_is_said_first_counts() -> None:
    assert named_once((Volume(HIGH, "a"), Volume(LOW, "b"))) == (Volume(LOW, "a"),)
