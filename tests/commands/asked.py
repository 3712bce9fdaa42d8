"""A request's particulars, and the metadata that they leave in its record."""

from __future__ import annotations

import datetime as dt
from typing import Any

from domain.records import Metadata
from tests.commands.stores import ADMIN, START
from tests.support import HOME

RECEIVED: dt.datetime = START - dt.timedelta(seconds=1)
ASKED: dict[str, Any] = {
    "received_at": RECEIVED,
    "request_id": "a-request",
    "traceparent": "a-trace",
    "method": "POST",
    "path": "/servers/a/action",
}


def metadata(command: str, **fields: Any) -> Metadata:
    """The metadata of a request of the admin's, `fields` replacing some."""
    known = {"principal_id": ADMIN.principal_id, "organization": HOME, "dialect": "root"}
    return Metadata(**(ASKED | known | {"command": command} | fields))
