"""The disk fills up under load and grows again: writes are turned away meanwhile, reads go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest

from tests.faults.checks import check_detail, check_log, check_servers, check_untouched
from tests.faults.client import Client
from tests.faults.conftest import Tell
from tests.faults.crowd import CLIENTS, Crowd
from tests.faults.disks import resize, small_disk, why_not
from tests.faults.logs import LogCheck, copied, rows_beyond_replay
from tests.process import Process, process
from tests.program import connect

pytestmark = pytest.mark.faults

AMPLE_KIB: Final = 64 * 1024
REPEATS: Final = 20
"""How often each client is turned away in a row before the disk counts as full."""


@pytest.fixture(params=[4, 12], ids=["where-the-log-does-not-fit", "where-a-checkpoint-does-not"])
def disk_mib(request: pytest.FixtureRequest) -> int:
    """A disk that the write-ahead log alone fills, and one that only the tables beside it do."""
    size: int = request.param
    return size


@pytest.fixture
def disk(tmp_path: Path, tell: Tell, disk_mib: int) -> Iterator[Path]:
    """A small disk for the database."""
    reason = why_not()
    if reason:
        tell(f"full disk: not run, {reason}")
        pytest.skip(f"not run: {reason}")
    with small_disk(tmp_path / "disk", disk_mib * 1024) as folder:
        yield folder


def test_a_full_disk_turns_writes_away_until_it_grows(
    tmp_path: Path, disk: Path, disk_mib: int, tell: Tell
) -> None:
    crowd, log = Crowd(1), LogCheck()
    with process(disk) as service:
        turned_away = fill(crowd, service)
        check_log(log, crowd, service)
        read_on(crowd, service)
        resize(disk, AMPLE_KIB)
        with service.client() as client:
            assert client.get("/readyz").status_code == 200
        while_full = crowd.acknowledged
        crowd.send_again(service)
        with crowd.at_work(service, 500):
            assert service.stop() == 0
        assert crowd.ends == {"unavailable": CLIENTS, "refused": CLIENTS}
    check_restarted(crowd, log, service, tmp_path / "copy")
    tell(
        f"full disk of {disk_mib} MiB: {while_full:,} acknowledged writes, then {turned_away} "
        f"turned away with 503, 0 with 500, 0 dropped; {crowd.acknowledged - while_full} more "
        "once it had grown, without a restart; 0 lost"
    )


def test_a_kill_while_the_disk_is_full_loses_nothing(
    tmp_path: Path, disk: Path, disk_mib: int, tell: Tell
) -> None:
    crowd, log = Crowd(2), LogCheck()
    with process(disk) as service:
        turned_away = fill(crowd, service)
        service.kill()
    resize(disk, AMPLE_KIB)
    check_restarted(crowd, log, service, tmp_path / "copy")
    tell(
        f"kill -9 at a full disk of {disk_mib} MiB: {crowd.acknowledged:,} acknowledged writes, "
        f"{turned_away} turned away with 503; 0 lost"
    )


def fill(crowd: Crowd, service: Process) -> int:
    """Write until everybody is turned away, again and again; how often somebody was."""
    with crowd.at_work(service):
        pass
    assert crowd.ends == {"unavailable": CLIENTS}
    with closing(connect(service.base)) as connection:
        # One at a time, a small write may find room where those of eight together did not.
        refusals = [
            CLIENTS,
            *(until_refused(crowd, client, connection) for client in crowd.clients),
        ]
    return sum(refusals)


def until_refused(crowd: Crowd, client: Client, connection: HTTPConnection) -> int:
    """Let one client go on until nothing of it was taken many times in a row; how often in all."""
    in_all = in_a_row = 0
    while in_a_row < REPEATS:
        attempt = client.pending or client.choose()
        crowd.sent.add(attempt.key)
        answer = attempt.send(connection)
        if answer.status == 503:
            assert answer.body["code"] == "store.unavailable"
            client.pending = attempt
            in_all, in_a_row = in_all + 1, in_a_row + 1
        else:
            client.take(attempt, answer)
            client.pending, in_a_row = None, 0
    return in_all


def read_on(crowd: Crowd, service: Process) -> None:
    """Everything acknowledged is shown, in the list and by itself, at the full disk."""
    check_untouched(crowd, service)
    with service.client() as client:
        for server in client.get("/servers").json()["servers"]:
            check_detail(client, server)
        assert client.get("/servers?limit=10").status_code == 200
        assert client.get("/healthz").status_code == 200


def check_restarted(crowd: Crowd, log: LogCheck, service: Process, copy: Path) -> None:
    """A new process over the same files shows everything acknowledged, and takes what was not."""
    with process(service.folder) as again:
        check_log(log, crowd, again)
        check_untouched(crowd, again)
        crowd.repeat(again)
        crowd.send_again(again)
        check_log(log, crowd, again)
        check_servers(crowd, again, None)
        assert again.stop() == 0
    with copied(again.database, copy) as database:
        assert rows_beyond_replay(database) == {}
