"""What requests leave for the garbage collector, whose runs every caller waits for: nothing."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from api.http.middleware import Exchanges
from domain.commands import CreateServers
from domain.events import ServerCreated
from domain.records import Metadata, Record
from domain.server import Server
from tests.support import ADMIN_TOKEN, SEED_A, Api

PATHS = ("/servers/my_server", "/servers?limit=1", "/servers", "/servers/nobody", "/nowhere")


@pytest.mark.parametrize("path", PATHS)
def test_a_request_goes_with_its_answer(api: Api, path: str) -> None:
    api.create()
    app = api.client.app
    assert isinstance(app, Exchanges)
    route, _, query = path.partition("?")

    async def nothing() -> Any:
        return {"type": "http.request", "body": b""}

    async def forget(message: Any) -> None:
        pass

    def scope() -> dict[str, Any]:
        return {
            "type": "http",
            "method": "GET",
            "path": route,
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "headers": [(b"x-auth-token", ADMIN_TOKEN.encode())],
        }

    async def ask(times: int) -> int:
        gc.collect()
        gc.disable()
        try:
            for _ in range(times):
                await app(scope(), nothing, forget)
            return gc.collect()
        finally:
            gc.enable()

    asyncio.run(ask(1))  # what is made once and kept
    assert asyncio.run(ask(20)) < 20


@pytest.mark.parametrize("kind", [CreateServers, ServerCreated, Metadata, Record, Server])
def test_values_are_not_for_the_collector_to_look_at(kind: type[Any]) -> None:
    assert kind.__struct_config__.gc is False


def test_states_at_rest_are_not_either(api: Api) -> None:
    server = api.post("/servers", SEED_A).json()["server"]
    state = api.service.store.writer._resources.cache.get(server["id"])
    assert state is not None
    assert not gc.is_tracked(state)
