"""No server yet: making one or several, all of them stopped and none of them alike."""

from __future__ import annotations

import pytest

from domain.commands import (
    BackUpServer,
    CreateServers,
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    RestoreServer,
    ServerCommand,
    UpdateServer,
)
from domain.decide import numbered_names
from domain.events import ServerCreated, ServerDeleted
from domain.values import Changes
from tests.controls import CONFIGURATION, HOME
from tests.domain.given import AT, LATER, given, when


def creating(*server_ids: str, count: int, reservation_id: str | None = None) -> CreateServers:
    return CreateServers(
        organization=HOME,
        configuration=CONFIGURATION,
        arch="arm64",
        count=count,
        server_ids=server_ids,
        reservation_id=reservation_id,
    )


def created(server_id: str, name: str, reservation_id: str | None) -> ServerCreated:
    fields = {field: getattr(CONFIGURATION, field) for field in CONFIGURATION.__struct_fields__}
    return ServerCreated(
        at=LATER,
        server_id=server_id,
        organization=HOME,
        configuration=type(CONFIGURATION)(**fields | {"name": name}),
        arch="arm64",
        reservation_id=reservation_id,
    )


def test_one_with_a_reservation_bears_its_name_without_a_number() -> None:
    command = creating("id-1", count=1, reservation_id="r-1")
    assert when(None, command) == (created("id-1", "my_server", "r-1"),)


def test_several_are_one_event_each_whole_and_in_order() -> None:
    assert when(None, creating("id-1", "id-2", count=2, reservation_id="r-1")) == (
        created("id-1", "my_server-1", "r-1"),
        created("id-2", "my_server-2", "r-1"),
    )


@pytest.mark.parametrize(
    ("count", "last"), [(1, "web"), (2, "web-2"), (9, "web-9"), (10, "web-10"), (100, "web-100")]
)
def test_names_are_numbered_from_one_without_padding(count: int, last: str) -> None:
    names = numbered_names("web", count)
    assert (len(set(names)), names[-1]) == (count, last)
    assert names[0] == ("web" if count == 1 else "web-1")


def test_fewer_ids_than_servers_are_our_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        when(None, creating("id-1", count=2))


@pytest.mark.parametrize(
    "command",
    [
        UpdateServer(changes=Changes(name="n")),
        DeleteServer(),
        PowerOnServer(),
        PowerOffServer(),
        ResetServer(hard=True),
        BackUpServer(backup_id="b"),
        RestoreServer(version=1, past=CONFIGURATION),
    ],
    ids=lambda command: type(command).__name__,
)
def test_every_other_command_needs_a_live_server(command: ServerCommand) -> None:
    for server in (None, given(ServerDeleted(at=AT))):
        with pytest.raises(AssertionError, match="a command needs a"):
            when(server, command)
