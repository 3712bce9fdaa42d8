"""The whole list without paging, streamed in chunks: valid JSON, in order, of one snapshot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.http.cycle import CUT
from api.root import streaming
from projections.server_queries import CHUNK_ROWS
from tests.api.asgi import scope_of
from tests.api.expecting import problem
from tests.api.test_list_pages import fill, names
from tests.databases import disk_error
from tests.support import ELSEWHERE, Api, running


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Api]:
    """More servers than two chunks hold. A list without end would be cut before memory is full."""
    with running(tmp_path, stream_deadline_s=5.0) as api:
        for batch in range(2 * CHUNK_ROWS // 100 + 1):
            fill(api, 100, f"b{batch}")
        yield api


def test_a_list_of_many_chunks_is_valid_json_in_order(many: Api) -> None:
    answer = many.get("/servers")
    made = [f"b{batch}-{n}" for batch in range(11) for n in range(1, 101)]
    assert names(answer) == made
    assert list(json.loads(answer.content)) == ["servers"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-log-position"] == str(many.position)
    assert "content-length" not in answer.headers


def test_a_streamed_list_comes_in_several_parts(many: Api) -> None:
    with many.client.stream("GET", "/servers", headers={"X-Auth-Token": many.token}) as answer:
        parts = list(answer.iter_raw())
    assert b"".join(parts).startswith(b'{"servers":[')
    assert len(json.loads(b"".join(parts))["servers"]) == 2 * CHUNK_ROWS + 100


def test_filters_hold_for_a_streamed_list(many: Api) -> None:
    many.create("elsewhere", organization=ELSEWHERE)
    token = many.issue("reader", ELSEWHERE)
    assert names(many.get("/servers", token=token)) == ["elsewhere"]
    assert len(names(many.get("/servers?state=stopped"))) == 2 * CHUNK_ROWS + 101
    assert names(many.get("/servers?state=running")) == []


@pytest.mark.parametrize("count", [CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1])
def test_a_list_about_a_chunk_long_is_whole(api: Api, count: int) -> None:
    for batch in range(count // 100):
        fill(api, 100, f"b{batch}")
    for n in range(count % 100):
        api.create(f"s{n}")
    assert len(set(names(api.get("/servers")))) == count


def test_head_of_a_streamed_list_has_no_body(many: Api) -> None:
    answer = many.request("HEAD", "/servers")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-log-position"] == str(many.position)


def test_a_reader_that_stalls_is_cut_at_the_deadline(tmp_path: Path) -> None:
    with running(tmp_path, stream_deadline_s=0.1) as api:
        for batch in range(6):
            fill(api, 100, f"b{batch}")
        sent = stalling(api)
        assert [message["type"] for message in sent] == [
            "http.response.start",
            "http.response.body",
            CUT,
        ]
        assert sent[1]["more_body"] is True
        assert len(names(api.get("/servers?limit=1000"))) == 600


def test_a_list_that_cannot_be_begun_in_time_is_unavailable(tmp_path: Path) -> None:
    with running(tmp_path, stream_deadline_s=0.1) as api:
        for batch in range(6):
            fill(api, 100, f"b{batch}")
        api.service.streams = asyncio.Semaphore(0)  # as many as may be are under way
        assert problem(api.get("/servers"), 503, "store.unavailable")["detail"] == (
            "the list could not be begun in time; try again"
        )


def test_a_store_that_cannot_be_read_from_the_first_chunk_on_is_unavailable(
    many: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Iterator[Any]:
        raise disk_error()
        yield

    monkeypatch.setattr(streaming, "chunks", failing)
    problem(many.get("/servers"), 503, "store.unavailable")


def stalling(api: Api) -> list[Any]:
    """What a reader gets of the list that takes in nothing after the first part."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    portal = api.client.portal
    assert portal is not None
    portal.call(api.client.app, scope_of(api, "GET", b"/servers"), receive, send)
    return sent
