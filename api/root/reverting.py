"""Bringing a server, a deleted one too, back to what it was."""

from __future__ import annotations

from api.http.answer import UNSHARED, Answer, json_answer
from api.http.exchange import Exchange
from api.root import rendering
from api.root.reading import read_revert
from api.root.writing import preview, write
from projections.differences import compare, patch, shown
from projections.document import document


async def revert_server(exchange: Exchange) -> Answer:
    """POST /servers/{ref}/revert: 200, or what it would change; 400, 403, 404, 409, 412, 422."""
    body, sha256 = await exchange.read_object()
    read, dry_run = read_revert(body)
    if not dry_run:
        return rendering.updated(await write(exchange, read, 200, sha256))
    before, after = await preview(exchange, read)
    now, then = shown(before), document(after)
    found = compare(now, then)
    told = {"dry_run": True, "server": then, "patch": patch(now, found), "changes": found}
    return json_answer(200, told, (UNSHARED,))
