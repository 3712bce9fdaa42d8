"""The fields of everything stored, and what those that are left out mean: fixed for ever.

Bytes leave out what is at its default. A default that changed its meaning would change what every
log says; a field that went, or lost its default, would leave old records unreadable. A new field
needs a default and a line here, or a new schema and its upcaster.
"""

from __future__ import annotations

import types
from typing import Any, Final, get_args

import msgspec

from domain.commands import TokenCommand, WriteCommand
from domain.records import Metadata
from domain.registry import EVENT_TYPES
from domain.server import Server
from domain.volumes import StandaloneVolume

REQUIRED: Final = "required"
UNSET: Final = msgspec.UNSET
CONFIGURED: Final = ("name", "image", "flavor", "keyname", "network", "volumes", "tags")
CONFIGURED_LATER: Final = ("public_ip", "dynamic_public_ip", "commercial_type", "metadata")


def required(*names: str, **optional: Any) -> dict[str, Any]:
    return dict.fromkeys(names, REQUIRED) | optional


TOKEN: Final = required("principal_id", "token_sha256", "role", "organization") | {
    "organizations": (),
    "expires_at": None,
}
FIELDS: Final[dict[str, dict[str, Any]]] = {
    "Volume": required("id", name=None, size_bytes=0, kind=None),
    "PublicIp": required("id", address=None, dynamic=False),
    "Backup": required("id", "name", "version", kind="backup", series=None, tags=()),
    "Held": {"arch": None, "image": None, "volume": None},
    "Holder": required("id", "name"),
    "VolumeChanges": dict.fromkeys(("name", "size_bytes", "tags"), UNSET),
    "StandaloneVolume": required("id", "organization", "name", "size_bytes", "kind", "created_at")
    | required("modified_at", "version", tags=(), base=None, backups=(), deleted=False),
    "Configuration": required("name")
    | dict.fromkeys(("image", "flavor", "keyname", "network"))
    | {"volumes": (), "tags": (), "public_ip": None}
    | {"dynamic_public_ip": False, "commercial_type": None, "metadata": ()},
    "Changes": dict.fromkeys((*CONFIGURED, *CONFIGURED_LATER), UNSET),
    "Server": required("id", "organization", "configuration", "arch", "created_at", "modified_at")
    | required("version", running=False, reservation_id=None, backups=(), deleted=False),
    "Metadata": required("received_at", "organization", "request_id", "dialect", "command")
    | required("status", principal_id=None, source=None, traceparent=None, method=None, path=None)
    | {"ref": None, "action": None, "arguments": UNSET, "outcome": "accepted"}
    | {"idempotency_key": None, "body_sha256": None, "body_hmac": None, "part": 1, "parts": 1},
    "StoreCreated": required("at", "store_id"),
    "ServerCreated": required("at", "server_id", "organization", "configuration", "arch")
    | {"reservation_id": None, "running": False},
    "ServerRenamed": required("at", "name"),
    "ServerUpdated": required("at", "changes"),
    "ServerPoweredOn": required("at"),
    "ServerPoweredOff": required("at"),
    "ServerReset": required("at", "hard"),
    "ServerBackedUp": required("at", "backup_id", "version", name=None, kind="backup")
    | {"series": None, "dropped": (), "properties": (), "tags": ()}
    | {"of_backup": None, "held": None},
    "ServerBackupUpdated": required("at", "backup_id", "made_version", name=None, tags=()),
    "ServerBackupDeleted": required("at", "backup_id"),
    "ServerRestored": required("at", "configuration", "running", "to_version", backup_id=None),
    "ServerDeleted": required("at"),
    "ServerReverted": required("at", "configuration", "running", "past_version"),
    "VolumeCreated": required("at", "volume_id", "organization", "name", "size_bytes", "kind")
    | {"tags": (), "base": None},
    "VolumeUpdated": required("at", "fields"),
    "VolumeBackedUp": required("at", "backup_id", "version", "holds", name=None, kind="snapshot")
    | {"properties": (), "tags": (), "of_backup": None},
    "VolumeBackupUpdated": required("at", "backup_id", "made_version", name=None, tags=()),
    "VolumeBackupDeleted": required("at", "backup_id"),
    "VolumeDeleted": required("at"),
    "TokenIssued": required("at") | TOKEN,
    "TokenRevoked": required("at"),
    "RequestRefused": required("at", "code", "reason", server_id=None, server_version=None)
    | {"volume_id": None, "volume_version": None},
    "RequestUnchanged": required("at", server_id=None, server_version=None)
    | {"volume_id": None, "volume_version": None},
    "RequestRepeated": required("at", "first_position"),
    "CreateServers": required("organization", "configuration", "arch", count=1, reserve=False)
    | {"server_ids": (), "reservation_id": None, "running": False},
    "UpdateServer": required("changes", names_kept=False, address_kept=False),
    "ChangeMetadata": {"items": (), "removed": ()},
    "AttachVolume": required("volume_id", volume=None, holder=None),
    "DetachVolume": required("volume_id"),
    "DeleteServer": {},
    "PowerOnServer": {"strict": False},
    "PowerOffServer": {"strict": False},
    "ResetServer": required("hard"),
    "BackUpServer": {"name": None, "backup_id": "", "kind": "backup", "series": None}
    | {"keep": None, "properties": (), "held": None},
    "RestoreServer": {"backup": None, "version": None, "past": None, "past_running": False},
    "RevertServer": {"to_version": None, "to_position": None, "past": None}
    | {"past_running": False, "past_version": 0},
    "TakeBackup": required("of", name=None, kind="snapshot", backup_id="", arch=None, tags=())
    | {"properties": (), "held": None},
    "UpdateBackup": required("backup_id", name=UNSET, tags=UNSET, made_version=0),
    "DeleteBackup": required("backup_id"),
    "CreateVolume": required("organization", "name", size_bytes=0, kind=None, tags=(), base=None)
    | {"held": None, "volume_id": ""},
    "UpdateVolume": required("volume_id", "changes", holder=None),
    "DeleteVolume": required("volume_id", holder=None),
    "IssueToken": TOKEN,
    "RevokeToken": required("principal_id"),
}


def stored_types() -> dict[str, type[msgspec.Struct]]:
    """Every struct that stands in stored bytes, by its name."""
    found: dict[str, type[msgspec.Struct]] = {}
    left: list[Any] = [Metadata, Server, StandaloneVolume]
    left += [*get_args(WriteCommand), *get_args(TokenCommand)]
    left += [entry.type for entry in EVENT_TYPES.values()]
    while left:
        hint = left.pop()
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            if hint.__name__ not in found:
                found[hint.__name__] = hint
                left += [field.type for field in msgspec.structs.fields(hint)]
        elif isinstance(hint, types.UnionType | types.GenericAlias):
            left += get_args(hint)
    return found


def test_the_fields_of_everything_stored_and_their_defaults_stay_as_they_are() -> None:
    found = {
        name: {
            field.name: REQUIRED if field.required else field.default
            for field in msgspec.structs.fields(kind)
        }
        for name, kind in stored_types().items()
    }
    assert found == FIELDS


def test_everything_stored_is_frozen_and_closed_to_names_nobody_declared() -> None:
    for kind in stored_types().values():
        assert kind.__struct_config__.frozen
        assert kind.__struct_config__.omit_defaults
        assert kind.__struct_config__.forbid_unknown_fields


def test_a_field_is_stored_under_its_own_name() -> None:
    for kind in stored_types().values():
        for field in msgspec.structs.fields(kind):
            assert field.encode_name == field.name
