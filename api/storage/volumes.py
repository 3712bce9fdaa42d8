"""Volumes: made by themselves, listed with those of servers, changed and removed."""

from __future__ import annotations

from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.exchange import Exchange
from api.http.paging import OWNER, read_page, scope_of
from api.http.writing import write
from api.storage import rendering
from api.storage.reading import delete_volume as deletion
from api.storage.reading import read_create_volume, read_update_volume
from domain.ports import Session
from domain.refusals import VolumeUnknown
from projections.positions import log_position_of
from projections.volume_queries import VolumesWanted, count_volumes, find_volume
from projections.volume_queries import list_volumes as find_volumes
from projections.volumes import ShownVolume


async def create_volume(exchange: Exchange) -> Answer:
    """POST /volumes: 201 with `Location`; 400, 403, 404, 409, 412, 422."""
    body, sha256 = await exchange.read_object()
    read = read_create_volume(body, exchange.caller.organization)
    written = await write(exchange, read, 201, sha256)
    shown = rendering.volume(rendering.volume_left(written, ""), rendering.zone_of(exchange))
    return rendering.made(exchange.target, written, "volume", shown)


async def list_volumes(exchange: Exchange) -> Answer:
    """GET /volumes: 200, by page; 400. Those of servers, and those that no server has."""
    page = read_page(exchange, "/volumes", *OWNER, "name", refused=("tags", "volume_type"))
    wanted = VolumesWanted(scope_of(exchange, page.query), page.query.get("name", str) or None)
    page.query.check()
    zone = rendering.zone_of(exchange)

    def question(session: Session) -> Answer:
        found = find_volumes(session, wanted, page.offset, page.per_page)
        shown = [rendering.volume(each, zone) for each in found]
        return page.answer(count_volumes(session, wanted), log_position_of(session), shown)

    return await exchange.service.read(question)  # each volume is looked for at every server


async def get_volume(exchange: Exchange) -> Answer:
    """GET /volumes/{id}: 200; 400, 404."""
    ref = exchange.segment("id")

    def question(session: Session) -> tuple[ShownVolume | None, int]:
        scope = exchange.caller.scope
        found = find_volume(session, ref, scope)
        return found, log_position_of(session)

    found, position = await exchange.service.ask(question)
    if found is None:
        raise VolumeUnknown(f"no volume {ref!r}")
    shown = rendering.volume(found, rendering.zone_of(exchange))
    return json_answer(200, {"volume": shown}, (UNSHARED, log_position_header(position)))


async def update_volume(exchange: Exchange) -> Answer:
    """PATCH /volumes/{id}: 200; 400, 403, 404, 409, 412, 422."""
    body, sha256 = await exchange.read_object()
    ref = exchange.segment("id")
    written = await write(exchange, read_update_volume(body, ref), 200, sha256)
    left = rendering.volume_left(written, ref)
    return rendering.changed(written, "volume", rendering.volume(left, rendering.zone_of(exchange)))


async def delete_volume(exchange: Exchange) -> Answer:
    """DELETE /volumes/{id}: 204; 403, 404, 409, 412, 422. One that a server has stays: 409."""
    return rendering.removed(await write(exchange, deletion(exchange.segment("id")), 204))
