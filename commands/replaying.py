"""One server's history gone through again: its recorded commands decided anew, on its states.

Pure: what a restore or a revert brings back is looked up in this very history, whatever became of
it, and ids stay as they were recorded.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from typing import Final

import msgspec

from commands.use_cases import run_again
from domain.commands import BackupCommand, CreateServers, RevertServer, WriteCommand
from domain.events import ServerEvent
from domain.refusals import (
    ImageOfCatalogue,
    ImageUnknown,
    KeyReused,
    OrganizationForeign,
    RightMissing,
    ServerAmbiguous,
    ServerUnknown,
    SnapshotUnknown,
    VersionStale,
    VolumeAttached,
    VolumeUnknown,
)
from domain.server import Server, evolve

Place = tuple[int, int]
"""Where something stands: a position in the log and 0, or how many come after it on a branch."""

BEFORE_THE_RULES: Final = frozenset(
    refusal.code
    for refusal in (
        KeyReused,
        OrganizationForeign,
        RightMissing,
        ServerAmbiguous,
        ServerUnknown,
        VersionStale,
        VolumeUnknown,
        VolumeAttached,
        SnapshotUnknown,
        ImageUnknown,
        ImageOfCatalogue,
    )
)
"""Codes that the handler refuses with by what no history tells: callers, tags, keys and names, and
what others there are."""
_OF_DELETED: Final = RevertServer | BackupCommand
"""What is decided on a deleted server too."""


class Replay:
    """A server as its history leaves it, step by step (a `commands.use_cases.Past`)."""

    def __init__(self, server_id: str) -> None:
        self.server: Server | None = None
        self.position = 0
        self._server_id = server_id
        self._versions: dict[int, Server] = {}
        self._places: list[Place] = []
        self._states: list[Server] = []

    def replay(self, server_id: str, version: int) -> Server | None:
        """The server as of `version`, without its backups; None if it never had that version."""
        return self._versions.get(version) if server_id == self._server_id else None

    def state_at(self, server_id: str, position: int) -> Server | None:
        """The server as of a position, without its backups; None where it did not live then."""
        index = bisect_right(self._places, (position, 0))
        if server_id != self._server_id or index == 0:
            return None
        server = self._states[index - 1]
        return None if server.deleted else server

    def decide(
        self, place: Place, command: WriteCommand, at: dt.datetime
    ) -> tuple[ServerEvent, ...]:
        """The events that a command with its ids leads to here. Raises a `Refusal`.

        A server that was never created here, or is deleted, is unknown.
        """
        position, behind = place
        self.position = position if behind else position - 1
        server = self.server
        if not isinstance(command, CreateServers) and (
            server is None or (server.deleted and not isinstance(command, _OF_DELETED))
        ):
            raise ServerUnknown(f"no server {self._server_id!r}")
        _, decided = run_again(self, server, command, at)
        return decided  # type: ignore[return-value]  # what a server leads to are its own

    def take(self, place: Place, event: ServerEvent) -> Server:
        """The server after `event`, which happened. Raises `TypeError` where it does not fit."""
        server = self.server = evolve(self.server, event)
        # Of every version: with its backups, of which each holds those before, they would grow
        # with the square of their number.
        kept = msgspec.structs.replace(server, backups=())
        self._versions[kept.version] = kept
        self._places.append(place)
        self._states.append(kept)
        return server
