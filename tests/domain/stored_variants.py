"""Every further stored example by the name of its golden file, in `golden/variants`."""

from __future__ import annotations

from typing import Final, get_args

import msgspec

from domain import commands, events
from domain.access import ROLES
from domain.commands import ServerCommand, TokenCommand
from domain.records import Outcome, Record
from domain.server import Server
from domain.values import Backup
from tests.controls import AT, BACKUP_ID, CONFIGURATION, HOME, SERVER_ID, record_of
from tests.domain.variants import (
    CREATED,
    EMPTYING,
    EVERY_CHANGE,
    ISSUED,
    LEAST_CONFIGURATION,
    creating,
    issuing,
    least,
    with_outcome,
)

RECORDS: Final[dict[str, Record]] = {
    "server.created.v1.least": least(CREATED),
    "server.updated.v1.every_field": record_of(events.ServerUpdated(at=AT, changes=EVERY_CHANGE)),
    "server.updated.v1.emptying": record_of(events.ServerUpdated(at=AT, changes=EMPTYING)),
    "server.reset.v1.soft": record_of(events.ServerReset(at=AT, hard=False)),
    "server.backed_up.v1.nameless": record_of(
        events.ServerBackedUp(at=AT, backup_id=BACKUP_ID, version=1, name=None)
    ),
    "server.restored.v1.of_a_version": record_of(
        events.ServerRestored(
            at=AT,
            configuration=LEAST_CONFIGURATION,
            running=False,
            to_version=1,
            backup_id=None,
        )
    ),
    **{
        f"token.issued.v1.as_{role}": least(msgspec.structs.replace(ISSUED, role=role))
        for role in ROLES
    },
    **{
        f"request.refused.v1.outcome_{outcome}": with_outcome(outcome)
        for outcome in get_args(Outcome)
    },
}

COMMANDS: Final[dict[str, ServerCommand | TokenCommand]] = {
    "create_servers.least": creating(),
    "update_server.every_field": commands.UpdateServer(changes=EVERY_CHANGE),
    "reset_server.hard": commands.ResetServer(hard=True),
    "back_up_server.least": commands.BackUpServer(name=None, backup_id=""),
    "restore_server.of_a_version": commands.RestoreServer(
        backup=None, version=2, past=CONFIGURATION, past_running=True
    ),
    "restore_server.least": commands.RestoreServer(
        backup=None, version=None, past=None, past_running=False
    ),
    **{f"issue_token.as_{role}": issuing(role) for role in ROLES},
}

STATES: Final[dict[str, Server]] = {
    "state.v1.least": Server(
        id=SERVER_ID,
        organization=HOME,
        configuration=LEAST_CONFIGURATION,
        arch="x86_64",
        created_at=AT,
        modified_at=AT,
        version=1,
        running=False,
        reservation_id=None,
        backups=(),
        deleted=False,
    ),
    "state.v1.deleted": Server(
        id=SERVER_ID,
        organization=HOME,
        configuration=LEAST_CONFIGURATION,
        arch="x86_64",
        created_at=AT,
        modified_at=AT,
        version=3,
        backups=(Backup(id=BACKUP_ID, name=None, version=1),),
        deleted=True,
    ),
}
