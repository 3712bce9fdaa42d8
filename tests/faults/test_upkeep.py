"""Flipped bits in a store, and rebuilds beside a crowd of readers and writers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_rebuild_process import kill_rebuilds, rebuild_under_load
from tests.cli.test_verify import flip_bits, make_store
from tests.faults.conftest import Tell
from tests.moving import is_sound

pytestmark = pytest.mark.faults

FLIPS = 1_000
REBUILDS = 10
KILLS = 40


def test_each_of_a_thousand_flipped_bits_is_named(tmp_path: Path, tell: Tell) -> None:
    make_store(tmp_path)
    flip_bits(tmp_path, FLIPS)
    assert is_sound(tmp_path)
    tell(f"{FLIPS:,} bits of stored records flipped, one at a time: {FLIPS:,} named by position")


def test_nobody_sees_any_of_many_rebuilds(tmp_path: Path, tell: Tell) -> None:
    crowd = rebuild_under_load(tmp_path, REBUILDS)
    tell(
        f"{REBUILDS} rebuilds, switched back and forth, beside {len(crowd.made):,} creates and "
        f"updates and {crowd.looks:,} lists, each asked again as of then: 0 answers empty, mixed "
        "or older; sound at the end"
    )


def test_rebuilds_that_are_killed_leave_what_served(tmp_path: Path, tell: Tell) -> None:
    crowd, killed = kill_rebuilds(tmp_path, KILLS)
    tell(
        f"{killed} rebuilds of {KILLS} killed, beside {len(crowd.made):,} creates and updates and "
        f"{crowd.looks:,} lists: 0 wrong; the next one came to its end, sound"
    )
