"""A request that was cut off takes no effect, even where what came reads as a whole one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.asgi import scope_of
from tests.support import SEED_A, Api

BODY = json.dumps(SEED_A).encode()


def post(api: Api, messages: list[dict[str, Any]]) -> int:
    """The status of a create whose body comes in these messages, as uvicorn hands them on."""
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    portal = api.client.portal
    assert portal is not None
    headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    portal.call(api.client.app, scope_of(api, "POST", b"/servers", headers), receive, send)
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize("parts", [[BODY], [BODY[:20], BODY[20:]], [BODY, b" "], [b""]])
def test_a_create_that_was_cut_off_makes_nothing_and_is_not_recorded(
    api: Api, parts: list[bytes]
) -> None:
    before = api.position
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    assert post(api, [*messages, {"type": "http.disconnect"}]) == 400
    assert api.position == before
    assert api.get("/servers").json() == {"servers": []}


def test_a_create_in_several_parts_is_made(api: Api) -> None:
    messages = [
        {"type": "http.request", "body": BODY[:20], "more_body": True},
        {"type": "http.request", "body": BODY[20:], "more_body": False},
    ]
    assert post(api, messages) == 201
    assert len(api.get("/servers").json()["servers"]) == 1
