"""Given a server, when a command, then events: the words of the domain's tests."""

from __future__ import annotations

import datetime as dt

import msgspec

from domain.commands import WriteCommand
from domain.decide import decide
from domain.events import Event, ServerCreated
from domain.server import Server, evolve
from domain.values import Configuration
from tests.controls import HOME, SERVER_ID

AT = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(hours=1)


def given(*events: Event, **configuration: object) -> Server:
    """A server made with that configuration, after those events."""
    chosen = msgspec.structs.replace(Configuration(name="my_server"), **configuration)
    server = evolve(
        None,
        ServerCreated(
            at=AT, server_id=SERVER_ID, organization=HOME, configuration=chosen, arch="x86_64"
        ),
    )
    for event in events:
        server = evolve(server, event)
    return server


def when(server: Server | None, command: WriteCommand) -> tuple[Event, ...]:
    """The events that the command leads to, an hour later."""
    return decide(server, command, LATER)
