"""One process serves an SQLite file: a second one is refused, however it spells the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process import process
from tests.program import run_program
from tests.support import ADMIN_TOKEN


@pytest.mark.sqlite
def test_a_second_server_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with process(tmp_path) as first:
        second = run_program(tmp_path, "serve", "--port", "0")
        assert (second.returncode, second.stdout) == (2, "")
        assert second.stderr == (
            f"rackledger: {first.database} is served by process {first.pid}; "
            "one process serves an SQLite file\n"
        )
        with first.client() as client:
            assert client.get("/servers").status_code == 200


@pytest.mark.sqlite
def test_a_second_server_is_refused_through_a_link_and_a_relative_path(tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    with process(tmp_path) as first:
        link.symlink_to(first.database)
        for url in ("sqlite:///link.db", f"sqlite:///{link}", "sqlite:///./rackledger.db"):
            second = run_program(tmp_path, "serve", "--port", "0", "--database", url)
            assert (second.returncode, second.stdout) == (2, "")
            assert f"is served by process {first.pid};" in second.stderr


def test_a_killed_server_leaves_its_place_to_the_next(tmp_path: Path) -> None:
    with process(tmp_path) as first:
        first.kill()
    with process(tmp_path) as second, second.client() as client:
        assert client.get("/servers").status_code == 200


def test_two_databases_are_served_side_by_side(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with process(tmp_path / "a") as first, process(tmp_path / "b") as second:
        assert first.base != second.base
        for service in (first, second):
            with service.client(ADMIN_TOKEN) as client:
                assert client.get("/servers").json() == {"servers": []}
