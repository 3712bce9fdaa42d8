"""What is recorded of volumes that a request names twice, or in capitals, and decided from it."""

from __future__ import annotations

import msgspec

from commands.unit import Unit
from commands.use_cases import run_again
from domain.commands import UpdateServer
from domain.events import ServerCreated
from domain.values import Changes, Volume
from tests.commands.stores import START, Kept, creating, nth

LOW = "f56af4c9-d902-4a17-88d6-a0a03f2c28c0"
TWICE = (Volume(LOW.upper()), Volume("v"), Volume("v"), Volume(LOW))
ONCE = (Volume(LOW), Volume("v"))


def test_the_command_is_recorded_with_each_volume_once(store: Kept) -> None:
    server_id = store.create(volumes=TWICE)
    store.write(UpdateServer(changes=Changes(volumes=(), tags=("a",))), server_id)
    (server,) = store.write(UpdateServer(changes=Changes(volumes=TWICE)), server_id).servers
    assert server.configuration.volumes == ONCE
    (_, made), _, (_, changed) = store.records()[-3:]
    for record in (made, changed):
        assert isinstance(record.metadata.arguments, msgspec.Raw)
        arguments = bytes(record.metadata.arguments)
        assert (arguments.count(LOW.encode()), arguments.count(LOW.upper().encode())) == (1, 0)


def test_one_that_was_recorded_before_is_decided_as_it_was(store: Kept) -> None:
    """A command of an older log, by `whatif` or `replay-check`."""
    recorded = msgspec.structs.replace(creating("a", volumes=TWICE), server_ids=(nth(1),))

    def again(unit: Unit) -> None:
        _, (event,) = run_again(unit, None, recorded, START)
        assert isinstance(event, ServerCreated)
        assert event.configuration.volumes == TWICE

    store.store.writer.run(again)
