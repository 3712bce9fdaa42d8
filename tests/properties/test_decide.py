"""The laws of deciding and evolving, over random histories."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import (
    CreateServers,
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    ServerCommand,
    UpdateServer,
)
from domain.decide import decide, numbered_names
from domain.events import ServerRenamed, ServerUpdated
from domain.refusals import Refusal, ServerStopped
from domain.server import evolve, fold
from domain.values import Changes, Configuration, Volume
from tests.properties.histories import START, History, any_next, histories, updates
from tests.properties.strategies import of

pytestmark = pytest.mark.once


@given(histories(), any_next)
def test_a_command_for_one_server_leads_to_one_event_at_the_most_and_one_version_more(
    history: History, command: ServerCommand
) -> None:
    before = history.server
    decided = history.play(command)
    assert len(decided) <= 1
    assert history.server.version == before.version + len(decided)


@given(histories())
def test_the_state_is_the_fold_of_its_events_from_any_version_on(history: History) -> None:
    assert fold(history.events) == history.server
    for version, state in enumerate(history.states, 1):
        assert state.version == version
        assert fold(history.events[version:], state) == history.server


@given(histories(), any_next)
def test_a_decision_depends_on_nothing_but_state_command_and_time(
    history: History, command: ServerCommand
) -> None:
    def outcome() -> object:
        try:
            return history.decide(command)
        except Refusal as refusal:
            return type(refusal), str(refusal)

    assert outcome() == outcome()


@given(histories(), updates)
def test_the_same_update_again_changes_nothing(history: History, update: UpdateServer) -> None:
    history.play(update)
    assert history.decide(update) == ()


@given(histories(), updates)
def test_an_update_sets_what_it_names_and_leaves_the_rest(
    history: History, update: UpdateServer
) -> None:
    before = history.server.configuration
    asked = _meant(before, update).named()
    history.play(update)
    after = history.server.configuration
    for field in Configuration.__struct_fields__:
        assert getattr(after, field) == asked.get(field, getattr(before, field))


def _meant(before: Configuration, update: UpdateServer) -> Changes:
    """What an update comes to: a volume that the server has stays as large as it is."""
    changes, known = update.changes, {volume.id: volume for volume in before.volumes}
    if changes.volumes is msgspec.UNSET:
        return changes
    volumes = []
    for said in changes.volumes:
        present = known.get(said.id, said)
        name = present.name if update.names_kept and said.name is None else said.name
        volumes.append(Volume(said.id, name, present.size_bytes, present.kind))
    return msgspec.structs.replace(changes, volumes=tuple(volumes))


@given(histories(), updates)
def test_an_event_names_only_what_differs_and_a_new_name_alone_is_a_rename(
    history: History, update: UpdateServer
) -> None:
    before = history.server.configuration
    match history.play(update):
        case ():
            assert _meant(before, update).applied_to(before) == before
        case (ServerRenamed(name=name),):
            assert name != before.name
            assert history.server.configuration == msgspec.structs.replace(before, name=name)
        case (ServerUpdated(changes=changes),):
            named = changes.named()
            assert set(named) - {"name"}
            assert all(value != getattr(before, field) for field, value in named.items())
        case other:
            pytest.fail(f"an update led to {other}")


@given(of(Changes), of(Configuration))
def test_changes_beyond_a_configuration_are_the_least_that_have_the_same_effect(
    changes: Changes, configuration: Configuration
) -> None:
    least = changes.beyond(configuration)
    assert least.applied_to(configuration) == changes.applied_to(configuration)
    assert least.beyond(configuration) == least
    assert changes.beyond(changes.applied_to(configuration)) == Changes()


@given(histories())
def test_power_commands_leave_the_state_they_name_and_do_nothing_in_it(history: History) -> None:
    for command, running in ((PowerOnServer(), True), (PowerOffServer(), False)):
        was = history.server.running
        assert bool(history.play(command)) == (was != running)
        assert history.server.running is running
        assert history.decide(command) == ()


@given(histories(), st.booleans())
def test_only_a_soft_reset_of_a_stopped_server_is_refused(history: History, hard: bool) -> None:
    was = history.server.running
    history.play(ResetServer(hard=hard))
    refused = [type(refusal) for refusal in history.refused[-1:]]
    if not hard and not was:
        assert refused == [ServerStopped]
    assert history.server.running is (was or hard)


@given(histories())
def test_a_deleted_server_takes_no_further_command(history: History) -> None:
    history.play(DeleteServer())
    assert history.server.deleted
    with pytest.raises(AssertionError):
        decide(history.server, PowerOnServer(), START)


@given(of(Configuration), st.integers(1, 100))
def test_several_at_once_differ_in_their_ids_and_numbered_names_alone(
    configuration: Configuration, count: int
) -> None:
    ids = tuple(f"id {n}" for n in range(count))
    create = CreateServers("org", configuration, "arm", count, server_ids=ids, reservation_id="r")
    made = [evolve(None, event) for event in decide(None, create, START)]
    assert [server.id for server in made] == list(ids)
    assert [server.name for server in made] == list(numbered_names(configuration.name, count))
    assert len({server.name for server in made}) == count
    for server in made:
        assert server == msgspec.structs.replace(
            made[0],
            id=server.id,
            configuration=msgspec.structs.replace(configuration, name=server.name),
        )
        assert (server.version, server.running) == (1, False)


@given(histories(), any_next, st.datetimes(timezones=st.just(dt.UTC)))
def test_a_clock_that_jumps_changes_times_alone(
    history: History, command: ServerCommand, at: dt.datetime
) -> None:
    try:
        usual = history.decide(command)
    except Refusal:
        return
    jumped = decide(history.server, history.complete(command), at)
    assert [msgspec.structs.replace(event, at=START) for event in jumped] == [
        msgspec.structs.replace(event, at=START) for event in usual
    ]
