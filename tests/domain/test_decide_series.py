"""Backups of one series take turns: the newest of each are kept, as many as were asked for."""

from __future__ import annotations

import pytest

from domain.commands import BackUpServer, RestoreServer
from domain.events import Event, ServerBackedUp
from domain.refusals import BackupUnknown
from domain.server import Server, evolve
from tests.domain.given import AT, LATER, given, when


def of_series(id_: str, series: str | None) -> ServerBackedUp:
    return ServerBackedUp(at=AT, backup_id=id_, version=1, kind="image", series=series)


HAD: tuple[Event, ...] = (
    of_series("d1", "daily"),
    of_series("w1", "weekly"),
    of_series("d2", "daily"),
    of_series("none", None),
    of_series("d3", "daily"),
)


def after(server: Server, command: BackUpServer) -> list[str]:
    (event,) = when(server, command)
    return [backup.id for backup in evolve(server, event).backups]


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (None, ["d1", "w1", "d2", "none", "d3", "new"]),
        (9, ["d1", "w1", "d2", "none", "d3", "new"]),
        (4, ["d1", "w1", "d2", "none", "d3", "new"]),
        (3, ["w1", "d2", "none", "d3", "new"]),
        (1, ["w1", "none", "new"]),
        (0, ["w1", "none"]),
    ],
)
def test_the_oldest_of_the_series_make_room(keep: int | None, left: list[str]) -> None:
    command = BackUpServer(backup_id="new", kind="image", series="daily", keep=keep)
    assert after(given(*HAD), command) == left


def test_one_event_tells_what_came_and_what_went() -> None:
    command = BackUpServer(
        name="n", backup_id="new", kind="image", series="daily", keep=2, properties=(("a", "b"),)
    )
    assert when(given(*HAD), command) == (
        ServerBackedUp(
            at=LATER,
            backup_id="new",
            version=6,
            name="n",
            kind="image",
            series="daily",
            dropped=("d1", "d2"),
            properties=(("a", "b"),),
        ),
    )


def test_a_backup_that_made_room_cannot_be_restored() -> None:
    server = given(*HAD)
    (event,) = when(server, BackUpServer(backup_id="new", series="daily", keep=1))
    with pytest.raises(BackupUnknown):
        when(evolve(server, event), RestoreServer(backup="d1"))
