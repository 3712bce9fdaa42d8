"""Actions on a server in a zone, and the tasks they become."""

from __future__ import annotations

from typing import Any

from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.conditions import etag
from api.http.exchange import Exchange
from api.http.tasks import find_record, server_of, task
from api.http.writing import write
from api.scaleway.dialect import location_of, zone_of
from api.scaleway.reading import read_action
from api.scaleway.rendering import OFFERED
from api.scaleway.servers import show_instance
from domain.events import ServerBackedUp
from domain.records import Record
from domain.refusals import ServerUnreadable
from domain.registry import REGISTRY, UnreadableRecord
from projections.document import timestamp


async def list_instance_actions(exchange: Exchange) -> Answer:
    """GET servers/{ref}/action: 200, those of the state that it is in; 404."""
    shown = await show_instance(exchange)
    try:
        server = REGISTRY.decode_state(shown.document)
    except UnreadableRecord as error:
        raise ServerUnreadable(f"server {shown.id} cannot be read: {error}") from error
    headers = (UNSHARED, log_position_header(shown.position))
    return json_answer(200, {"actions": OFFERED[server.state]}, headers)


async def act_on_instance(exchange: Exchange) -> Answer:
    """POST servers/{ref}/action: 202 with `Location`; 400, 403, 404, 409, 412, 422."""
    body, sha256 = await exchange.read_object()
    written = await write(exchange, read_action(body), 202, sha256)
    ((position, record),) = written.records.items()
    server = written.servers[0]
    headers = [location_of(exchange, "tasks", record.id), log_position_header(written.position)]
    if not server.deleted:
        headers.append(etag(server.id, server.version))
    return json_answer(202, {"task": _shown(position, record, zone_of(exchange))}, headers)


async def get_instance_task(exchange: Exchange) -> Answer:
    """GET tasks/{id}: 200; 404."""
    position, record = await find_record(exchange)
    return json_answer(200, {"task": _shown(position, record, zone_of(exchange))})


def _shown(position: int, record: Record, zone: str) -> dict[str, Any]:
    event = record.event
    result = f"/servers/{server_of(record)}"
    if isinstance(event, ServerBackedUp):
        result = f"/images/{event.backup_id}"
    return {
        **task(position, record),
        "href_result": result,
        "started_at": timestamp(record.metadata.received_at),
        "terminated_at": timestamp(event.at),
        "zone": zone,
    }
