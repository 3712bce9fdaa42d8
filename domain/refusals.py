"""Why a command or a question can be turned down.

A refusal knows nothing of HTTP. Its `code` is law: once published it never changes its meaning.
`recorded` says whether a refused command leaves a `request.refused` in the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

Problems = Mapping[str, tuple[str, ...]]
"""What is wrong with each field, by its bare name."""


class Refusal(Exception):
    """Base of all refusals; `str()` is the one-line reason, fit for the caller."""

    code: ClassVar[str]
    recorded: ClassVar[bool] = False
    position: int | None = None
    """Where it stands in the log, once recorded."""

    @property
    def reason(self) -> str:
        """Its words as recorded: of the caller's own organization, whoever reads them."""
        return str(self)


class InvalidRequest(Refusal):
    """Fields that cannot be taken as they are; `problems` names every one."""

    code = "request.invalid"

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        field, reasons = next(iter(problems.items()))
        super().__init__(f"{field}: {reasons[0]}")


class ServerUnknown(Refusal):
    """No such server, as far as the caller may see."""

    code = "server.unknown"
    recorded = True


AMBIGUOUS_IDS_MAX: Final = 100


class ServerAmbiguous(Refusal):
    """Several servers bear the name; `ids` are theirs, of which so many are told."""

    code = "server.ambiguous"
    recorded = True

    def __init__(self, name: str, ids: tuple[str, ...]) -> None:
        self.ids = ids
        told = ", ".join(ids[:AMBIGUOUS_IDS_MAX])
        if len(ids) > AMBIGUOUS_IDS_MAX:
            told += ", …"
        self._name = name
        super().__init__(f"{len(ids)} servers are named {name!r}: {told}")

    @property
    def reason(self) -> str:
        """Its words without the ids, which can be of an organization that a reader does not see."""
        return f"several servers are named {self._name!r}"


class RightMissing(Refusal):
    """The caller's role does not allow it."""

    code = "right.missing"
    recorded = True


class OrganizationForeign(Refusal):
    """The caller may not act in that organization."""

    code = "organization.foreign"
    recorded = True


class VersionStale(Refusal):
    """The server is not at the version that the caller expected."""

    code = "version.stale"
    recorded = True


class KeyReused(Refusal):
    """The idempotency key was spent on another request."""

    code = "key.reused"
    recorded = True


class ServerStopped(Refusal):
    """A stopped server cannot be restarted softly, nor, where it is asked strictly, stopped."""

    code = "server.stopped"
    recorded = True


class ServerRunning(Refusal):
    """A running server cannot, where it is asked strictly, be started."""

    code = "server.running"
    recorded = True


class MetadataUnknown(Refusal):
    """The server's metadata has no such item."""

    code = "metadata.unknown"
    recorded = True


class BackupUnknown(Refusal):
    """There is no such backup, or none at all."""

    code = "backup.unknown"
    recorded = True


class VolumeUnknown(Refusal):
    """No such volume, as far as the caller may see."""

    code = "volume.unknown"
    recorded = True


class VolumeAttached(Refusal):
    """A live server has the volume, which keeps it from that: it is not removed, nor tagged."""

    code = "volume.attached"
    recorded = True


class VolumeSmaller(Refusal):
    """A volume does not become smaller, nor is one smaller than what it is made of."""

    code = "volume.smaller"
    recorded = True


class SnapshotUnknown(Refusal):
    """No such snapshot, as far as the caller may see."""

    code = "snapshot.unknown"
    recorded = True


class ImageUnknown(Refusal):
    """No such image, as far as the caller may see."""

    code = "image.unknown"
    recorded = True


class ImageOfCatalogue(Refusal):
    """An image of the catalogue is everybody's: nobody changes or removes it."""

    code = "image.of_catalogue"
    recorded = True


class VersionUnknown(Refusal):
    """The server never had that version."""

    code = "version.unknown"
    recorded = True


class PrincipalNameTaken(Refusal):
    """Another principal bears the name and holds a token."""

    code = "principal.name_taken"


class PrincipalUnknown(Refusal):
    """No principal of that name holds a token."""

    code = "principal.unknown"


class RateExceeded(Refusal):
    """Too many requests; `retry_after_s` says when to come again."""

    code = "rate.exceeded"

    def __init__(self, reason: str, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(reason)


class Unavailable(Refusal):
    """Cannot be served just now; nothing is wrong with the request."""

    code = "store.unavailable"
    retry_after_s: ClassVar[int] = 1


class QueueFull(Unavailable):
    """More commands wait than the writer may hold."""

    code = "queue.full"


class ServerUnreadable(Unavailable):
    """An event of this server cannot be read by this release; all others go on."""

    code = "server.unreadable"


class PositionUnreached(Unavailable):
    """The log has not reached the position that the caller asked for."""

    code = "position.unreached"
