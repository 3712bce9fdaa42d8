"""Every further stored example by the name of its golden file, in `golden/variants`."""

from __future__ import annotations

from typing import Final, get_args

import msgspec

from domain import commands, events
from domain.access import ROLES
from domain.commands import TokenCommand, WriteCommand
from domain.records import Outcome, Record
from domain.server import Server
from domain.values import Backup, Changes, Held, PublicIp, Volume
from tests.controls import (
    AT,
    BACKUP_ID,
    CONFIGURATION,
    EARLIER_ID,
    HELD,
    HOME,
    SERVER_ID,
    SHA256,
    VOLUME_ID,
    record_of,
)
from tests.domain.variants import (
    CREATED,
    EMPTYING,
    EVERY_CHANGE,
    ISSUED,
    LEAST_CONFIGURATION,
    SINCE_4,
    creating,
    issuing,
    least,
    with_body_hmac,
    with_outcome,
)

RECORDS: Final[dict[str, Record]] = {
    "server.created.v1.least": least(CREATED),
    "server.updated.v1.every_field": record_of(events.ServerUpdated(at=AT, changes=EVERY_CHANGE)),
    "server.updated.v1.emptying": record_of(events.ServerUpdated(at=AT, changes=EMPTYING)),
    "server.powered_on.v1.body_hmac": with_body_hmac(
        record_of(events.ServerPoweredOn(at=AT)), SHA256
    ),
    "server.reset.v1.soft": record_of(events.ServerReset(at=AT, hard=False)),
    "server.backed_up.v1.nameless": record_of(
        events.ServerBackedUp(at=AT, backup_id=BACKUP_ID, version=1, name=None)
    ),
    "server.created.v1.running": record_of(
        msgspec.structs.replace(CREATED, configuration=SINCE_4, running=True)
    ),
    "server.updated.v1.metadata": record_of(
        events.ServerUpdated(at=AT, changes=Changes(metadata=SINCE_4.metadata))
    ),
    "server.backed_up.v1.image": record_of(
        events.ServerBackedUp(
            at=AT,
            backup_id=BACKUP_ID,
            version=1,
            name="nightly",
            kind="image",
            series="daily",
            dropped=(SERVER_ID,),
            properties=(("backup_type", "daily"),),
        )
    ),
    "server.backed_up.v1.snapshot": record_of(
        events.ServerBackedUp(at=AT, backup_id=BACKUP_ID, version=1, kind="snapshot")
    ),
    "server.backed_up.v1.of_another": record_of(
        events.ServerBackedUp(
            at=AT,
            backup_id=BACKUP_ID,
            version=1,
            kind="image",
            tags=("kept",),
            of_backup=EARLIER_ID,
            held=HELD,
        )
    ),
    "server.backup_updated.v1.nameless": record_of(
        events.ServerBackupUpdated(at=AT, backup_id=BACKUP_ID, made_version=2)
    ),
    "volume.created.v1.least": record_of(
        events.VolumeCreated(
            at=AT,
            volume_id=VOLUME_ID,
            organization=HOME,
            name="data",
            size_bytes=1,
            kind="l_ssd",
        )
    ),
    "volume.backed_up.v1.least": record_of(
        events.VolumeBackedUp(at=AT, backup_id=BACKUP_ID, version=1, holds=Held())
    ),
    "volume.backed_up.v1.backup": record_of(
        events.VolumeBackedUp(at=AT, backup_id=BACKUP_ID, version=1, holds=HELD, kind="backup")
    ),
    "request.refused.v1.of_a_volume": record_of(
        events.RequestRefused(
            at=AT,
            code="volume.attached",
            reason="attached",
            volume_id=VOLUME_ID,
            volume_version=3,
        )
    ),
    "request.unchanged.v1.of_a_volume": record_of(
        events.RequestUnchanged(at=AT, volume_id=VOLUME_ID, volume_version=3)
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

COMMANDS: Final[dict[str, WriteCommand | TokenCommand]] = {
    "create_servers.least": creating(),
    "update_server.every_field": commands.UpdateServer(changes=EVERY_CHANGE),
    "reset_server.hard": commands.ResetServer(hard=True),
    "back_up_server.least": commands.BackUpServer(name=None, backup_id=""),
    "create_servers.running": msgspec.structs.replace(
        creating(), configuration=SINCE_4, running=True
    ),
    "update_server.metadata": commands.UpdateServer(changes=Changes(metadata=SINCE_4.metadata)),
    "update_server.address_kept": commands.UpdateServer(
        changes=Changes(public_ip=PublicIp(id="ip-1")), address_kept=True
    ),
    "update_server.names_kept": commands.UpdateServer(
        changes=Changes(volumes=(Volume(id="v"),)), names_kept=True
    ),
    "power_on_server.strict": commands.PowerOnServer(strict=True),
    "power_off_server.strict": commands.PowerOffServer(strict=True),
    "back_up_server.image": commands.BackUpServer(
        name="nightly",
        backup_id=BACKUP_ID,
        kind="image",
        series="daily",
        keep=7,
        properties=(("backup_type", "daily"),),
    ),
    "back_up_server.snapshot": commands.BackUpServer(backup_id=BACKUP_ID, kind="snapshot"),
    "back_up_server.held": commands.BackUpServer(backup_id=BACKUP_ID, held=HELD),
    "take_backup.least": commands.TakeBackup(of=VOLUME_ID),
    "take_backup.backup": commands.TakeBackup(of=VOLUME_ID, kind="backup"),
    "update_backup.least": commands.UpdateBackup(backup_id=BACKUP_ID),
    "update_backup.nameless": commands.UpdateBackup(backup_id=BACKUP_ID, name=None, tags=()),
    "create_volume.least": commands.CreateVolume(organization=HOME, name="data"),
    "delete_volume.least": commands.DeleteVolume(volume_id=VOLUME_ID),
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
    "state.v1.with_backups": Server(
        id=SERVER_ID,
        organization=HOME,
        configuration=SINCE_4,
        arch="x86_64",
        created_at=AT,
        modified_at=AT,
        version=4,
        backups=(
            Backup(id=BACKUP_ID, name="nightly", version=1, kind="image", series="daily"),
            Backup(id=SERVER_ID, name=None, version=2, kind="snapshot"),
        ),
    ),
    "state.v1.with_a_tagged_backup": Server(
        id=SERVER_ID,
        organization=HOME,
        configuration=SINCE_4,
        arch="x86_64",
        created_at=AT,
        modified_at=AT,
        version=4,
        backups=(Backup(id=EARLIER_ID, name=None, version=3, tags=("kept",)),),
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
