"""The registry: only registered names load, older shapes are lifted, and damage is told."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import pytest

from domain.events import Event, ServerRenamed
from domain.registry import EVENT_TYPES, REGISTRY, EventType, Registry, UnreadableRecord
from tests.controls import AT, COMMANDS, METADATA, SERVER, SERVER_ID, record_of

NAME = "server.renamed"
STORED = REGISTRY.encode(record_of(ServerRenamed(at=AT, name="n")))


def edited(**changed: Any) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(STORED) | changed)


def decode(stored: bytes, name: str = NAME, registry: Registry = REGISTRY) -> Event:
    return registry.decode(SERVER_ID, 3, name, stored).event


@pytest.mark.parametrize("name", ["xml.dom.minidom:Document", "domain.events:ServerRenamed", ""])
def test_a_name_that_is_not_registered_does_not_load_and_imports_nothing(name: str) -> None:
    sys.modules.pop("xml.dom.minidom", None)
    with pytest.raises(UnreadableRecord, match="no event is registered"):
        decode(STORED, name)
    assert "xml.dom.minidom" not in sys.modules


def test_no_stored_name_is_an_import_path() -> None:
    assert not [name for name in EVENT_TYPES if ":" in name or "events" in name]
    assert not [
        name for name in EVENT_TYPES if not name.replace("_", "").replace(".", "").islower()
    ]


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (edited(schema=2), "schema 2 is unknown"),
        (edited(schema=0), "schema 0 is unknown"),
        (edited(event={"at": AT, "name": "n", "more": 1}), "unknown field"),
        (edited(event={"at": AT}), "missing required field"),
        (edited(event={"at": AT, "name": 1}), "Expected `str`"),
        (edited(more=1), "unknown field"),
        (STORED[:-1], "truncated"),
        (STORED + b"x", "trailing"),
        (STORED.replace(b'"n"', b'"\xff"'), "utf-8"),
        (b"", "truncated"),
        (b"null", "Expected `object`"),
    ],
)
def test_bytes_that_this_release_cannot_read_are_told(stored: bytes, why: str) -> None:
    with pytest.raises(UnreadableRecord, match=why):
        decode(stored)


class Renamed(Event, frozen=True):
    """A made-up third shape of a rename."""

    new: str
    old: str


def lift_1(data: dict[str, Any]) -> dict[str, Any]:
    return {"at": data["at"], "new": data["name"]}


def lift_2(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"old": "?"}


def test_older_shapes_are_lifted_one_version_at_a_time() -> None:
    lifting = Registry({NAME: EventType(Renamed, 3, {1: lift_1, 2: lift_2})})
    assert decode(STORED, registry=lifting) == Renamed(at=AT, new="n", old="?")
    second = edited(schema=2, event={"at": AT, "new": "m"})
    assert decode(second, registry=lifting) == Renamed(at=AT, new="m", old="?")
    third = lifting.encode(record_of(Renamed(at=AT, new="a", old="b")))
    assert decode(third, registry=lifting) == Renamed(at=AT, new="a", old="b")


def test_reading_an_event_does_not_read_its_command() -> None:
    odd = METADATA.__class__(
        **{
            field: getattr(METADATA, field)
            for field in METADATA.__struct_fields__
            if field != "arguments"
        },
        arguments=msgspec.Raw(b'{"command":"no_longer_known"}'),
    )
    record = msgspec.structs.replace(record_of(ServerRenamed(at=AT, name="n")), metadata=odd)
    stored = REGISTRY.encode(record)
    assert decode(stored) == ServerRenamed(at=AT, name="n")
    with pytest.raises(UnreadableRecord, match="command"):
        REGISTRY.decode_command(msgspec.Raw(b'{"command":"no_longer_known"}'))


def test_an_event_that_is_not_registered_cannot_be_stored() -> None:
    with pytest.raises(KeyError):
        REGISTRY.encode(record_of(Renamed(at=AT, new="a", old="b")))


def test_a_state_of_another_schema_or_damaged_is_told() -> None:
    stored = REGISTRY.encode_state(SERVER)
    newer = msgspec.json.encode(msgspec.json.decode(stored) | {"schema": 2})
    for bad in (newer, stored[:-1], stored.replace(b"my_server", b"\xff"), b"{}"):
        with pytest.raises(UnreadableRecord):
            REGISTRY.decode_state(bad)


def test_a_damaged_command_is_told() -> None:
    for command in COMMANDS:
        raw = bytes(REGISTRY.encode_command(command))
        with pytest.raises(UnreadableRecord):
            REGISTRY.decode_command(msgspec.Raw(raw[:-1]))
