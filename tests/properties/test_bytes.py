"""Stored bytes: everything goes in and comes out the same, and damage never passes for a value."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import ServerCommand, TokenCommand
from domain.events import Event
from domain.records import Record
from domain.registry import EVENT_TYPES, REGISTRY, UnreadableRecord
from domain.server import Server, evolve
from tests.properties import strategies as some

pytestmark = pytest.mark.once


def there_and_back(record: Record) -> Record:
    name = REGISTRY.name_of(record.event)
    stored = REGISTRY.encode(record)
    return REGISTRY.decode(record.originator_id, record.originator_version, name, stored)


def flipped(stored: bytes, at: int, bits: int) -> bytes:
    """`stored` with some bits of one byte turned over."""
    at %= len(stored)
    return stored[:at] + bytes([stored[at] ^ bits]) + stored[at + 1 :]


def is_json(stored: bytes) -> bool:
    """What the standard library, which is no part of the service, says of it."""
    try:
        json.loads(stored.decode("utf-8"))
    except ValueError:
        return False
    return True


@given(some.any_record)
def test_every_record_comes_back_from_its_bytes_as_it_was(record: Record) -> None:
    assert there_and_back(record) == record


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_registered_event_comes_back_under_its_own_name(name: str) -> None:
    @given(some.of(EVENT_TYPES[name].type), some.any_metadata)
    def comes_back(event: Event, metadata: object) -> None:
        record = Record("r", "s", 7, event, metadata)  # type: ignore[arg-type]
        assert REGISTRY.name_of(event) == name
        assert there_and_back(record) == record

    comes_back()


@given(some.any_command)
def test_every_command_comes_back_from_its_bytes_as_it_was(
    command: ServerCommand | TokenCommand,
) -> None:
    assert REGISTRY.decode_command(REGISTRY.encode_command(command)) == command


@given(some.servers)
def test_every_state_comes_back_from_its_bytes_as_it_was(server: Server) -> None:
    assert REGISTRY.decode_state(REGISTRY.encode_state(server)) == server


@given(some.servers, some.later_events, some.any_metadata)
def test_an_event_that_went_through_bytes_leads_to_the_same_state(
    server: Server, event: Event, metadata: object
) -> None:
    decoded = there_and_back(Record("r", "s", 1, event, metadata))  # type: ignore[arg-type]
    state = REGISTRY.decode_state(REGISTRY.encode_state(server))
    assert evolve(state, decoded.event) == evolve(server, event)


@given(some.any_record)
def test_the_same_record_always_gives_the_same_bytes(record: Record) -> None:
    assert REGISTRY.encode(there_and_back(record)) == REGISTRY.encode(record)


@given(some.any_record, st.integers(0), st.integers(1, 255))
def test_a_damaged_record_is_unreadable_or_still_whole_json(
    record: Record, at: int, bits: int
) -> None:
    damaged = flipped(REGISTRY.encode(record), at, bits)
    try:
        found = REGISTRY.decode("s", 1, REGISTRY.name_of(record.event), damaged)
        if found.metadata.arguments is not msgspec.UNSET:
            REGISTRY.decode_command(found.metadata.arguments)
    except UnreadableRecord:
        return
    assert is_json(damaged)


@given(some.any_record, st.integers(0))
def test_a_record_cut_short_is_unreadable(record: Record, length: int) -> None:
    stored = REGISTRY.encode(record)
    with pytest.raises(UnreadableRecord):
        REGISTRY.decode("s", 1, REGISTRY.name_of(record.event), stored[: length % len(stored)])


@given(some.servers, st.integers(0), st.integers(1, 255))
def test_a_damaged_state_is_unreadable_or_still_whole_json(
    server: Server, at: int, bits: int
) -> None:
    damaged = flipped(REGISTRY.encode_state(server), at, bits)
    try:
        REGISTRY.decode_state(damaged)
    except UnreadableRecord:
        return
    assert is_json(damaged)


def test_a_command_damaged_in_its_text_is_unreadable() -> None:
    with pytest.raises(UnreadableRecord):
        REGISTRY.decode_command(msgspec.Raw(b'{"command":"back_up_server","name":"\xc3"}'))


@given(st.binary(max_size=80), st.sampled_from(sorted(EVENT_TYPES)) | some.texts)
def test_bytes_of_anything_else_are_unreadable(stored: bytes, name: str) -> None:
    with pytest.raises(UnreadableRecord):
        REGISTRY.decode("s", 1, name, stored)
    with pytest.raises(UnreadableRecord):
        REGISTRY.decode_state(stored)
    with pytest.raises(UnreadableRecord):
        REGISTRY.decode_command(msgspec.Raw(stored))
