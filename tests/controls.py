"""One named example of every command and event, shared by all tests; stored in golden files."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from domain import commands, events
from domain.commands import TokenCommand, WriteCommand
from domain.events import Event
from domain.records import Metadata, Record
from domain.registry import REGISTRY
from domain.server import Server
from domain.values import (
    Backup,
    Changes,
    Configuration,
    Held,
    Holder,
    PublicIp,
    Volume,
    VolumeChanges,
)
from domain.volumes import StandaloneVolume

HOME: Final = "f030e920-9743-4f28-8164-964ba8555fa5"
SERVER_ID: Final = "0193a5a0-0000-7000-8000-000000000001"
BACKUP_ID: Final = "0193a5a0-0000-7000-8000-000000000002"
RECORD_ID: Final = "0193a5a0-0000-7000-8000-000000000003"
PRINCIPAL_ID: Final = "0193a5a0-0000-7000-8000-000000000004"
STORE_ID: Final = "0193a5a0-0000-7000-8000-000000000005"
AT: Final = dt.datetime(2026, 11, 22, 4, 0, 0, 123456, tzinfo=dt.UTC)
RECEIVED_AT: Final = dt.datetime(2026, 11, 22, 4, 0, 0, 120000, tzinfo=dt.UTC)
VOLUME_ID: Final = "0193a5a0-0000-7000-8000-000000000006"
EARLIER_ID: Final = "0193a5a0-0000-7000-8000-000000000007"
SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

CONFIGURATION: Final = Configuration(
    name="my_server",
    image="4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
    flavor="m1.small",
    keyname="admin-key",
    network="private",
    volumes=(Volume(id="v-1", name="Volume-0-0-0"), Volume(id="v-2")),
    tags=("test", "www"),
    public_ip=PublicIp(id="ip-1", address="203.0.113.7", dynamic=True),
    dynamic_public_ip=True,
    commercial_type="START1-S",
)
HELD: Final = Held(
    arch="x86_64",
    image="4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
    volume=Volume(id=VOLUME_ID, name="data", size_bytes=20_000_000_000, kind="b_ssd"),
)
VOLUME_CHANGES: Final = VolumeChanges(name="more", size_bytes=30_000_000_000, tags=("live",))
CHANGES: Final = Changes(name="renamed", flavor=None, volumes=(), tags=("live",))

EVENTS: Final[tuple[Event, ...]] = (
    events.StoreCreated(at=AT, store_id=STORE_ID),
    events.ServerCreated(
        at=AT,
        server_id=SERVER_ID,
        organization=HOME,
        configuration=CONFIGURATION,
        arch="x86_64",
        reservation_id="r-abcd1234",
    ),
    events.ServerRenamed(at=AT, name="renamed"),
    events.ServerUpdated(at=AT, changes=CHANGES),
    events.ServerPoweredOn(at=AT),
    events.ServerPoweredOff(at=AT),
    events.ServerReset(at=AT, hard=True),
    events.ServerBackedUp(at=AT, backup_id=BACKUP_ID, version=3, name="nightly"),
    events.ServerBackupUpdated(
        at=AT, backup_id=BACKUP_ID, made_version=4, name="weekly", tags=("kept",)
    ),
    events.ServerBackupDeleted(at=AT, backup_id=BACKUP_ID),
    events.ServerRestored(
        at=AT, configuration=CONFIGURATION, running=True, to_version=3, backup_id=BACKUP_ID
    ),
    events.ServerDeleted(at=AT),
    events.ServerReverted(at=AT, configuration=CONFIGURATION, running=True, past_version=3),
    events.VolumeCreated(
        at=AT,
        volume_id=VOLUME_ID,
        organization=HOME,
        name="data",
        size_bytes=20_000_000_000,
        kind="b_ssd",
        tags=("db",),
        base=BACKUP_ID,
    ),
    events.VolumeUpdated(at=AT, fields=VOLUME_CHANGES),
    events.VolumeBackedUp(
        at=AT,
        backup_id=BACKUP_ID,
        version=3,
        holds=HELD,
        name="nightly",
        kind="image",
        properties=(("made_by", "ops"),),
        tags=("kept",),
        of_backup=EARLIER_ID,
    ),
    events.VolumeBackupUpdated(
        at=AT, backup_id=BACKUP_ID, made_version=4, name="weekly", tags=("kept",)
    ),
    events.VolumeBackupDeleted(at=AT, backup_id=BACKUP_ID),
    events.VolumeDeleted(at=AT),
    events.TokenIssued(
        at=AT,
        principal_id=PRINCIPAL_ID,
        token_sha256=SHA256,
        role="member",
        organization=HOME,
        organizations=("elsewhere",),
        expires_at=AT + dt.timedelta(days=30),
    ),
    events.TokenRevoked(at=AT),
    events.RequestRefused(
        at=AT, code="version.stale", reason="stale", server_id=SERVER_ID, server_version=3
    ),
    events.RequestUnchanged(at=AT, server_id=SERVER_ID, server_version=3),
    events.RequestRepeated(at=AT, first_position=7),
)

COMMANDS: Final[tuple[WriteCommand | TokenCommand, ...]] = (
    commands.CreateServers(
        organization=HOME,
        configuration=CONFIGURATION,
        arch="x86_64",
        count=2,
        reserve=True,
        server_ids=(SERVER_ID, BACKUP_ID),
        reservation_id="r-abcd1234",
    ),
    commands.UpdateServer(changes=CHANGES),
    commands.ChangeMetadata(items=(("role", "web"),), removed=("owner",)),
    commands.AttachVolume(
        volume_id=VOLUME_ID,
        volume=Volume(id=VOLUME_ID, name="data"),
        holder=Holder(id=SERVER_ID, name="my_server"),
    ),
    commands.DetachVolume(volume_id=VOLUME_ID),
    commands.DeleteServer(),
    commands.PowerOnServer(),
    commands.PowerOffServer(),
    commands.ResetServer(hard=False),
    commands.BackUpServer(name="nightly", backup_id=BACKUP_ID),
    commands.RestoreServer(backup="nightly", past=CONFIGURATION, past_running=True),
    commands.RevertServer(
        to_version=3, to_position=17, past=CONFIGURATION, past_running=True, past_version=3
    ),
    commands.TakeBackup(
        of=EARLIER_ID,
        name="nightly",
        kind="image",
        backup_id=BACKUP_ID,
        arch="x86_64",
        tags=("kept",),
        properties=(("made_by", "ops"),),
        held=HELD,
    ),
    commands.UpdateBackup(backup_id=BACKUP_ID, name="weekly", tags=("kept",), made_version=4),
    commands.DeleteBackup(backup_id=BACKUP_ID),
    commands.CreateVolume(
        organization=HOME,
        name="data",
        size_bytes=20_000_000_000,
        kind="b_ssd",
        tags=("db",),
        base=BACKUP_ID,
        held=HELD,
        volume_id=VOLUME_ID,
    ),
    commands.UpdateVolume(
        volume_id=VOLUME_ID,
        changes=VOLUME_CHANGES,
        holder=Holder(id=SERVER_ID, name="my_server"),
    ),
    commands.DeleteVolume(volume_id=VOLUME_ID, holder=Holder(id=SERVER_ID, name="my_server")),
    commands.IssueToken(
        principal_id=PRINCIPAL_ID,
        token_sha256=SHA256,
        role="member",
        organization=HOME,
        organizations=("elsewhere",),
        expires_at=AT + dt.timedelta(days=30),
    ),
    commands.RevokeToken(principal_id=PRINCIPAL_ID),
)

METADATA: Final = Metadata(
    received_at=RECEIVED_AT,
    principal_id=PRINCIPAL_ID,
    organization=HOME,
    source="0123456789abcdef0123456789abcdef",
    request_id="request-1",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    dialect="root",
    method="POST",
    path="/servers/my_server/action",
    ref="my_server",
    action="poweron",
    command="power_on_server",
    arguments=REGISTRY.encode_command(commands.PowerOnServer()),
    outcome="accepted",
    status=202,
    idempotency_key="order-4711",
    body_sha256=SHA256,
    part=2,
    parts=3,
)

SERVER: Final = Server(
    id=SERVER_ID,
    organization=HOME,
    configuration=CONFIGURATION,
    arch="x86_64",
    created_at=AT,
    modified_at=AT + dt.timedelta(seconds=1),
    version=3,
    running=True,
    reservation_id="r-abcd1234",
    backups=(Backup(id=BACKUP_ID, name="nightly", version=2),),
)
VOLUME: Final = StandaloneVolume(
    id=VOLUME_ID,
    organization=HOME,
    name="data",
    size_bytes=20_000_000_000,
    kind="b_ssd",
    created_at=AT,
    modified_at=AT + dt.timedelta(seconds=1),
    version=3,
    tags=("db",),
    base=EARLIER_ID,
    backups=(Backup(id=BACKUP_ID, name="nightly", version=2, kind="snapshot", tags=("kept",)),),
    deleted=True,
)


def record_of(event: Event) -> Record:
    """That event as a record of the server's stream, with all of the metadata."""
    return Record(RECORD_ID, SERVER_ID, 3, event, METADATA)


def tag_of(command: WriteCommand | TokenCommand) -> str:
    """The stored name of a command."""
    tag = msgspec.inspect.type_info(type(command)).tag  # type: ignore[attr-defined]
    return str(tag)
