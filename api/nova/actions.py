"""Nova's actions on a server: done at once, and answered with nothing."""

from __future__ import annotations

from typing import Final

from api.http.answer import Answer, log_position_header
from api.http.conditions import etag
from api.http.exchange import Exchange
from api.http.writing import Read, write
from api.nova.acting import read_action
from api.openstack.addresses import base_url
from commands.request import Written
from domain.events import ServerBackedUp
from domain.refusals import ServerRunning, ServerStopped

_NOVAS: Final = {"os-start": "start", "os-stop": "stop", "reboot": "reboot"}


async def act_on_server(exchange: Exchange) -> Answer:
    """POST /v2.1/servers/{ref}/action: 202, with `Location` where an image was made.

    400, 403, 404, 409, 412, 422.
    """
    base = base_url(exchange)
    body, sha256 = await exchange.read_object()
    server_id = exchange.segment("ref").lower()
    read = read_action(body, server_id)
    try:
        written = await write(exchange, read, 202, sha256)
    except (ServerRunning, ServerStopped) as refusal:
        raise _in_novas_words(refusal, read, server_id) from refusal
    server = written.servers[0]
    headers = [log_position_header(written.position), etag(server.id, server.version)]
    image_id = _image_made(written)
    if image_id is not None:
        headers.append((b"location", f"{base}/image/v2/images/{image_id}".encode()))
    return Answer(202, headers=headers)


def _image_made(written: Written) -> str | None:
    """The image that an action made; None where it made none, or where none is to be kept."""
    ((_, record),) = written.records.items()
    event = record.event
    if isinstance(event, ServerBackedUp) and event.backup_id not in event.dropped:
        return event.backup_id
    return None


def _in_novas_words(
    refusal: ServerRunning | ServerStopped, read: Read, server_id: str
) -> ServerRunning | ServerStopped:
    state = "active" if isinstance(refusal, ServerRunning) else "stopped"
    action = _NOVAS.get(read.action or "", read.action)
    told = type(refusal)(f"Cannot '{action}' instance {server_id} while it is in vm_state {state}")
    told.position = refusal.position
    return told
