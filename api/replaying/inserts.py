"""Commands that were never given, read from a file of lines, each to be decided at its place."""

from __future__ import annotations

import datetime as dt
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from api.replaying.codebases import NotReplayable
from commands.ids import with_ids
from domain.commands import (
    BackUpServer,
    CreateServers,
    CreateVolume,
    IssueToken,
    RevokeToken,
    TakeBackup,
    TokenCommand,
    UpdateServer,
    WriteCommand,
)
from domain.registry import REGISTRY, UnreadableRecord


class Insert(NamedTuple):
    """A command on a server, to be decided behind the record at a position."""

    after: int
    server: str
    command: WriteCommand
    at: dt.datetime | None
    where: str
    """The file and line, for people."""


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    after: int
    server: str
    command: msgspec.Raw
    at: dt.datetime | None = None


_LINES: Final = msgspec.json.Decoder(_Line)


def read_inserts(path: Path) -> list[Insert]:
    """The commands of a file, in order. Raises `NotReplayable`, with the line."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise NotReplayable(f"--insert: {error}") from error
    return [
        _read(line, f"--insert: {path}, line {number}", f"{path.name}:{number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _read(line: bytes, where: str, id_: str) -> Insert:
    try:
        found = _LINES.decode(line)
        command = REGISTRY.decode_command(found.command)
    except (msgspec.MsgspecError, UnicodeDecodeError, UnreadableRecord, RecursionError) as error:
        raise NotReplayable(f"{where}: {error}") from error
    if found.at is not None and found.at.tzinfo is None:
        raise NotReplayable(f"{where}: `at` has no offset from UTC")
    at = None if found.at is None else found.at.astimezone(dt.UTC)
    return Insert(
        found.after, found.server, _completed(command, found.server, where, id_), at, where
    )


def _completed(
    command: WriteCommand | TokenCommand, server_id: str, where: str, id_: str
) -> WriteCommand:
    """The command with ids for all that it makes, those that it has aside: the same each time."""
    if isinstance(command, IssueToken | RevokeToken | CreateVolume):
        raise NotReplayable(f"{where}: not a command on a server")
    if isinstance(command, CreateServers):
        return msgspec.structs.replace(command, count=1, server_ids=(server_id,))
    numbers = count(1)
    if isinstance(command, UpdateServer) or (
        isinstance(command, BackUpServer | TakeBackup) and not command.backup_id
    ):
        return with_ids(lambda: f"{id_}:{next(numbers)}", command)
    return command
