"""What an API that is spoken decides for itself, and which one a path belongs to.

A dialect owns the paths below one first segment. It only translates: how a refusal looks and which
status it bears is its own, what is refused is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from api.http.answer import Answer, Headers
from api.http.problems import STATUSES, internal_answer, problem_answer
from domain.refusals import Refusal

if TYPE_CHECKING:
    from api.http.exchange import Exchange


class Dialect:
    """An API (a `domain.ports.Dialect`). This one refuses in the problem form of the root."""

    name: ClassVar[str]
    """What its requests are recorded under."""
    segment: ClassVar[str]
    """The first segment of its paths; none at the root, which has all paths that are no other's."""
    names_refer: ClassVar[bool] = False
    """Whether the name of a server stands for its id."""
    strict_queries: ClassVar[bool] = True
    """Whether a parameter that nobody knows is refused, where a path takes none at all."""
    segments: ClassVar[Mapping[str, str]] = {}
    """What segments of its paths look like, by name: one that does not is of no path here."""
    statuses: ClassVar[Mapping[str, int]] = STATUSES

    def headers(self, request_id: str) -> Headers:
        """What every answer bears, besides `X-Request-Id`."""
        return ()

    def admit(self, exchange: Exchange) -> None:
        """Look at a request whose caller is known, before it is handled. Raises a `Refusal`."""

    def status_of(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal."""
        return self.statuses[refusal.code]

    def refused(self, refusal: Refusal, request_id: str) -> Answer:
        """A refusal, rendered."""
        return problem_answer(refusal, request_id, self.status_of(refusal))

    def broken(self, request_id: str) -> Answer:
        """What is told of an error of ours: nothing but that there was one."""
        return internal_answer(request_id)


class Dialects:
    """All that are spoken: the root's, and others by the first segment of a path."""

    def __init__(self, root: Dialect, others: Sequence[Dialect] = ()) -> None:
        self.root: Final = root
        self._others: Final = {dialect.segment: dialect for dialect in others}

    def of(self, path: str) -> Dialect:
        """The dialect of a path as sent."""
        return self._others.get(path[1:].partition("/")[0], self.root)
