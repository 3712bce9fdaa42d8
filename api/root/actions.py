"""Actions on a server at the root, and the tasks they become."""

from __future__ import annotations

import orjson

from api.history.servers import past_server
from api.http.answer import Answer, json_answer
from api.http.exchange import Exchange
from api.http.tasks import find_record, task
from api.http.writing import write
from api.root import rendering
from api.root.models import ACTIONS
from api.root.reading import read_action
from api.root.servers import show_server


async def list_actions(exchange: Exchange) -> Answer:
    """GET /servers/{ref}/action: 200; 400, 404, 409. Now, or as of a point."""
    past = await past_server(exchange)
    if past is not None:
        return await past.answer(exchange, orjson.dumps({"actions": ACTIONS}))
    await show_server(exchange)
    return json_answer(200, {"actions": ACTIONS})


async def act_on_server(exchange: Exchange) -> Answer:
    """POST /servers/{ref}/action: 202 with `Location`; 400, 403, 404, 409, 412, 422."""
    body, sha256 = await exchange.read_object()
    return rendering.acted(await write(exchange, read_action(body), 202, sha256))


async def get_task(exchange: Exchange) -> Answer:
    """GET /tasks/{id}: 200; 404."""
    return json_answer(200, {"task": task(*await find_record(exchange))})
