"""What was ever stored still loads, whole, and is stored the same today."""

from __future__ import annotations

from pathlib import Path
from typing import Final, get_args

import pytest

from domain.commands import TokenCommand, WriteCommand
from domain.events import Event
from domain.registry import EVENT_TYPES, REGISTRY, STATE_SCHEMA
from tests.controls import COMMANDS, EVENTS, SERVER, SERVER_ID, VOLUME, record_of, tag_of

GOLDEN: Final = Path(__file__).parent / "golden"


def name_of(event: Event) -> str:
    return REGISTRY.name_of(event)


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
def test_a_stored_event_loads_whole_and_is_stored_the_same(event: Event) -> None:
    name = name_of(event)
    stored = (GOLDEN / f"{name}.v{EVENT_TYPES[name].schema}.json").read_bytes()
    assert REGISTRY.decode(SERVER_ID, 3, name, stored) == record_of(event)
    assert REGISTRY.encode(record_of(event)) == stored


@pytest.mark.parametrize("command", COMMANDS, ids=tag_of)
def test_a_stored_command_loads_whole_and_is_stored_the_same(
    command: WriteCommand | TokenCommand,
) -> None:
    stored = (GOLDEN / "commands" / f"{tag_of(command)}.json").read_bytes()
    raw = REGISTRY.encode_command(command)
    assert bytes(raw) == stored
    assert REGISTRY.decode_command(raw) == command


def test_a_stored_state_loads_whole_and_is_stored_the_same() -> None:
    stored = (GOLDEN / f"state.v{STATE_SCHEMA}.json").read_bytes()
    assert REGISTRY.decode_state(stored) == SERVER
    assert REGISTRY.encode_state(SERVER) == stored


def test_a_stored_volume_loads_whole_and_is_stored_the_same() -> None:
    stored = (GOLDEN / f"volume.v{STATE_SCHEMA}.json").read_bytes()
    assert REGISTRY.decode_volume(stored) == VOLUME
    assert REGISTRY.encode_volume(VOLUME) == stored


def test_every_schema_that_was_ever_written_has_a_golden_file() -> None:
    wanted = {
        f"{name}.v{schema}.json"
        for name, entry in EVENT_TYPES.items()
        for schema in range(1, entry.schema + 1)
    }
    for schema in range(1, STATE_SCHEMA + 1):
        wanted |= {f"state.v{schema}.json", f"volume.v{schema}.json"}
    assert {path.name for path in GOLDEN.glob("*.json")} == wanted


def test_every_command_has_a_golden_file_and_a_control() -> None:
    assert {type(command) for command in COMMANDS} == {
        *get_args(WriteCommand),
        *get_args(TokenCommand),
    }
    assert {path.stem for path in (GOLDEN / "commands").glob("*.json")} == set(
        map(tag_of, COMMANDS)
    )


def test_every_event_has_a_control() -> None:
    assert {type(event) for event in EVENTS} == {entry.type for entry in EVENT_TYPES.values()}
