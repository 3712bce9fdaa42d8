"""The connection under hostile bytes: a real server on a free port, raw sockets.

No test measures time. A socket's own timeout only bounds a failure, and short limits are given
where a deadline is to be met.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import pytest
from uvicorn import Config, Server
from uvicorn.server import ServerState

from api.http.heads import ConnectionLimits
from api.http.protocol import make_protocol

BOUND_S = 20.0
SHORT = ConnectionLimits(read_deadline_s=0.2)
SMALL = ConnectionLimits(head_max_bytes=2048, header_count_max=20)

HEAD_CASES = {
    "content-length beside transfer-encoding": (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "transfer-encoding beside content-length": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Length: 4\r\n\r\n0\r\n\r\n"
    ),
    "equal content-lengths twice": (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"
    ),
    "conflicting content-lengths": (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n"
    ),
    "a list as content-length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0, 0\r\n\r\n",
    "a signed content-length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +0\r\n\r\n",
    "a negative content-length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
    "a hexadecimal content-length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x0\r\n\r\n",
    "an empty content-length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n",
    "an overflowing content-length": (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n"
    ),
    "space before the colon": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 0\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n folded\r\n\r\n",
    "space before the first header": b"GET / HTTP/1.1\r\n Host: h\r\n\r\n",
    "bare LF throughout": b"GET / HTTP/1.1\nHost: h\n\n",
    "bare LF in a header": b"GET / HTTP/1.1\r\nHost: h\nX-A: 1\r\n\r\n",
    "bare CR in a header": b"GET / HTTP/1.1\r\nHost: h\rX-A: 1\r\n\r\n",
    "bare LF after the head": b"GET / HTTP/1.1\r\nHost: h\r\n\n",
    "transfer-encoding xchunked": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"
    ),
    "transfer-encoding identity": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    ),
    "transfer-encoding gzip, chunked": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
    ),
    "transfer-encoding chunked, gzip": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"
    ),
    "transfer-encoding chunked twice": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "transfer-encoding with a tab": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n"
    ),
    "transfer-encoding with a vertical tab": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"
    ),
    "an empty transfer-encoding": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n"
    ),
    "a chunked body in HTTP/1.0": (
        b"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
    "two hosts in HTTP/1.0": b"GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n",
    "CONNECT": b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
    "an absolute target": b"GET http://h/servers HTTP/1.1\r\nHost: h\r\n\r\n",
    "an authority as target": b"GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n",
    "an asterisk as target": b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
    "a fragment in the target": b"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
    "bytes beyond ASCII in the target": b"GET /\xff\xfe HTTP/1.1\r\nHost: h\r\n\r\n",
    "a control character in the target": b"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: h\r\nX-A: a\x00b\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost: h\r\nabc\r\n\r\n",
    "an unknown method": b"FOO / HTTP/1.1\r\nHost: h\r\n\r\n",
    "a method in lower case": b"get / HTTP/1.1\r\nHost: h\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\nHost: h\r\n\r\n",
    "HTTP/2.0": b"GET / HTTP/2.0\r\nHost: h\r\n\r\n",
    "the HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}

BODY_CASES = {
    "no hexadecimal size": b"xyz\r\n",
    "a prefixed size": b"0x1\r\na\r\n0\r\n\r\n",
    "a negative size": b"-1\r\na\r\n0\r\n\r\n",
    "an overflowing size": b"fffffffffffffffff\r\na\r\n0\r\n\r\n",
    "bare LF after the size": b"1\na\r\n0\r\n\r\n",
    "bytes past the size": b"1\r\nabc\r\n0\r\n\r\n",
    "LF in a quoted extension": b'1;a="\n"\r\na\r\n0\r\n\r\n',
    "content-length as a trailer": b"1\r\na\r\n0\r\nContent-Length: 4\r\n\r\n",
}

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + BOUND_S
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


@dataclass
class App:
    """Tells what it was asked, and remembers it; `/gate` answers once `open_gate` was called.

    `/held` begins its answer before it reads, and sends none of it.
    """

    paths: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None
    disconnects: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.loop = asyncio.get_running_loop()
        path = scope["raw_path"].decode()
        self.paths.append(path)
        if path == "/gate":
            await self.gate.wait()
        if path == "/held":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await self.gate.wait()
        body, more = b"", path != "/early"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.disconnects += 1
                return
            body += message["body"]
            more = message["more_body"]
        told = {
            "method": scope["method"],
            "path": path,
            "query": scope["query_string"].decode(),
            "version": scope["http_version"],
            "headers": [
                [name.decode(), value.decode("latin-1")] for name, value in scope["headers"]
            ],
            "body": body.decode("latin-1"),
        }
        content = json.dumps(told).encode()
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def open_gate(self) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.gate.set)

    def wait_for(self, path: str) -> None:
        wait_until(lambda: path in self.paths)

    def wait_for_disconnect(self) -> None:
        wait_until(lambda: self.disconnects == 1)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


class Client:
    """A socket and the answers that came on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=BOUND_S)
        self.file = self.socket.makefile("rb")

    def send(self, raw: bytes) -> "Client":
        self.socket.sendall(raw)
        return self

    def answer(self) -> Answer:
        status_line = self.file.readline()
        assert status_line, "closed without an answer"
        headers = {}
        while (line := self.file.readline()) != b"\r\n":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        status = int(status_line.split()[1])
        body = self.file.read(int(headers["content-length"])) if status != 100 else b"null"
        return Answer(status, headers, json.loads(body))

    def ended(self) -> bool:
        return self.file.read() == b""

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@dataclass
class Service:
    app: App
    port: int
    clients: list[Client] = field(default_factory=list)

    def connect(self, raw: bytes = b"") -> Client:
        client = Client(self.port)
        self.clients.append(client)
        return client.send(raw)


