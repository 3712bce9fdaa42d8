"""What the connection makes of an application's messages: the bytes, and how many writes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from api.http.cycle import Cycle

LOGGER = logging.getLogger("test")


class Transport:
    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def writelines(self, parts: Sequence[bytes]) -> None:
        self.writes.append(b"".join(parts))

    def close(self) -> None:
        self.closed = True


class Flow:
    write_paused = False


def start(status: int, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}


def length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % size


def sent(
    *messages: dict[str, Any], method: str = "GET", keep_alive: bool = True
) -> tuple[Transport, list[str]]:
    """What was written for these messages, and how often the answer was said to be complete."""
    transport, completed = Transport(), list[str]()

    async def send() -> None:
        cycle = Cycle(
            scope={"method": method},  # type: ignore[typeddict-item]  # as far as it is looked at
            transport=transport,  # type: ignore[arg-type]
            flow=Flow(),  # type: ignore[arg-type]
            logger=LOGGER,
            access_logger=LOGGER,
            access_log=False,
            default_headers=[(b"x-default", b"1")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=lambda: completed.append("once"),
        )
        for message in messages:
            await cycle.send(message)

    asyncio.run(send())
    return transport, completed


def test_an_answer_is_one_write() -> None:
    transport, completed = sent(start(200, length(2)), body(b"ab"))
    assert transport.writes == [b"HTTP/1.1 200 OK\r\nx-default: 1\r\ncontent-length: 2\r\n\r\nab"]
    assert completed == ["once"]
    assert not transport.closed


def test_a_head_waits_for_the_body() -> None:
    transport, completed = sent(start(200, length(2)))
    assert (transport.writes, completed) == ([], [])


def test_a_body_of_unknown_length_goes_in_chunks_the_first_with_the_head() -> None:
    transport, completed = sent(
        start(200), body(b"abc", more=True), body(b"", more=True), body(b"d")
    )
    assert transport.writes == [
        b"HTTP/1.1 200 OK\r\nx-default: 1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"",
        b"1\r\nd\r\n0\r\n\r\n",
    ]
    assert completed == ["once"]


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_is_not_in_chunks(status: int) -> None:
    transport, _ = sent(start(status), body(b""))
    assert b"transfer-encoding" not in transport.writes[0]


def test_head_is_told_the_length_and_sent_nothing() -> None:
    transport, completed = sent(start(200, length(2)), body(b"ab"), method="HEAD")
    assert transport.writes == [b"HTTP/1.1 200 OK\r\nx-default: 1\r\ncontent-length: 2\r\n\r\n"]
    assert completed == ["once"]


@pytest.mark.parametrize("asked", [[], [(b"connection", b"close")]])
def test_a_connection_that_is_not_kept_is_said_to_close_once(
    asked: list[tuple[bytes, bytes]],
) -> None:
    transport, _ = sent(start(200, length(0), *asked), body(b""), keep_alive=bool(asked))
    assert transport.writes[0].count(b"connection: close\r\n") == 1
    assert transport.closed


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb"])
@pytest.mark.parametrize("place", ["name", "value"])
def test_a_line_break_in_a_header_is_never_sent(place: str, value: bytes) -> None:
    header = (value, b"x") if place == "name" else (b"x", value)
    with pytest.raises(RuntimeError, match="line break"):
        sent(start(200, length(0), header), body(b""))


@pytest.mark.parametrize("content", [b"a", b"abc"])
def test_a_body_of_another_length_than_announced_is_a_mistake(content: bytes) -> None:
    with pytest.raises(RuntimeError, match="Content-Length"):
        sent(start(200, length(2)), body(content))


@pytest.mark.parametrize(
    "messages",
    [
        [body(b"")],
        [start(200, length(0)), start(200, length(0))],
        [start(200, length(0)), body(b""), body(b"")],
    ],
)
def test_a_message_out_of_its_turn_is_a_mistake(messages: list[dict[str, Any]]) -> None:
    with pytest.raises(RuntimeError, match="out of its turn"):
        sent(*messages)
