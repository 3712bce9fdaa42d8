"""The writer's cache of current states: bounded, least recently used first out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from domain.server import Server

STATES_MAX: Final = 10_000  # about 12 MB


class StateCache:
    """Current states by server id. For the writer's thread alone."""

    def __init__(self, states_max: int = STATES_MAX) -> None:
        self._max = states_max
        self._states: OrderedDict[str, Server] = OrderedDict()

    def get(self, server_id: str) -> Server | None:
        """The state as of the last commit, if it is held."""
        server = self._states.get(server_id)
        if server is not None:
            self._states.move_to_end(server_id)
        return server

    def keep(self, states: Mapping[str, Server]) -> None:
        """Take over the states of a committed unit."""
        for server_id, server in states.items():
            if server.deleted:
                self._states.pop(server_id, None)
            else:
                self._states[server_id] = server
                self._states.move_to_end(server_id)
        while len(self._states) > self._max:
            self._states.popitem(last=False)

    def clear(self) -> None:
        """Forget everything: somebody else may have written."""
        self._states.clear()
