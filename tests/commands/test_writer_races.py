"""Two processes over one log: what one decided on an older state is decided again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.request import IfMatch
from domain.commands import (
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    UpdateServer,
)
from domain.refusals import ServerUnknown, Unavailable, VersionStale
from domain.registry import REGISTRY
from domain.values import Changes
from tests.commands.batches import Batches, answers_together
from tests.commands.stores import Ids, Kept, creating, kept
from tests.commands.test_writer_failures import commits, fail


@pytest.fixture
def other(store: Kept, tmp_path: Path) -> Iterator[Kept]:
    """Another process's store over the same file."""
    with kept(tmp_path, Ids(1)) as other:
        yield other


def history(store: Kept) -> list[tuple[str, int]]:
    """The names of all records, each with its version."""
    return [
        (REGISTRY.name_of(record.event), record.originator_version) for _, record in store.records()
    ]


def test_a_lost_race_is_decided_again_on_the_state_as_it_is(store: Kept, other: Kept) -> None:
    server_id = store.create()
    other.write(UpdateServer(Changes(tags=("theirs",))), server_id)
    written = store.write(UpdateServer(Changes(image="ours")), server_id)
    assert (written.outcome, written.position, written.servers[0].version) == ("accepted", 3, 3)
    chosen = written.servers[0].configuration
    assert (chosen.tags, chosen.image) == (("theirs",), "ours")
    assert history(store) == [("server.created", 1), ("server.updated", 2), ("server.updated", 3)]


def test_a_lost_race_may_leave_nothing_to_do(store: Kept, other: Kept) -> None:
    server_id = store.create()
    other.write(PowerOnServer(), server_id)
    assert store.write(PowerOnServer(), server_id).outcome == "no_effect"
    assert history(store) == [
        ("server.created", 1),
        ("server.powered_on", 2),
        ("request.unchanged", 1),
    ]


def test_a_lost_race_against_a_removal_finds_no_server(store: Kept, other: Kept) -> None:
    server_id = store.create()
    other.write(DeleteServer(), server_id)
    with pytest.raises(ServerUnknown):
        store.write(PowerOnServer(), server_id)
    assert history(store) == [
        ("server.created", 1),
        ("server.deleted", 2),
        ("request.refused", 1),
    ]


def test_what_another_did_is_known_even_where_no_conflict_would_tell(
    store: Kept, other: Kept
) -> None:
    server_id = store.create()
    other.write(PowerOnServer(), server_id)
    seen = IfMatch(frozenset({f"{server_id}:2"}))
    assert store.write(PowerOffServer(), server_id, if_match=seen).outcome == "accepted"
    other.write(PowerOnServer(), server_id)
    assert store.write(PowerOffServer(), server_id).outcome == "accepted"
    other.write(PowerOnServer(), server_id)
    assert store.write(ResetServer(hard=False), server_id).outcome == "accepted"
    assert [version for _, version in history(store)] == [1, 2, 3, 4, 5, 6, 7]


def test_an_expected_version_does_not_survive_a_lost_race(store: Kept, other: Kept) -> None:
    server_id = store.create()
    other.write(PowerOnServer(), server_id)
    expected = IfMatch(frozenset({f"{server_id}:1"}))
    with pytest.raises(VersionStale, match="the server is at version 2") as raised:
        store.write(DeleteServer(), server_id, if_match=expected)
    assert raised.value.position == 3
    assert history(store)[2:] == [("request.refused", 1)]
    assert [row[1] for row in store.rows("servers")["servers"]] == [server_id]


def test_a_lost_race_harms_no_neighbour(store: Kept, other: Kept) -> None:
    server_id = store.create()
    other.write(PowerOnServer(), server_id)
    jobs = (
        store.job(creating("a")),
        store.job(PowerOffServer(), ref=server_id),
        store.job(PowerOnServer(), ref=server_id),
        store.job(creating("b")),
    )
    answers, sizes = answers_together(store, *jobs)
    assert [answer.outcome for answer in answers] == ["accepted"] * 4
    assert [answer.position for answer in answers] == [3, 4, 5, 6]
    assert sizes == [4]
    assert [version for _, version in history(store)] == [1, 2, 1, 3, 4, 1]


def test_a_race_found_by_a_neighbours_look_up_loses_nothing(store: Kept, other: Kept) -> None:
    server_id = store.create()
    other.write(PowerOnServer(), server_id)
    update = store.job(UpdateServer(Changes(image="ours")), ref=server_id)
    answers, _ = answers_together(store, update, store.job(PowerOnServer(), ref="nobody"))
    assert answers[0].servers[0].version == 3
    assert isinstance(answers[1], ServerUnknown)
    assert [name for name, _ in history(store)[2:]] == ["server.updated", "request.refused"]


def test_what_a_failed_commit_left_in_the_cache_is_forgotten(store: Kept) -> None:
    server_id = store.create()
    batches = Batches(store)
    assert batches.cache.get(server_id) is not None
    with commits(store, fail):
        (answer,) = batches.writer._answer([store.job(PowerOnServer(), ref=server_id)])
    assert isinstance(answer, Unavailable)
    assert batches.cache.get(server_id) is None
    written = store.write(PowerOnServer(), server_id)
    assert (written.outcome, written.servers[0].version) == ("accepted", 2)
    assert batches.cache.get(server_id) == written.servers[0]
