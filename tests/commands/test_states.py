"""The writer's cache of states: bounded, and never behind a commit of its own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from commands.store.states import StateCache
from domain.commands import PowerOnServer
from domain.server import Server
from domain.values import Configuration
from tests.commands.stores import START, Ids, Kept, kept
from tests.support import HOME


def server(server_id: str, version: int = 1, *, deleted: bool = False) -> Server:
    return Server(
        id=server_id,
        organization=HOME,
        configuration=Configuration(name="a server"),
        arch="x86_64",
        created_at=START,
        modified_at=START,
        version=version,
        deleted=deleted,
    )


def keep(cache: StateCache, *servers: Server) -> None:
    cache.keep({server.id: server for server in servers})


def held(cache: StateCache) -> list[str]:
    return list(cache._states)


@pytest.fixture
def cache() -> StateCache:
    return StateCache(3)


def test_the_state_longest_unused_goes_first(cache: StateCache) -> None:
    keep(cache, server("a"), server("b"), server("c"))
    assert cache.get("a") == server("a")
    keep(cache, server("d"))
    assert held(cache) == ["c", "a", "d"]
    keep(cache, server("c", 2), server("e"))
    assert held(cache) == ["d", "c", "e"]


def test_no_more_states_are_held_than_allowed(cache: StateCache) -> None:
    keep(cache, *(server(f"{n}") for n in range(1_000)))
    assert held(cache) == ["997", "998", "999"]


def test_a_newer_state_replaces_the_older(cache: StateCache) -> None:
    keep(cache, server("a"))
    keep(cache, server("a", 2))
    assert cache.get("a") == server("a", 2)


def test_a_removed_server_is_held_no_more(cache: StateCache) -> None:
    keep(cache, server("a"), server("b"))
    removed = msgspec.structs.replace(server("a", 2), deleted=True)
    keep(cache, removed, server("never held", deleted=True))
    assert held(cache) == ["b"]


def test_a_cleared_cache_holds_nothing(cache: StateCache) -> None:
    keep(cache, server("a"))
    cache.clear()
    assert (held(cache), cache.get("a")) == ([], None)


def test_a_writer_by_itself_goes_on_from_the_states_it_holds(store: Kept) -> None:
    states = store.store.writer._resources.cache
    first = store.create("a")
    second = store.create("b")
    assert held(states) == [first, second]
    written = store.write(PowerOnServer(), first)
    assert held(states) == [second, first]
    assert (states.get(first),) == written.servers


def test_what_another_wrote_leaves_no_state_held(store: Kept, tmp_path: Path) -> None:
    states = store.store.writer._resources.cache
    store.create("a")
    with kept(tmp_path, Ids(1)) as other:
        other.create("theirs")
    last = store.create("b")
    assert held(states) == [last]
