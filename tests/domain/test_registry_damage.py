"""What cannot be read is told as such, however it is broken; nothing else escapes the registry."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.events import Event, ServerRenamed
from domain.registry import EVENT_TYPES, REGISTRY, EventType, Registry, UnreadableRecord
from tests.controls import AT, COMMANDS, EVENTS, SERVER, SERVER_ID, record_of

NAME = "server.renamed"
STORED = REGISTRY.encode(record_of(ServerRenamed(at=AT, name="n")))
DEEP = b"[" * 100_000 + b"]" * 100_000


def decode(stored: bytes, name: str = NAME, registry: Registry = REGISTRY) -> Event:
    return registry.decode(SERVER_ID, 3, name, stored).event


@pytest.mark.parametrize("member", ["event", "arguments"])
def test_nesting_without_end_is_damage(member: str) -> None:
    start = STORED.index(f'"{member}":'.encode()) + len(member) + 3
    with pytest.raises(UnreadableRecord, match=NAME):
        decode(STORED[:start] + DEEP + b"}")


def test_nesting_without_end_in_a_command_or_a_state_is_damage() -> None:
    with pytest.raises(UnreadableRecord):
        REGISTRY.decode_command(msgspec.Raw(b'{"command":' + DEEP + b"}"))
    with pytest.raises(UnreadableRecord):
        REGISTRY.decode_state(b'{"schema":1,"state":' + DEEP + b"}")


@pytest.mark.parametrize("stored", [7, None, 1.5])
def test_what_is_no_bytes_is_damage(stored: Any) -> None:
    for read in (decode, REGISTRY.decode_state, REGISTRY.decode_backups):
        with pytest.raises(UnreadableRecord):
            read(stored)


def lift(data: dict[str, Any]) -> dict[str, Any]:
    return {"at": data["at"], "name": data["title"].strip()}


@pytest.mark.parametrize("event", [{"at": AT}, {"at": AT, "title": 7}, {"at": 7, "title": "n"}])
def test_an_old_shape_that_cannot_be_lifted_is_unreadable(event: dict[str, Any]) -> None:
    lifting = Registry({NAME: EventType(ServerRenamed, 2, {1: lift})})
    stored = msgspec.json.encode(msgspec.json.decode(STORED) | {"event": event})
    with pytest.raises(UnreadableRecord, match=NAME):
        decode(stored, registry=lifting)


def test_every_older_schema_has_its_upcaster_and_no_other() -> None:
    for name, entry in EVENT_TYPES.items():
        assert set(entry.upcasters) == set(range(1, entry.schema)), name


@pytest.mark.parametrize("event", EVENTS, ids=REGISTRY.name_of)
def test_the_bytes_of_an_event_do_not_pass_for_another_s(event: Event) -> None:
    """Events whose fields are the same are told apart by the row's name alone."""
    stored, fields = REGISTRY.encode(record_of(event)), type(event).__struct_fields__
    for name, entry in EVENT_TYPES.items():
        if entry.type.__struct_fields__ == fields:
            assert type(decode(stored, name)) is entry.type
        elif set(fields) > {"at"}:
            with pytest.raises(UnreadableRecord):
                decode(stored, name)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_with_a_field_nobody_declared_is_unreadable(command: Any) -> None:
    more = msgspec.json.decode(REGISTRY.encode_command(command)) | {"more": 1}
    with pytest.raises(UnreadableRecord, match="unknown field `more`"):
        REGISTRY.decode_command(msgspec.Raw(msgspec.json.encode(more)))


def test_a_state_with_a_field_nobody_declared_is_unreadable() -> None:
    data = msgspec.json.decode(REGISTRY.encode_state(SERVER))
    for more in (data | {"more": 1}, data | {"state": data["state"] | {"more": 1}}):
        with pytest.raises(UnreadableRecord, match="unknown field `more`"):
            REGISTRY.decode_state(msgspec.json.encode(more))
