"""One client at work: a plain dict of what its servers must be, and what it was told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

from tests.faults.actions import act, restore, terminate
from tests.faults.attempts import (
    Answer,
    Attempt,
    Servers,
    create,
    create_enveloped,
    create_several,
    delete,
    update,
)

SERVERS_MAX: Final = 90
"""For each client; together more than one chunk of a streamed list."""
ACTIONS: Final = ("poweron", "poweroff", "resethard", "backup")
WHILE_RUNNING: Final = (*ACTIONS, "resetsoft", "reboot")


@dataclass
class Client:
    """One client: what it was told, and the one write that it was not told the end of."""

    name: str
    chance: random.Random
    servers: Servers = field(default_factory=dict)
    firsts: Servers = field(default_factory=dict)
    backups: Servers = field(default_factory=dict)
    """How each server was at its newest backup."""
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The position that answered each key."""
    pending: Attempt | None = None
    last: tuple[Attempt, Answer] | None = None
    """The write that it was told the end of most lately, and how."""
    made: int = 0

    def choose(self) -> Attempt:
        """The next write."""
        roll = self.chance.random()
        if not self.servers or (roll < 0.35 and len(self.servers) < SERVERS_MAX):
            self.made += 1
            name = f"{self.name}-{self.made}."
            if roll < 0.03:
                return create_several(name, 3)
            if roll < 0.13:
                return create_enveloped(name)
            return create(name, [self.name, str(self.made)])
        chosen = self.chance.choice(list(self.servers))
        if roll < 0.60:
            return self._update(chosen, roll)
        if roll < 0.80:
            running = self.servers[chosen]["running"]
            return act(chosen, self.chance.choice(WHILE_RUNNING if running else ACTIONS))
        if roll < 0.82 and chosen in self.backups:
            return restore(chosen, self.backups[chosen])
        if roll < 0.85:
            return restore(chosen, self.firsts[chosen], version=1)
        return delete(chosen) if roll < 0.95 else terminate(chosen)

    def _update(self, chosen: str, roll: float) -> Attempt:
        self.made += 1
        name, tags = f"changed-{self.name}-{self.made}", [str(self.made)]
        if roll < 0.45:
            return update(chosen, {"name": name, "tags": tags})
        if roll < 0.52:
            return update(chosen, {"server": {"new_name": name, "tags": tags}}, "PATCH")
        volumes = [{"id": f"volume-{self.made}", "name": None}]
        return update(chosen, {"name": name, "tags": tags, "volumes": volumes})

    def take(self, attempt: Attempt, answer: Answer) -> None:
        """Remember what an answer acknowledged."""
        assert answer.status == attempt.status, (attempt, answer)
        attempt.applied(self.servers, answer.body)
        if attempt.body == {"action": "backup"} and attempt.touches is not None:
            self.backups[attempt.touches] = self.servers[attempt.touches]
        for server_id in self.servers.keys() - self.firsts.keys():
            self.firsts[server_id] = self.servers[server_id]
        self.acknowledged[attempt.key] = answer.position
        self.last = attempt, answer
