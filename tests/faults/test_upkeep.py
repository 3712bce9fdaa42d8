"""Flipped bits in a store, and rebuilds beside a crowd of readers and writers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.services import TOKEN
from bench.stores import make_long_histories
from tests.cli.test_rebuild_process import Crowd, kill_rebuilds, rebuild_under_load
from tests.cli.test_verify import flip_bits, make_store
from tests.faults.conftest import Tell
from tests.moving import exported, imported, is_sound
from tests.process import process
from tests.program import run_program

pytestmark = pytest.mark.faults

FLIPS = 1_000
REBUILDS = 10
KILLS = 40
SERVERS = 100_000


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


def test_a_log_of_100_000_events_moves_to_the_byte(tmp_path: Path, tell: Tell) -> None:
    make_long_histories(tmp_path / "here", 10_000)
    for name in ("log.ndjson", "log.ndjson.zst"):
        exported(tmp_path / "here", tmp_path / name)
        there = tmp_path / f"there-{name}"
        imported(tmp_path / name, there)
        exported(there, tmp_path / f"again-{name}")
        assert (tmp_path / f"again-{name}").read_bytes() == (tmp_path / name).read_bytes()
        assert is_sound(there)
    count = len((tmp_path / "log.ndjson").read_bytes().splitlines())
    tell(f"{count:,} lines exported, imported and exported, compressed and not: the same bytes")


def test_nobody_sees_a_rebuild_of_a_million_events(tmp_path: Path, tell: Tell) -> None:
    make_long_histories(tmp_path, SERVERS)
    with process(tmp_path) as service:
        crowd = Crowd(service, TOKEN)
        crowd.total = SERVERS
        for work in (crowd.write, crowd.write, crowd.look_at_pages):
            crowd.start(work)
        try:
            ran = run_program(tmp_path, "rebuild", bound_s=1_200)
            assert (ran.returncode, ran.stderr) == (0, "")
            checked = run_program(tmp_path, "verify", bound_s=1_200)
            assert checked.returncode == 0, checked.stdout
        finally:
            crowd.stop()
        assert crowd.wrong == []
        assert service.stop() == 0
    tell(
        f"a rebuild and a verify of {10 * SERVERS:,} events beside {len(crowd.made):,} creates and "
        f"updates and {crowd.looks:,} pages, each asked again as of then: 0 wrong"
    )


def test_rebuilds_that_are_killed_leave_what_served(tmp_path: Path, tell: Tell) -> None:
    crowd, killed = kill_rebuilds(tmp_path, KILLS)
    tell(
        f"{killed} rebuilds of {KILLS} killed, beside {len(crowd.made):,} creates and updates and "
        f"{crowd.looks:,} lists: 0 wrong; the next one came to its end, sound"
    )
