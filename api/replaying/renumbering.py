"""A history that lacks some of its records, made whole: the versions that it names, counted anew.

A backup names the version that it was made of, a restore and a revert the one to go to. With events
left out these would be other versions, or none, and hardly any record could be spared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from api.replaying.jobs import Stored
from domain.commands import RestoreServer, RevertServer, UpdateBackup
from domain.events import ServerBackedUp, ServerBackupUpdated
from domain.records import Metadata, Record
from domain.registry import REGISTRY, UnreadableRecord

_NAMING: Final = (
    b'"restore_server"',
    b'"revert_server"',
    b'"back_up_server"',
    b'"take_backup"',
    b'"update_backup"',
)


def renumbered(records: Sequence[Stored]) -> list[Stored]:
    """The records, with versions as they are counted where these alone are the history.

    Where one that is named was left out, it is the one before it.
    """
    versions = [stored.originator_version for stored in records if stored.name[:7] == "server."]
    if versions == list(range(1, len(versions) + 1)):
        return list(records)
    return [_renumbered(stored, versions) for stored in records]


def _renumbered(stored: Stored, versions: list[int]) -> Stored:
    if not any(name in stored.state for name in _NAMING):
        return stored
    try:
        record = REGISTRY.decode(
            stored.originator_id, stored.originator_version, stored.name, stored.state
        )
        changed = _with_versions(record, versions)
    except UnreadableRecord:
        return stored
    return msgspec.structs.replace(stored, state=REGISTRY.encode(changed))


def _with_versions(record: Record, versions: list[int]) -> Record:
    event, asked = record.event, record.metadata
    if isinstance(event, ServerBackedUp):
        event = msgspec.structs.replace(event, version=_here(event.version, versions))
    elif isinstance(event, ServerBackupUpdated):
        event = msgspec.structs.replace(event, made_version=_here(event.made_version, versions))
    return msgspec.structs.replace(record, event=event, metadata=_asking(asked, versions))


def _asking(asked: Metadata, versions: list[int]) -> Metadata:
    if isinstance(asked.arguments, msgspec.UnsetType):
        return asked
    command = REGISTRY.decode_command(asked.arguments)
    if isinstance(command, RestoreServer) and command.version is not None:
        command = msgspec.structs.replace(command, version=_here(command.version, versions))
    elif isinstance(command, RevertServer) and command.to_version is not None:
        command = msgspec.structs.replace(command, to_version=_here(command.to_version, versions))
    elif isinstance(command, UpdateBackup):
        made_version = _here(command.made_version, versions)
        command = msgspec.structs.replace(command, made_version=made_version)
    else:
        return asked
    return msgspec.structs.replace(asked, arguments=REGISTRY.encode_command(command))


def _here(version: int, versions: list[int]) -> int:
    """What a version of the whole history is in this one; one that there never was stays so."""
    if not versions or not 1 <= version <= versions[-1]:
        return version
    return max(1, bisect_right(versions, version))