LoopName = Literal["uvloop", "asyncio"]


@contextmanager
def serving(
    limits: ConnectionLimits, loop: LoopName = "uvloop", timeout_keep_alive: int = 60
) -> Iterator[Service]:
    app = App()
    config = Config(
        app,
        http=make_protocol(limits),
        loop=loop,
        lifespan="off",
        log_config=None,
        timeout_keep_alive=timeout_keep_alive,
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    service = Service(app, listener.getsockname()[1])
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield service
    finally:
        for client in service.clients:
            client.close()
        server.should_exit = True
        thread.join(BOUND_S)
        assert not thread.is_alive()


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def shared(request: pytest.FixtureRequest) -> Iterator[Service]:
    with serving(SMALL, request.param) as service:
        yield service


@pytest.fixture
def service(shared: Service) -> Iterator[Service]:
    """One server for many tests, its memory emptied for each."""
    shared.app.paths.clear()
    shared.app.gate.clear()
    shared.app.disconnects = 0
    yield shared
    for client in shared.clients:
        client.close()
    shared.clients.clear()


@pytest.fixture
def hasty() -> Iterator[Service]:
    with serving(SHORT) as service:
        yield service


def get(path: bytes = b"/", *headers: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: h\r\n%b\r\n" % (path, b"".join(h + b"\r\n" for h in headers))


def post(path: bytes, body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(h + b"\r\n" for h in headers)
    length = b"Content-Length: %d\r\n" % len(body)
    return b"POST %b HTTP/1.1\r\nHost: h\r\n%b%b\r\n%b" % (path, length, lines, body)


def chunked(path: bytes, framed: bytes) -> bytes:
    return (b"POST %b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" % path) + framed


def assert_refused(client: Client, status: int, code: str) -> Answer:
    """The last answer of the connection is the problem, whole and in the contract's form."""
    answer = client.answer()
    problem = answer.body
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert problem["type"] == ("api_error" if status == 503 else "invalid_request_error")
    assert problem.keys() == {
        "type",
        "title",
        "status",
        "detail",
        "message",
        "code",
        "request_id",
    }
    assert all(problem.values())
    assert UUID(problem["request_id"]).version == 7
    assert answer.headers["x-request-id"] == problem["request_id"]
    assert client.ended()
    return answer


# Well-formed requests


def test_a_request_is_answered_and_the_connection_kept(service: Service) -> None:
    client = service.connect()
    for number in range(3):
        body = b"x" * number
        answer = client.send(post(b"/a%2Fb?q=1", body)).answer()
        assert answer.status == 200
        assert answer.body["path"] == "/a%2Fb"
        assert answer.body["query"] == "q=1"
        assert answer.body["body"] == body.decode()


def test_http_1_0_needs_no_host_and_closes(service: Service) -> None:
    client = service.connect(b"GET /old HTTP/1.0\r\n\r\n")
    assert client.answer().body["version"] == "1.0"
    assert client.ended()


def test_a_request_arriving_byte_by_byte_is_one_request(service: Service) -> None:
    client = service.connect()
    for byte in post(b"/slow", b"abc", b"X-A: 1"):
        client.send(bytes([byte]))
    assert client.answer().body["body"] == "abc"
    assert service.app.paths == ["/slow"]


def test_blank_lines_before_a_request_are_ignored(service: Service) -> None:
    assert service.connect(b"\r\n\r\n" + get()).answer().status == 200


def test_a_target_with_two_slashes_is_passed_as_sent(service: Service) -> None:
    assert service.connect(get(b"//servers/x")).answer().body["path"] == "//servers/x"


def test_a_chunked_body_is_joined_and_its_trailers_are_dropped(service: Service) -> None:
    framed = b"3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Auth-Token: forged\r\n\r\n"
    client = service.connect(chunked(b"/", framed))
    told = client.answer().body
    assert told["body"] == "abcde"
    assert told["headers"] == [["host", "h"], ["transfer-encoding", "chunked"]]
    assert client.send(get()).answer().status == 200


def test_pipelined_requests_are_answered_in_order(service: Service) -> None:
    client = service.connect(
        get(b"/gate") + post(b"/2", b"two") + get(b"/3") + chunked(b"/4", b"1\r\n4\r\n0\r\n\r\n")
    )
    service.app.wait_for("/gate")
    service.app.open_gate()
    told = [client.answer().body for _ in range(4)]
    assert [(one["path"], one["body"]) for one in told] == [
        ("/gate", ""),
        ("/2", "two"),
        ("/3", ""),
        ("/4", "4"),
    ]


def test_expect_100_continue_is_told_to_go_on(service: Service) -> None:
    client = service.connect(
        b"POST /large HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    )
    assert client.answer().status == 100
    assert client.send(b"abc").answer().body["body"] == "abc"


def test_an_answer_before_the_body_leaves_the_connection_usable(service: Service) -> None:
    body = b"z" * 1_000_000
    client = service.connect(post(b"/early", body)[:-1])
    assert client.answer().body["path"] == "/early"
    client.send(body[-1:] + get(b"/next"))
    assert client.answer().body["path"] == "/next"


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_an_upgrade_is_declined_by_an_ordinary_answer(service: Service, protocol: bytes) -> None:
    upgrade = (b"Connection: Upgrade", b"Upgrade: " + protocol, b"Sec-WebSocket-Key: a")
    client = service.connect(get(b"/1", *upgrade) + get(b"/2", *upgrade) + get(b"/3"))
    told = [client.answer().body for _ in range(3)]
    assert [one["path"] for one in told] == ["/1", "/2", "/3"]
    assert ["connection", "Upgrade"] in told[0]["headers"]
    assert client.send(get(b"/4", *upgrade)).answer().body["path"] == "/4"


@pytest.mark.parametrize("pieces", [1, 2])
def test_the_body_after_an_upgrade_is_a_body_and_not_a_request(
    service: Service, pieces: int
) -> None:
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: a")
    whole = post(b"/up", SMUGGLED, *upgrade)
    client = service.connect()
    if pieces == 2:
        client.send(whole[: -len(SMUGGLED)])
        service.app.wait_for("/up")
        client.send(SMUGGLED)
    else:
        client.send(whole)
    assert client.answer().body["body"] == SMUGGLED.decode()
    assert client.send(get(b"/next")).answer().body["path"] == "/next"
    assert service.app.paths == ["/up", "/next"]


def test_thousands_of_pipelined_upgrades_do_not_recurse(service: Service) -> None:
    count = 3000
    client = service.connect()
    sender = threading.Thread(
        target=client.send, args=(get(b"/", b"Connection: Upgrade", b"Upgrade: h2c") * count,)
    )
    sender.start()
    assert all(client.answer().status == 200 for _ in range(count))
    sender.join()


# Malformed requests


@pytest.mark.parametrize("raw", HEAD_CASES.values(), ids=HEAD_CASES.keys())
def test_a_malformed_head_is_refused_and_its_tail_not_answered(
    service: Service, raw: bytes
) -> None:
    assert_refused(service.connect(raw + SMUGGLED), 400, "http.malformed")
    assert service.app.paths == []


@pytest.mark.parametrize("raw", HEAD_CASES.values(), ids=HEAD_CASES.keys())
def test_a_malformed_head_does_not_disturb_the_answer_before_it(
    service: Service, raw: bytes
) -> None:
    client = service.connect(get(b"/gate") + raw + SMUGGLED)
    service.app.wait_for("/gate")
    service.app.open_gate()
    assert client.answer().body["path"] == "/gate"
    assert_refused(client, 400, "http.malformed")
    assert service.app.paths == ["/gate"]


@pytest.mark.parametrize("framed", BODY_CASES.values(), ids=BODY_CASES.keys())
def test_a_malformed_body_is_refused_and_its_tail_not_answered(
    service: Service, framed: bytes
) -> None:
    assert_refused(service.connect(chunked(b"/", framed) + SMUGGLED), 400, "http.malformed")
    assert service.app.paths == []


@pytest.mark.parametrize("framed", BODY_CASES.values(), ids=BODY_CASES.keys())
def test_a_malformed_body_in_the_pipeline_waits_for_the_answer_before_it(
    service: Service, framed: bytes
) -> None:
    client = service.connect(get(b"/gate") + chunked(b"/2", framed) + SMUGGLED)
    service.app.wait_for("/gate")
    service.app.open_gate()
    assert client.answer().body["path"] == "/gate"
    assert_refused(client, 400, "http.malformed")
    assert service.app.paths == ["/gate"]


def test_a_body_that_breaks_later_is_a_disconnect_to_the_application(service: Service) -> None:
    client = service.connect(chunked(b"/", b"1\r\na\r\n"))
    service.app.wait_for("/")
    assert_refused(client.send(b"broken"), 400, "http.malformed")
    service.app.wait_for_disconnect()


def test_a_body_that_breaks_after_its_answer_only_closes(service: Service) -> None:
    client = service.connect(chunked(b"/early", b""))
    assert client.answer().body["path"] == "/early"
    assert client.send(b"broken" + SMUGGLED).ended()
    assert service.app.paths == ["/early"]


def test_a_body_that_breaks_while_the_head_waits_for_its_body_is_refused(
    service: Service,
) -> None:
    client = service.connect(chunked(b"/held", b""))
    service.app.wait_for("/held")
    assert_refused(client.send(b"broken"), 400, "http.malformed")


def test_one_of_several_expectations_is_enough(service: Service) -> None:
    client = service.connect(
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
        b"Expect: 100-continue\r\nExpect: more\r\n\r\n"
    )
    assert client.answer().status == 100
    assert client.send(b"a").answer().body["body"] == "a"


def test_a_refusal_on_a_kept_connection_follows_its_answers(service: Service) -> None:
    client = service.connect(get())
    assert client.answer().status == 200
    assert_refused(client.send(b"FOO / HTTP/1.1\r\n\r\n"), 400, "http.malformed")


def test_a_failing_refusal_of_one_client_leaves_the_others_served(service: Service) -> None:
    other = service.connect(get())
    assert other.answer().status == 200
    assert_refused(service.connect(b"\x00" * 10), 400, "http.malformed")
    assert other.send(get()).answer().status == 200


# Limits


def test_a_head_of_exactly_the_limit_passes_and_one_more_byte_does_not(service: Service) -> None:
    room = SMALL.head_max_bytes - len(get(b"/", b"X: "))
    assert service.connect(get(b"/", b"X: " + b"a" * room)).answer().status == 200
    refused = service.connect(get(b"/", b"X: " + b"a" * (room + 1)))
    assert_refused(refused, 431, "http.head_too_large")


def test_a_target_is_as_long_as_the_limit_of_the_head_lets_it_be() -> None:
    with serving(ConnectionLimits(head_max_bytes=200_000)) as service:
        assert service.connect(get(b"/" + b"a" * 70_000)).answer().status == 200
        assert service.app.paths == ["/" + "a" * 70_000]


def test_as_many_headers_as_the_limit_pass_and_one_more_does_not(service: Service) -> None:
    room = SMALL.header_count_max - 1
    assert service.connect(get(b"/", *[b"X: 1"] * room)).answer().status == 200
    refused = service.connect(get(b"/", *[b"X: 1"] * (room + 1)))
    assert_refused(refused, 431, "http.head_too_large")


def test_a_large_head_behind_another_request_is_measured_alone(service: Service) -> None:
    fits = get(b"/fits", b"X: " + b"a" * 1500)
    client = service.connect(fits * 3)
    assert [client.answer().body["path"] for _ in range(3)] == ["/fits"] * 3
    client.send(fits + get(b"/too-large", b"X: " + b"a" * 3000))
    assert client.answer().body["path"] == "/fits"
    assert_refused(client, 431, "http.head_too_large")


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /" + b"a" * 5000,
        b"GET / HTTP/1.1\r\n" + b"a" * 5000,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 5000,
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 1000,
        b"\r\n" * 2500,
    ],
    ids=["target", "name", "value", "headers", "blank lines"],
)
def test_a_head_that_never_ends_is_refused_while_it_is_being_sent(
    service: Service, endless: bytes
) -> None:
    assert_refused(service.connect(endless), 431, "http.head_too_large")
    client = service.connect()
    for start in range(0, len(endless), 100):
        client.send(endless[start : start + 100])
    assert_refused(client, 431, "http.head_too_large")


def test_the_refusal_reaches_a_client_that_is_still_sending(service: Service) -> None:
    client = service.connect()
    client.send(b"GET / HTTP/1.1\r\nX: " + b"a" * 4_000_000)
    assert_refused(client, 431, "http.head_too_large")


def test_trailers_are_held_to_the_limit_of_a_head(service: Service) -> None:
    client = service.connect(chunked(b"/", b"1\r\na\r\n"))
    service.app.wait_for("/")
    client.send(b"0\r\nX: " + b"a" * 5000)
    assert_refused(client, 431, "http.head_too_large")
    service.app.wait_for_disconnect()


def test_a_body_is_not_held_to_the_limit_of_a_head(service: Service) -> None:
    body = b"b" * 200_000
    assert len(service.connect(post(b"/", body)).answer().body["body"]) == len(body)
    framed = b"".join(b"1\r\nc\r\n" for _ in range(5000)) + b"0\r\n\r\n"
    assert len(service.connect(chunked(b"/", framed)).answer().body["body"]) == 5000


def test_connections_past_the_limit_are_told_so_and_those_within_go_on() -> None:
    with serving(ConnectionLimits(connections_max=3)) as service:
        admitted = [service.connect(get()) for _ in range(3)]
        assert [client.answer().status for client in admitted] == [200] * 3
        for _ in range(5):
            answer = assert_refused(service.connect(), 503, "http.too_many_connections")
            assert int(answer.headers["retry-after"]) > 0
        assert [client.send(get()).answer().status for client in admitted] == [200] * 3
        admitted[0].close()
        wait_until(lambda: service.connect(get()).answer().status == 200)


def test_a_flood_of_refused_connections_is_still_answered() -> None:
    with serving(ConnectionLimits(connections_max=2)) as service:
        admitted = [service.connect(get()) for _ in range(2)]
        assert [client.answer().status for client in admitted] == [200] * 2
        refused = [service.connect() for _ in range(20)]
        assert {client.answer().status for client in refused} == {503}


# Deadlines


def test_a_half_sent_head_is_told_of_the_deadline(hasty: Service) -> None:
    assert_refused(hasty.connect(b"GET / HTTP/1.1\r\nHo"), 408, "http.timeout")
    assert hasty.app.paths == []


def test_a_half_sent_body_is_told_of_the_deadline(hasty: Service) -> None:
    client = hasty.connect(post(b"/half", b"abc")[:-1])
    assert_refused(client, 408, "http.timeout")
    assert hasty.app.paths == ["/half"]
    hasty.app.wait_for_disconnect()


def test_a_half_sent_body_that_was_answered_already_only_ends_the_connection(
    hasty: Service,
) -> None:
    client = hasty.connect(post(b"/early", b"abc")[:-1])
    assert client.answer().body["path"] == "/early"
    assert client.ended()


def test_a_connection_that_never_sends_is_closed_in_silence(hasty: Service) -> None:
    assert hasty.connect().ended()


def test_a_connection_that_sends_only_blank_lines_is_closed_in_silence(hasty: Service) -> None:
    assert hasty.connect(b"\r\n").ended()


def test_dripping_bytes_do_not_move_the_deadline(hasty: Service) -> None:
    client = hasty.connect(b"GET / HTTP/1.1\r\n")
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.02):
            try:
                client.send(b"X: a\r\n")
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        assert client.answer().status == 408
    finally:
        stop.set()
        dripping.join()


def test_a_half_sent_request_behind_another_is_told_in_its_turn(hasty: Service) -> None:
    client = hasty.connect(get(b"/gate") + b"GET /half HT")
    hasty.app.wait_for("/gate")
    time.sleep(3 * SHORT.read_deadline_s)
    hasty.app.open_gate()
    assert client.answer().body["path"] == "/gate"
    assert_refused(client, 408, "http.timeout")


def test_the_deadline_does_not_run_while_the_application_works(hasty: Service) -> None:
    client = hasty.connect(get(b"/gate"))
    hasty.app.wait_for("/gate")
    time.sleep(3 * SHORT.read_deadline_s)
    hasty.app.open_gate()
    assert client.answer().body["path"] == "/gate"


def test_the_deadline_does_not_run_while_the_server_does_not_read(hasty: Service) -> None:
    client = hasty.connect(get(b"/gate") + get(b"/2") + b"GET /3 HTT")
    hasty.app.wait_for("/gate")
    client.send(b"P/1.1\r\nHost: h\r\n\r\n")
    time.sleep(3 * SHORT.read_deadline_s)
    hasty.app.open_gate()
    assert [client.answer().body["path"] for _ in range(3)] == ["/gate", "/2", "/3"]


def test_an_idle_kept_connection_outlives_the_read_deadline(hasty: Service) -> None:
    client = hasty.connect(get())
    assert client.answer().status == 200
    time.sleep(3 * SHORT.read_deadline_s)
    assert client.send(get()).answer().status == 200


def test_an_idle_kept_connection_is_closed_after_the_keep_alive_time() -> None:
    with serving(SHORT, timeout_keep_alive=0) as service:
        client = service.connect(get())
        assert client.answer().status == 200
        assert client.ended()


def test_a_connection_answered_before_its_body_is_idle_once_the_body_came() -> None:
    with serving(ConnectionLimits(), timeout_keep_alive=0) as service:
        client = service.connect(post(b"/early", b"abc")[:-1])
        assert client.answer().body["path"] == "/early"
        assert client.send(b"c").ended()


def test_a_refused_client_that_never_hangs_up_is_let_go(hasty: Service) -> None:
    client = hasty.connect(b"FOO\r\n\r\n")
    assert client.answer().status == 400

    def cut_off() -> bool:
        try:
            client.send(b"more")
        except OSError:
            return True
        return False

    wait_until(cut_off)


# Ends


def test_bytes_after_the_end_of_a_connection_are_ignored() -> None:
    async def scenario() -> None:
        protocol_class = make_protocol(ConnectionLimits())
        ours, theirs = socket.socketpair()
        protocol = protocol_class(Config(App(), log_config=None), ServerState(), {})
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: protocol, sock=ours)
        transport.abort()
        while protocol.parser is not None:
            await asyncio.sleep(0)
        protocol.data_received(get())
        theirs.close()

    asyncio.run(scenario())


def test_the_server_stops_while_refused_and_half_sent_connections_are_open() -> None:
    with serving(ConnectionLimits(connections_max=2)) as service:
        assert service.connect(get()).answer().status == 200
        service.connect(b"GET / HT")
        assert service.connect().answer().status == 503
        still_open = service.clients.copy()
        service.clients.clear()
    for client in still_open:
        client.close()
