"""Refusals that only the edge can make."""

from __future__ import annotations

from collections.abc import Sequence

from domain.refusals import Refusal


class RouteUnknown(Refusal):
    """Nothing is served under this path."""

    code = "route.unknown"


class MethodUnsupported(Refusal):
    """The path does not take this method; `allowed` are those that it takes."""

    code = "method.unsupported"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(f"{method} is not supported here; {', '.join(allowed)} are")


class CallerUnknown(Refusal):
    """No token, or one that is unknown, expired or revoked."""

    code = "caller.unknown"


class SubjectUnknown(Refusal):
    """A token that is asked about and that nobody bears."""

    code = "subject.unknown"


class PathMalformed(Refusal):
    """A path that is not percent-encoded UTF-8."""

    code = "path.malformed"


class HeaderMalformed(Refusal):
    """A header that cannot be taken as it is."""

    code = "header.malformed"


class MicroversionUnsupported(Refusal):
    """A version of an API within its version that is not spoken."""

    code = "microversion.unsupported"


class BodyMalformed(Refusal):
    """A body that is not one JSON object, strictly."""

    code = "body.malformed"


class BodyTooLarge(Refusal):
    """A body over the limit."""

    code = "body.too_large"


class BodyUnsupported(Refusal):
    """A body of a kind that is not JSON."""

    code = "body.unsupported"


class TaskUnknown(Refusal):
    """No such task, as far as the caller may see."""

    code = "task.unknown"


class EventUnknown(Refusal):
    """No such event, as far as the caller may see."""

    code = "event.unknown"


class CatalogueEntryUnknown(Refusal):
    """The catalogue has no such entry."""

    code = "catalogue.unknown"


class ClosedToOutside(Refusal):
    """Served on loopback only, as configured."""

    code = "loopback.only"
