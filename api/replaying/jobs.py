"""What passes between the command and its workers: a history a line, and a line a record back.

Both sides may be of different releases, so this holds no type of the domain.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

PROTOCOL: Final = 1
KINDS: Final = ("decision", "event", "state", "answer")
"""What is told of a record, and compared. One that is null is not to be compared."""
FAILED: Final = "failed"
"""The one member of what the code under test raised an exception in place of."""


class Stored(msgspec.Struct, frozen=True, gc=False):
    """A record as it stands in the log."""

    position: int
    originator_id: str
    originator_version: int
    name: str
    state: bytes


class Job(msgspec.Struct, frozen=True, gc=False):
    """A history: all records about one server, or of another stream, in order of position."""

    subject: str
    records: list[Stored]


class Hello(msgspec.Struct, frozen=True, gc=False):
    """The first line of a worker: what it speaks."""

    protocol: int


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a code base makes of one record.

    `event` is as it reads and is encoded anew, or says why it is `unreadable`. `decision` is what
    its command leads to: `events`, a code that it is `refused` with, or `no effect`. `state` and
    `answer` are those after what is recorded. `lost` is why the states are not known from here on.
    """

    position: int
    name: str
    command: str | None = None
    event: Any = None
    decision: Any = None
    state: Any = None
    answer: Any = None
    lost: str | None = None

    @property
    def sound(self) -> bool:
        """Whether all that there is to tell of the record could be told."""
        told = (getattr(self, kind) for kind in KINDS)
        return self.lost is None and not any(
            isinstance(one, dict) and FAILED in one for one in told
        )

    def type_of(self, kind: str) -> str:
        """What a difference of that kind is filed under: the stored name of a command or event."""
        return self.name if kind in {"event", "state"} else self.command or self.name


class Summary(msgspec.Struct, frozen=True, gc=False):
    """The line behind a history's own: how much was told, by kind and by type in each."""

    told: dict[str, dict[str, int]]
    lost: int
    """Records of which not all could be told: unreadable, behind such a one, or failed on."""
