"""Hypothesis strategies of the domain's values: any that their types allow, the wire's or not."""

from __future__ import annotations

import datetime as dt
import types
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from domain import commands, events
from domain.records import Metadata, Record
from domain.registry import EVENT_TYPES, REGISTRY
from domain.server import Server
from domain.values import Items, items_of

texts: Final = st.text(st.characters(codec="utf-8"), max_size=8)
COMMANDS: Final = (*get_args(commands.ServerCommand), *get_args(commands.TokenCommand))


def _commands() -> st.SearchStrategy[Any]:
    return st.one_of([of(type_) for type_ in COMMANDS])


any_command: Final = st.deferred(_commands)
_SIMPLE: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: texts,
    int: st.integers(1, 2**63 - 1),
    bool: st.booleans(),
    dt.datetime: st.datetimes(timezones=st.just(dt.UTC)),
    type(None): st.none(),
    msgspec.UnsetType: st.just(msgspec.UNSET),
    Items: st.dictionaries(texts, texts, max_size=2).map(items_of),
    msgspec.Raw: any_command.map(REGISTRY.encode_command),
}


@cache
def of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotated type."""
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        return st.lists(of(parts[0]), max_size=2).map(tuple)
    if origin in (Union, types.UnionType):
        return st.one_of([of(part) for part in parts])
    assert issubclass(hint, msgspec.Struct), f"no strategy of {hint}"
    return st.builds(hint, **{field.name: of(field.type) for field in msgspec.structs.fields(hint)})


SERVER_EVENTS: Final = get_args(events.ServerEvent)

servers: Final = of(Server)
any_event: Final = st.one_of([of(entry.type) for entry in EVENT_TYPES.values()])
later_events: Final = st.one_of([of(t) for t in SERVER_EVENTS if t is not events.ServerCreated])
any_metadata: Final = of(Metadata)
any_record: Final = st.builds(
    Record,
    id=texts,
    originator_id=texts,
    originator_version=of(int),
    event=any_event,
    metadata=any_metadata,
)
