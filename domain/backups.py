"""Restore points as they are kept with what they are of, a server or a volume."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.commands import UpdateBackup
from domain.refusals import BackupUnknown
from domain.values import Backup

Backups = tuple[Backup, ...]


def find_backup(backups: Sequence[Backup], backup_id: str) -> Backup | None:
    """The one of that id, if there is one."""
    return next((backup for backup in backups if backup.id == backup_id), None)


def get_backup(backups: Sequence[Backup], backup_id: str) -> Backup:
    """The one of that id. Raises `BackupUnknown`."""
    backup = find_backup(backups, backup_id)
    if backup is None:
        raise BackupUnknown(f"there is no backup {backup_id!r}")
    return backup


def name_and_tags(backup: Backup, command: UpdateBackup) -> tuple[str | None, tuple[str, ...]]:
    """What a restore point is named and tagged after the command."""
    return (
        backup.name if command.name is msgspec.UNSET else command.name,
        backup.tags if command.tags is msgspec.UNSET else command.tags,
    )


def with_updated(
    backups: Backups, backup_id: str, name: str | None, tags: tuple[str, ...]
) -> Backups:
    """All of them, one with another name and other tags."""
    return tuple(
        msgspec.structs.replace(backup, name=name, tags=tags) if backup.id == backup_id else backup
        for backup in backups
    )


def without(backups: Backups, backup_id: str) -> Backups:
    """All of them but one."""
    return tuple(backup for backup in backups if backup.id != backup_id)
