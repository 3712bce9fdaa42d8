"""The OpenStack dialects by name: how each refuses, and what its answers bear.

Nova names a fault by its kind; Keystone has one word for all, which Nova's 401 has too, since
Keystone's middleware gives it; Glance's clients read that form as well.
"""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import Final

import orjson

from api.http.answer import JSON, Answer, Headers
from api.http.dialects import Dialect
from api.http.exchange import Exchange
from api.http.problems import refusal_headers
from api.openstack.microversions import MICROVERSION, check_microversion
from api.openstack.request_ids import shown_request_id
from domain.refusals import InvalidRequest, Refusal

FAULTS: Final[Mapping[int, str]] = {
    400: "badRequest",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    412: "preconditionFailed",
    413: "overLimit",
    415: "badMediaType",
    422: "unprocessableEntity",
    429: "overLimit",
    503: "serviceUnavailable",
}
"""What Nova calls a fault, by its status; 412 and 422 are ours."""
OTHER_FAULT: Final = "computeFault"
_BROKEN: Final = "an internal error; the log knows more"


class OpenStackDialect(Dialect):
    """A dialect that refuses as Keystone does."""

    strict_queries = False

    def headers(self, request_id: str) -> Headers:
        """The request's id, in the form of the family."""
        return ((b"x-openstack-request-id", shown_request_id(request_id).encode("ascii")),)

    def refused(self, refusal: Refusal, request_id: str) -> Answer:
        """A refusal, rendered."""
        status = self.status_of(refusal)
        body = self._fault(status, message_of(refusal))
        return Answer(status, orjson.dumps(body), (JSON, *refusal_headers(refusal, status)))

    def broken(self, request_id: str) -> Answer:
        """What is told of an error of ours: nothing but that there was one."""
        return Answer(500, orjson.dumps(self._fault(500, _BROKEN)), (JSON,))

    def _fault(self, status: int, message: str) -> dict[str, object]:
        title = http.HTTPStatus(status).phrase
        return {"error": {"code": status, "message": message, "title": title}}


class Compute(OpenStackDialect):
    """Nova's, at one microversion."""

    name = "nova"
    segment = "v2.1"

    def headers(self, request_id: str) -> Headers:
        """The request's id, and the microversion that is spoken."""
        return (*super().headers(request_id), *MICROVERSION)

    def admit(self, exchange: Exchange) -> None:
        """Refuse another microversion. Raises `HeaderMalformed` or `MicroversionUnsupported`."""
        check_microversion(exchange)

    def _fault(self, status: int, message: str) -> dict[str, object]:
        if status == 401:
            return super()._fault(status, message)
        return {FAULTS.get(status, OTHER_FAULT): {"code": status, "message": message}}


class Images(OpenStackDialect):
    """Glance's."""

    name = "glance"
    segment = "image"


class Identity(OpenStackDialect):
    """Keystone's."""

    name = "keystone"
    segment = "identity"


NOVA: Final = Compute()
GLANCE: Final = Images()
KEYSTONE: Final = Identity()


def message_of(refusal: Refusal) -> str:
    """A refusal in a sentence, which names every bad field.

    What is wrong with no field in particular is filed under "", its words a sentence already.
    """
    if not isinstance(refusal, InvalidRequest):
        return str(refusal)
    return "; ".join(
        f"{field}: {reason}" if field else reason
        for field, reasons in refusal.problems.items()
        for reason in reasons
    )
