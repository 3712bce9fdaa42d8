"""Bringing a server, a deleted one too, back to what it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.http.answer import UNSHARED, Answer, json_answer
from api.http.exchange import Exchange
from api.http.validation import validated
from api.http.writing import Read, preview, write
from api.root import rendering
from api.root.models import RevertServer
from domain import commands
from projections.differences import compare, patch, shown
from projections.document import document


async def revert_server(exchange: Exchange) -> Answer:
    """POST /servers/{ref}/revert: 200, or what it would change; 400, 403, 404, 409, 412, 422."""
    body, sha256 = await exchange.read_object()
    read, dry_run = _read(body)
    if not dry_run:
        return rendering.updated(await write(exchange, read, 200, sha256))
    before, after = await preview(exchange, read)
    now, then = shown(before), document(after)
    found = compare(now, then)
    told = {"dry_run": True, "server": then, "patch": patch(now, found), "changes": found}
    return json_answer(200, told, (UNSHARED,))


def _read(body: Mapping[str, Any]) -> tuple[Read, bool]:
    """A revert to a version or a position, and whether it is only asked what it would do."""
    name = "revert_server"
    asked, problems = validated(RevertServer, body)
    if asked is None:
        return Read(name, problems=problems), body.get("dry_run") is True
    version, position = asked.to_version, asked.to_position
    if (version is None) == (position is None):
        one = ("give a version or a position, one of them",)
        problems = {"to_version": one, "to_position": one}
        return Read(name, problems=problems), asked.dry_run
    return Read(
        name, commands.RevertServer(to_version=version, to_position=position)
    ), asked.dry_run
