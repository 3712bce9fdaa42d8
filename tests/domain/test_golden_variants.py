"""Stored fields, words and defaults keep their meaning: all of them stand in golden files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from domain.registry import REGISTRY
from tests import controls
from tests.domain.stored_variants import COMMANDS, RECORDS, STATES

GOLDEN: Final = Path(__file__).parent / "golden"
VARIANTS: Final = GOLDEN / "variants"
EXAMPLES: Final[tuple[Any, ...]] = (
    *(controls.record_of(event) for event in controls.EVENTS),
    *controls.COMMANDS,
    controls.SERVER,
    *RECORDS.values(),
    *COMMANDS.values(),
    *STATES.values(),
)


def golden(name: str) -> bytes:
    return (VARIANTS / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", RECORDS)
def test_a_variant_of_a_record_loads_whole_and_is_stored_the_same(name: str) -> None:
    record, stored = RECORDS[name], golden(name)
    event_name = name.partition(".v1.")[0]
    assert REGISTRY.name_of(record.event) == event_name
    assert (
        REGISTRY.decode(record.originator_id, record.originator_version, event_name, stored)
        == record
    )
    assert REGISTRY.encode(record) == stored


@pytest.mark.parametrize("name", COMMANDS)
def test_a_variant_of_a_command_loads_whole_and_is_stored_the_same(name: str) -> None:
    stored = golden(name)
    assert REGISTRY.decode_command(msgspec.Raw(stored)) == COMMANDS[name]
    assert bytes(REGISTRY.encode_command(COMMANDS[name])) == stored


@pytest.mark.parametrize("name", STATES)
def test_a_variant_of_a_state_loads_whole_and_is_stored_the_same(name: str) -> None:
    assert REGISTRY.decode_state(golden(name)) == STATES[name]
    assert REGISTRY.encode_state(STATES[name]) == golden(name)


def test_no_file_in_the_golden_folders_belongs_to_nothing() -> None:
    found = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file()}
    wanted = {f"variants/{name}.json" for name in (*RECORDS, *COMMANDS, *STATES)}
    wanted |= {f"commands/{controls.tag_of(command)}.json" for command in controls.COMMANDS}
    assert {path for path in found if "/" in path} == wanted
    assert {Path(path).suffix for path in found} == {".json"}


def structs(value: Any) -> Iterator[msgspec.Struct]:
    """Every struct inside of a value, itself included."""
    if isinstance(value, msgspec.Struct):
        yield value
        for field in value.__struct_fields__:
            yield from structs(getattr(value, field))
    elif isinstance(value, tuple):
        for item in value:
            yield from structs(item)


def stored_fields(struct: msgspec.Struct) -> set[str]:
    """The fields of a struct that its stored bytes show."""
    shown = msgspec.json.decode(msgspec.json.encode(struct))
    return {field for field in struct.__struct_fields__ if field in shown}


SHOWN: Final = {
    (type(struct), field)
    for example in EXAMPLES
    for struct in structs(example)
    for field in stored_fields(struct)
}
STORED_TYPES: Final = sorted({type_ for type_, _ in SHOWN}, key=lambda type_: type_.__name__)


@pytest.mark.parametrize("type_", STORED_TYPES, ids=lambda type_: type_.__name__)
def test_every_field_that_is_ever_stored_stands_in_a_golden_file(type_: Any) -> None:
    assert {field for shown, field in SHOWN if shown is type_} == set(type_.__struct_fields__)


def test_every_word_that_is_ever_stored_stands_in_a_golden_file() -> None:
    every = [struct for example in EXAMPLES for struct in structs(example)]
    for type_ in {type(struct) for struct in every}:
        for field, hint in get_type_hints(type_).items():
            if get_origin(hint) is Literal:
                used = {getattr(struct, field) for struct in every if type(struct) is type_}
                assert used == set(get_args(hint)), (type_, field)
