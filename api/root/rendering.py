"""From servers and records to the root's bodies."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from api.http.answer import JSON, UNSHARED, Answer, Headers, json_answer, log_position_header
from api.http.conditions import etag
from api.http.tasks import task
from api.root.reading import ReadCreate
from commands.request import Written
from domain.server import Server
from projections.document import encode_document
from projections.server_queries import Shown

_OPEN: Final = b'{"server":'


def enclose(document: bytes) -> bytes:
    """An encoded document in its envelope: spliced, not encoded again."""
    return b"%b%b}" % (_OPEN, document)


def detail(shown: Shown) -> Answer:
    """One server."""
    headers = (JSON, UNSHARED, etag(shown.id, shown.version), log_position_header(shown.position))
    return Answer(200, enclose(shown.document), headers)


def unmodified(shown: Shown) -> Answer:
    """The caller has this version."""
    headers = (UNSHARED, etag(shown.id, shown.version), log_position_header(shown.position))
    return Answer(304, headers=headers)


def created(written: Written, read: ReadCreate) -> Answer:
    """What a create made: 201 flat, 200 in an envelope, several with their reservation id."""
    first = written.servers[0]
    headers: list[tuple[bytes, bytes]] = [
        (b"location", f"/servers/{first.id}".encode()),
        log_position_header(written.position),
    ]
    if read.reservation_alone:
        return json_answer(200, {"reservation_id": first.reservation_id}, headers)
    if not read.several:
        status = 200 if read.enveloped else 201
        return _server(status, first, headers)
    documents = [encode_document(server) for server in written.servers]
    body = b'%b%b,"servers":[%b],"reservation_id":"%b"}' % (
        _OPEN,
        documents[0],
        b",".join(documents),
        str(first.reservation_id).encode(),
    )
    return Answer(200, body, (JSON, *headers))


def updated(written: Written) -> Answer:
    """The server after an update."""
    return _server(200, written.servers[0], (log_position_header(written.position),))


def _server(status: int, server: Server, headers: Headers) -> Answer:
    body = enclose(encode_document(server))
    return Answer(status, body, (JSON, etag(server.id, server.version), *headers))


def deleted(written: Written) -> Answer:
    """Nothing is left to show."""
    return Answer(204, headers=(log_position_header(written.position),))


def acted(written: Written) -> Answer:
    """The task that an action became, which is its record."""
    ((position, record),) = written.records.items()
    server = written.servers[0]
    headers = [
        (b"location", f"/tasks/{quote(record.id)}".encode()),
        log_position_header(written.position),
    ]
    if not server.deleted:
        headers.append(etag(server.id, server.version))
    return json_answer(202, {"task": task(position, record)}, headers)
