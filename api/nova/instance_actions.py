"""What was done to a server, as Nova tells it: from the log, after the server's end too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from api.history.reach import followed
from api.history.telling import Teller
from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.exchange import Exchange
from api.http.refusals import EventUnknown
from api.openstack.request_ids import is_hashed, likely_request_ids, shown_request_id
from api.openstack.times import to_microsecond
from domain.events import (
    ServerBackedUp,
    ServerCreated,
    ServerDeleted,
    ServerPoweredOff,
    ServerPoweredOn,
    ServerReset,
    ServerRestored,
    ServerReverted,
)
from domain.ports import Session
from domain.records import Record
from domain.refusals import ServerUnknown, ServerUnreadable
from domain.registry import UnreadableRecord
from projections.trail_queries import TrailFilter, list_trail

LISTED_MAX: Final = 1_000
SCANNED_MAX: Final = 2_000
"""How many of a server's last records are looked through for a request whose id was hashed."""
_PAGE: Final = 200


class Told(NamedTuple):
    """An action in Nova's words, and the event of the compute node that Nova tells with it."""

    action: str
    event: str | None


_TOLD: Final[dict[type, Told]] = {
    ServerCreated: Told("create", "compute__do_build_and_run_instance"),
    ServerPoweredOn: Told("start", "compute_start_instance"),
    ServerPoweredOff: Told("stop", "compute_stop_instance"),
    ServerReset: Told("reboot", "compute_reboot_instance"),
    ServerDeleted: Told("delete", "compute_terminate_instance"),
    ServerRestored: Told("restore", None),
    ServerReverted: Told("revert", None),
}
_UPDATED: Final = Told("update", None)
_IMAGE: Final = Told("createImage", "compute_snapshot_instance")
_BACKUP: Final = Told("createBackup", "compute_backup_instance")


async def list_instance_actions(exchange: Exchange) -> Answer:
    """GET /v2.1/servers/{ref}/os-instance-actions: 200, the newest first, a thousand; 404."""
    up_to = await followed(exchange)

    def question(session: Session) -> list[dict[str, Any]]:
        server_id = _server(exchange, session)
        found = []
        for record in _records(
            exchange, session, TrailFilter(exchange.caller.scope), server_id, up_to
        ):
            found.append(_action(server_id, record))
            if len(found) == LISTED_MAX:
                break
        return found

    actions = await exchange.service.read(question)
    at = (UNSHARED, log_position_header(up_to))
    return json_answer(200, {"instanceActions": actions}, at)


async def get_instance_action(exchange: Exchange) -> Answer:
    """GET /v2.1/servers/{ref}/os-instance-actions/{request_id}: 200; 404."""
    up_to, shown = await followed(exchange), exchange.segment("request_id")

    def question(session: Session) -> dict[str, Any] | None:
        server_id = _server(exchange, session)
        record = _find(exchange, session, server_id, shown, up_to)
        if record is None:
            return None
        return _action(server_id, record) | {"events": _events(record)}

    action = await exchange.service.read(question)
    if action is None:
        raise EventUnknown(f"Action for request_id {shown[:80]} not found")
    at = (UNSHARED, log_position_header(up_to))
    return json_answer(200, {"instanceAction": action}, at)


def _server(exchange: Exchange, session: Session) -> str:
    """The id of the path, if there is or was such a server. Raises `ServerUnknown`."""
    ref, servers, scope = exchange.segment("ref"), exchange.service.servers, exchange.caller.scope
    server_id = ref.lower()
    try:
        if servers.get_state(session, server_id, scope):
            return server_id
        if servers.get_ended(session, server_id, scope):
            return server_id
    except UnreadableRecord as error:
        raise ServerUnreadable(f"server {server_id} cannot be read: {error}") from error
    raise ServerUnknown(f"Instance {ref[:255]} could not be found.")


def _find(
    exchange: Exchange, session: Session, server_id: str, shown: str, up_to: int
) -> Record | None:
    """The newest of a request: by its id; failing that, by how the last ones' ids are shown."""
    scope = exchange.caller.scope
    for request_id in likely_request_ids(shown):
        asked = TrailFilter(scope, (("request_id", request_id),))
        for record in _records(exchange, session, asked, server_id, up_to):
            return record
    if not is_hashed(shown):
        return None
    scanned = _records(exchange, session, TrailFilter(scope), server_id, up_to)
    for record in islice(scanned, SCANNED_MAX):
        if shown_request_id(record.metadata.request_id) == shown:
            return record
    return None


def _records(
    exchange: Exchange, session: Session, asked: TrailFilter, server_id: str, up_to: int
) -> Iterator[Record]:
    """The records that changed a server, the newest first."""
    teller = Teller(exchange.service, session)
    equal = (("server_id", server_id), *asked.equal)
    filter_ = TrailFilter(asked.scope, equal, servers_alone=True)
    before = up_to + 1
    while True:
        found = list_trail(session, filter_, before, up_to, _PAGE, newest_first=True)
        for position in found:
            yield teller.read(position)
        if len(found) < _PAGE:
            return
        before = found[-1]


def _told(record: Record) -> Told:
    event = record.event
    if isinstance(event, ServerBackedUp):
        if event.series is not None:
            return _BACKUP
        return _IMAGE if event.kind == "image" else Told("backup", None)
    return _TOLD.get(type(event), _UPDATED)


def _action(server_id: str, record: Record) -> dict[str, Any]:
    asked = record.metadata
    return {
        "action": _told(record).action,
        "instance_uuid": server_id,
        "request_id": shown_request_id(asked.request_id),
        "user_id": asked.principal_id,
        "project_id": asked.organization,
        "start_time": to_microsecond(asked.received_at),
        "message": None,
    }


def _events(record: Record) -> list[dict[str, Any]]:
    event = _told(record).event
    if event is None:
        return []
    return [
        {
            "event": event,
            "start_time": to_microsecond(record.metadata.received_at),
            "finish_time": to_microsecond(record.event.at),
            "result": "Success",
            "traceback": None,
        }
    ]
