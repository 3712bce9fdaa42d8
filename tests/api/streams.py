"""Streams of events in this process: listened to and left as a client would, a line at a time."""

from __future__ import annotations

import asyncio
import json
import queue
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx2

from tests.api.asgi import scope_of
from tests.program import BOUND_S
from tests.support import SEED_A, Api


class Message(NamedTuple):
    """What came under an id: an event, or a bookmark, whose `data` is empty."""

    event: str
    id: int
    data: Any


class Reader:
    """Makes messages of a stream's lines, and takes none that the format does not have."""

    def __init__(self) -> None:
        self.comments: list[bytes] = []
        self._fields: dict[str, str] = {}

    def take(self, line: bytes) -> Message | None:
        """One line without its end; the message that it ends, if one."""
        name, _, value = line.partition(b":")
        if name:
            assert name.decode() not in self._fields, line
            self._fields[name.decode()] = value.removeprefix(b" ").decode()
        elif line:
            self.comments.append(line)
        elif self._fields:
            found, self._fields = self._fields, {}
            assert list(found) in (["id", "data"], ["event", "id", "data"]), found
            assert found.get("event", "bookmark") == "bookmark", found
            data = json.loads(found["data"])
            assert ("event" in found) == (data == {}), found
            return Message(found.get("event", "message"), int(found["id"]), data)
        return None


class Listener:
    """A client of a stream, `token` None without one. `raw` is what it was sent so far."""

    def __init__(
        self,
        api: Api,
        query: str = "",
        last: int | str | None = None,
        *,
        token: str | None = "",
        method: str = "GET",
        path: str = "/events",
    ) -> None:
        portal = api.client.portal
        assert portal is not None
        self.raw = b""
        self.whole = False  # whether the answer was ended as it ought to be
        self.reader = Reader()
        self._portal = portal
        self._gone = asyncio.Event()
        self._sent: queue.Queue[Any] = queue.Queue()
        self._messages: deque[Message] = deque()
        headers: dict[str, str | int | None] = {
            "accept": "text/event-stream",
            "x-auth-token": token if token is None else token or api.token,
            "last-event-id": last,
        }
        scope = scope_of(api, method, path.encode()) | {"query_string": query.encode()}
        scope["headers"] = [
            (name.encode(), str(value).encode("latin-1"))
            for name, value in headers.items()
            if value is not None
        ]
        self._answered = portal.start_task_soon(
            api.client.app,
            scope,
            self._receive,
            self._send,
        )
        self._answered.add_done_callback(lambda _: self._sent.put(None))
        start = self._sent.get(timeout=BOUND_S) or {"status": 0, "headers": ()}
        self.status: int = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}

    async def _receive(self) -> Any:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self._sent.put(message)

    def _take(self) -> bool:
        """Take in the next part; whether there is one, and may be more."""
        part = self._sent.get(timeout=BOUND_S)
        if part is None:
            return False
        assert not self.whole, "sent after the end"
        self.whole = not part.get("more_body", False)
        self.raw += part.get("body", b"")
        if self.status == 200:
            assert not part.get("body") or part["body"].endswith(b"\n\n"), "events in pieces"
            found = [self.reader.take(line) for line in part.get("body", b"").split(b"\n")[:-1]]
            self._messages.extend(message for message in found if message)
        return True

    def _next(self) -> Message:
        while not self._messages:
            assert self._take(), "the stream ended"
        return self._messages.popleft()

    def bookmark(self, position: int) -> None:
        """Wait until a bookmark tells of a position; no event may come before."""
        last = 0
        while last < position:
            event, last, _ = self._next()
            assert event == "bookmark"
        assert last == position

    def comments(self, count: int) -> None:
        """Wait for so many comments."""
        while len(self.reader.comments) < count:
            assert self._take(), "the stream ended"

    def take(self, count: int) -> list[Message]:
        """The next so many events, whatever bookmarks come between them."""
        found: list[Message] = []
        while len(found) < count:
            message = self._next()
            found += [message] if message.event == "message" else []
        return found

    def end(self) -> list[Message]:
        """The events up to the end, once the application has returned."""
        try:
            while self._take():
                pass
        finally:
            self.leave()
        self._answered.result(BOUND_S)
        return [message for message in self._messages if message.event == "message"]

    def leave(self) -> None:
        """Close the connection."""
        self._portal.call(self._gone.set)

    def answer(self) -> httpx2.Response:
        """The whole of an answer that is no stream."""
        if self.status == 200:
            self.leave()
        self.end()
        asked = httpx2.Request("GET", "http://testserver/events")
        return httpx2.Response(self.status, headers=self.headers, content=self.raw, request=asked)


@contextmanager
def listening(api: Api, *args: Any, **kwargs: Any) -> Iterator[Listener]:
    """A client that listens by now, and has left at the end."""
    listener = Listener(api, *args, **kwargs)
    try:
        assert listener.status == 200, listener.answer().text
        listener.comments(1)
        yield listener
    finally:
        listener.leave()
        listener._answered.result(BOUND_S)


def live_through(api: Api, organization: str, token: str, name: str) -> Mapping[str, Any]:
    """A server there that lives through all that is recorded of a server; its first state."""
    once = {"Idempotency-Key": name}
    body = SEED_A | {"name": name, "organization": organization}
    made = [api.post("/servers", body, token=token, headers=once) for _ in range(2)]
    server: dict[str, Any] = made[0].json()["server"]
    path = f"/servers/{server['id']}"
    api.put(path, {"tags": ["a"]}, token=token)
    for action in ("poweron", "poweron", "reboot", "backup", "restore", "poweroff", "resetsoft"):
        api.post(f"{path}/action", {"action": action}, token=token)
    api.patch(path, {"server": {"new_name": f"{name}2"}}, token=token)
    api.delete(path, token=token)
    api.post(f"{path}/revert", {"to_version": 1}, token=token)
    _store(api, organization, token)
    return server


def _store(api: Api, organization: str, token: str) -> None:
    """All that is recorded of a volume, and of a restore point that outlives it."""
    body = {"organization": organization, "name": "data", "size": 20}
    volume = api.post("/volumes", body, token=token).json()["volume"]["id"]
    for size in (30, 30):
        api.patch(f"/volumes/{volume}", {"size": size}, token=token)
    body = {"name": "before", "volume_id": volume}
    made = api.post("/snapshots", body, token=token).json()["snapshot"]["id"]
    api.delete(f"/volumes/{volume}", token=token)
    snapshots = api.get(f"/snapshots?organization={organization}", token=token).json()["snapshots"]
    assert made in {snapshot["id"] for snapshot in snapshots}
    for snapshot in snapshots:
        api.patch(f"/snapshots/{snapshot['id']}", {"name": "renamed"}, token=token)
        api.delete(f"/snapshots/{snapshot['id']}", token=token)
