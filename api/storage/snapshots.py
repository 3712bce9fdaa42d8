"""Snapshots: restore points that were made as such, or as backups."""

from __future__ import annotations

from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.exchange import Exchange
from api.http.paging import OWNER, read_page, scope_of
from api.http.writing import write
from api.storage import rendering
from api.storage.reading import delete_snapshot as deletion
from api.storage.reading import read_create_snapshot, read_update_snapshot
from domain.ports import Session
from domain.refusals import SnapshotUnknown
from projections.positions import log_position_of
from projections.restore_point_queries import (
    Wanted,
    count_restore_points,
    find_restore_point,
    page_restore_points,
)
from projections.restore_points import RestorePoint


async def create_snapshot(exchange: Exchange) -> Answer:
    """POST /snapshots: 201 with `Location`; 400, 403, 404, 412, 422."""
    body, sha256 = await exchange.read_object()
    written = await write(exchange, read_create_snapshot(body), 201, sha256)
    shown = rendering.snapshot(rendering.restore_point(written), rendering.zone_of(exchange))
    return rendering.made(exchange.target, written, "snapshot", shown)


async def list_snapshots(exchange: Exchange) -> Answer:
    """GET /snapshots: 200, by page; 400. Those of deleted servers and volumes too."""
    page = read_page(exchange, "/snapshots", *OWNER, "name", "base_volume_id", refused=("tags",))
    query = page.query
    wanted = Wanted(
        scope_of(exchange, query),
        "snapshot",
        query.get("name", str),
        query.get("base_volume_id", str),
    )
    query.check()
    zone = rendering.zone_of(exchange)

    def question(session: Session) -> Answer:
        found = page_restore_points(session, wanted, page.offset, page.per_page)
        shown = [rendering.snapshot(point, zone) for point in found]
        return page.answer(count_restore_points(session, wanted), log_position_of(session), shown)

    return await exchange.service.ask(question)


async def get_snapshot(exchange: Exchange) -> Answer:
    """GET /snapshots/{id}: 200; 400, 404."""
    ref = exchange.segment("id")

    def question(session: Session) -> tuple[RestorePoint | None, int]:
        found = find_restore_point(session, ref.lower(), exchange.caller.scope, "snapshot")
        return found, log_position_of(session)

    found, position = await exchange.service.ask(question)
    if found is None:
        raise SnapshotUnknown(f"no snapshot {ref!r}")
    shown = rendering.snapshot(found, rendering.zone_of(exchange))
    return json_answer(200, {"snapshot": shown}, (UNSHARED, log_position_header(position)))


async def update_snapshot(exchange: Exchange) -> Answer:
    """PATCH /snapshots/{id}: 200; 400, 403, 404, 412, 422."""
    body, sha256 = await exchange.read_object()
    read = read_update_snapshot(body, exchange.segment("id"))
    written = await write(exchange, read, 200, sha256)
    shown = rendering.snapshot(rendering.restore_point(written), rendering.zone_of(exchange))
    return rendering.changed(written, "snapshot", shown)


async def delete_snapshot(exchange: Exchange) -> Answer:
    """DELETE /snapshots/{id}: 204; 403, 404, 412, 422. A backup is no image any more either."""
    return rendering.removed(await write(exchange, deletion(exchange.segment("id")), 204))
