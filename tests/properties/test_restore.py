"""The laws of backups and restores, over random histories."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import RestoreServer, ServerCommand
from domain.refusals import BackupUnknown, VersionUnknown
from domain.server import Server
from tests.properties.histories import START, History, commands, histories

pytestmark = pytest.mark.once


def brought_back(now: Server, past: Server) -> Server:
    """`now` with what a restore brings back."""
    return msgspec.structs.replace(now, configuration=past.configuration, running=past.running)


def likeness(server: Server) -> Server:
    """A server less its version and the time of its last change."""
    return msgspec.structs.replace(server, version=0, modified_at=START)


@given(histories(), st.data())
def test_a_restored_version_brings_back_configuration_and_power_state_and_nothing_else(
    history: History, data: st.DataObject
) -> None:
    version = data.draw(st.integers(1, history.server.version))
    before = history.server
    (event,) = history.play(RestoreServer(version=version))
    assert likeness(history.server) == likeness(brought_back(before, history.as_of(version)))
    assert (history.server.version, history.server.modified_at) == (before.version + 1, event.at)


@given(histories(), st.data())
def test_a_restore_is_undone_by_restoring_the_version_before_it(
    history: History, data: st.DataObject
) -> None:
    before = history.server
    history.play(RestoreServer(version=data.draw(st.integers(1, before.version))))
    history.play(RestoreServer(version=before.version))
    assert likeness(history.server) == likeness(before)


@given(histories(), st.none() | st.sampled_from(["a", "b", "c", "backup 1", "backup 2"]))
def test_a_backup_is_found_by_id_then_by_name_the_newest_first(
    history: History, wanted: str | None
) -> None:
    before = history.server
    fitting = [
        *(b for b in before.backups if wanted in (None, b.name)),
        *(b for b in before.backups if wanted == b.id),
    ]
    history.play(RestoreServer(backup=wanted))
    if fitting:
        past = history.as_of(fitting[-1].version)
        assert likeness(history.server) == likeness(brought_back(before, past))
    else:
        assert history.server == before
        assert isinstance(history.refused[-1], BackupUnknown)


@given(histories(), st.integers(-(2**63), 0) | st.integers(14, 2**63 - 1))
def test_a_version_that_never_was_is_refused(history: History, version: int) -> None:
    with pytest.raises(VersionUnknown):
        history.decide(RestoreServer(version=version))


@given(histories(), commands)
def test_backups_are_only_ever_added(history: History, command: ServerCommand) -> None:
    before = history.server.backups
    history.play(command)
    assert history.server.backups[: len(before)] == before
