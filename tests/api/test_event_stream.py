"""Events as a stream: in order, from any position on, to whom they belong, until it must end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import pytest

from api.history import event_stream
from commands.tokens import issue_token, new_token, revoke_token, token_sha256
from domain.access import ROLES, Role
from domain.registry import EVENT_TYPES
from tests.api.expecting import MISSING, Fields, refused
from tests.api.streams import Listener, Message, listening, live_through
from tests.api.test_list_pages import fill
from tests.support import ADMIN_TOKEN, ELSEWHERE, HOME, SEED_A, Api

FILTERS: Final[dict[str, Callable[[dict[str, Any], str], bool]]] = {
    "server={id}": lambda event, id_: event["subject"] == id_,
    "type=server.powered_on": lambda event, _: event["type"] == "server.powered_on",
    "actor=builder": lambda event, _: event["data"]["actor"]["name"] == "builder",
    f"organization={ELSEWHERE}": lambda event, _: event["data"]["organization"] == ELSEWHERE,
    "actor=builder&type=request.refused": lambda event, _: bool(event["data"]["reason"]),
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams look up sooner than they would: every test here leaves some."""
    monkeypatch.setattr(event_stream, "LOOK_S", 0.05)


def revoke(api: Api, name: str) -> None:
    api.service.store.writer.run(lambda unit: revoke_token(unit, name))


def told(api: Api, after: int) -> list[Message]:
    """What a stream should send of all that is past a position, to the first admin."""
    positions = range(after + 1, api.position + 1)
    return [Message("message", at, api.get(f"/events/{at}").json()) for at in positions]


def turned_away(
    api: Api, expected: tuple[int, str], *args: Any, fields: Fields = None, **kwargs: Any
) -> None:
    """The refusal of a stream, proved as every other."""
    refused(api, lambda: Listener(api, *args, **kwargs).answer(), *expected, fields)


def everything(api: Api) -> list[str]:
    """Every kind of event, in two organizations; the tokens that took part."""
    tokens = [ADMIN_TOKEN]
    for number, organization in enumerate((HOME, ELSEWHERE)):
        tokens.append(api.issue("member", organization))
        live_through(api, organization, tokens[-1], f"s{number}")
        tokens.append(api.issue("reader", organization, name=f"gone{number}"))
        revoke(api, f"gone{number}")
    assert set(api.names()) == set(EVENT_TYPES)
    return tokens


def test_a_stream_begins_with_a_comment_and_has_only_what_comes(api: Api) -> None:
    api.create()
    with listening(api) as stream:
        assert stream.raw == b": listening\n\n"
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-store"
        for action in ("reboot", "poweron", "poweroff"):  # the first is refused
            position = api.position
            api.act("my_server", action)
            assert stream.take(1) == told(api, position)


@pytest.mark.parametrize("start", [0, 1, 7, None])
def test_a_stream_goes_on_from_any_position_in_order_and_whole(api: Api, start: int | None) -> None:
    everything(api)
    after = api.position if start is None else start
    # A client that connects again sends its first query, and the last id it saw besides.
    for query, last in (
        ("", after),
        (f"after_position={after}", None),
        ("after_position=3", after),
    ):
        expected = told(api, after)
        with listening(api, query, last) as stream:
            assert stream.take(len(expected)) == expected
            position = api.position
            api.create()
            assert stream.take(1) == told(api, position)


def test_more_than_a_batch_comes_in_order_while_more_is_written(api: Api) -> None:
    fill(api, 100, "first")
    fill(api, 100, "second")
    with listening(api, last=0) as stream:
        for batch in range(3):
            fill(api, 100, f"b{batch}")
        found = stream.take(api.position)
    assert [message.id for message in found] == list(range(1, api.position + 1))
    assert [message.data["data"]["position"] for message in found] == [one.id for one in found]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_lets_through_what_fits_and_bookmarks_tell_of_the_rest(
    api: Api, query: str
) -> None:
    token, id_ = api.issue("admin", ELSEWHERE, name="builder"), api.create("other")["id"]
    fits, query = FILTERS[query], query.format(id=id_)

    def happen() -> list[dict[str, Any]]:
        """Something for every filter; the events that this one lets through."""
        start = api.position
        for action in ("poweron", "poweroff"):
            api.act("other", action)
        api.post("/servers", SEED_A | {"organization": ELSEWHERE}, token=token)
        api.post("/servers/other/action", {"action": "reboot"}, token=token)  # refused
        events = api.get(f"/events?after_position={start}").json()["events"]
        wanted = [event for event in events if fits(event, id_)]
        assert 0 < len(wanted) < len(events) == 4
        return wanted

    with listening(api, query) as stream:
        wanted = happen()
        assert [message.data for message in stream.take(len(wanted))] == wanted
        api.create("another")
        stream.bookmark(api.position)
    with listening(api, query, api.position) as stream:
        wanted = happen()
        assert [message.data for message in stream.take(len(wanted))] == wanted


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_what_it_may_of_its_own_organization(api: Api, role: Role) -> None:
    tokens = [*everything(api), api.issue(role, ELSEWHERE)]
    everywhere, hidden = role == "admin", role not in {"admin", "auditor"}
    expected = [
        message
        for message in told(api, 0)
        if (everywhere or message.data["data"]["organization"] == ELSEWHERE)
        and not (hidden and message.data["type"].startswith(("request.", "token.")))
    ]
    with listening(api, last=0, token=tokens[-1]) as stream:
        assert stream.take(len(expected)) == expected
        api.create("foreign")
        position = api.position
        api.create("own", organization=ELSEWHERE)
        came = stream.take(2 if everywhere else 1)
        assert came[-1:] == told(api, position)
    types = {message.data["type"] for message in expected}
    assert types == {name for name in EVENT_TYPES if everywhere or _shown(name, hidden=hidden)}
    assert everywhere or HOME.encode() not in stream.raw
    for token in tokens:
        assert token.encode() not in stream.raw
        assert token_sha256(token).encode() not in stream.raw


def _shown(name: str, *, hidden: bool) -> bool:
    own = ("server.", "volume.")
    return name.startswith(own if hidden else (*own, "request.", "token."))


def test_the_stream_of_a_server_has_what_changed_it_alone(api: Api) -> None:
    server = live_through(api, HOME, api.token, "mine")
    live_through(api, HOME, api.token, "other")
    with listening(api, last=0, path=f"/servers/{server['id']}/events") as stream:
        found = stream.take(api.get(f"/servers/{server['id']}").json()["server"]["version"])
        assert {message.data["subject"] for message in found} == {server["id"]}
        versions = [message.data["data"]["version"] for message in found]
        assert versions == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    "last", ["x", "-1", "+1", "1.0", "0x1", "1 2", "1, 2", "\xb2", "9" * 20, str(2**63)]
)
def test_a_last_id_that_is_no_position_is_malformed(api: Api, last: str) -> None:
    turned_away(api, (400, "header.malformed"), last=last)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *((f"{name}=1", name) for name in ("after", "limit", "wait", "order", "colour")),
        ("server=a&server=b", "server"),
        ("type=server.stolen", "type"),
        ("after_position=x", "after_position"),
        ("after_position=1000", "after_position"),
    ],
)
def test_a_query_that_a_stream_cannot_take_is_refused(api: Api, query: str, field: str) -> None:
    turned_away(api, (400, "request.invalid"), query, fields=[field])


@pytest.mark.parametrize("field", ["after_position", "Last-Event-ID"])
def test_a_position_past_the_end_of_the_log_is_refused(api: Api, field: str) -> None:
    position = api.position + 1
    asked = (f"after_position={position}",) if field == "after_position" else ("", position)
    words = {field: [f"past the end of the log, which is at position {api.position}"]}
    turned_away(api, (400, "request.invalid"), *asked, fields=words)


def test_who_may_not_listen_is_told_so_before_the_stream(api: Api) -> None:
    api.create("foreign")
    turned_away(api, (401, "caller.unknown"), token=None)
    turned_away(api, (401, "caller.unknown"), token=MISSING)
    path, token = "/servers/foreign/events", api.issue("auditor", ELSEWHERE)
    turned_away(api, (404, "server.unknown"), path=path, token=token)


def test_nothing_is_recorded_by_listening(api: Api) -> None:
    position = api.position
    with listening(api, last=0) as stream:
        stream.take(position)
    assert api.position == position


def test_a_stream_ends_with_its_token_and_others_go_on(api: Api) -> None:
    token, other = api.issue("reader", HOME, name="gone"), api.issue("reader", HOME)
    with listening(api, token=token) as stream, listening(api, token=other) as kept:
        revoke(api, "gone")
        assert (stream.end(), stream.whole) == ([], True)
        api.create()
        assert [message.id for message in kept.take(1)] == [api.position]


def test_a_stream_ends_when_its_token_expires(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    token, at = new_token(), dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    run = api.service.store.writer.run
    run(lambda unit: issue_token(unit, token, "guest", "reader", (HOME,), at))
    with listening(api, token=token) as stream:
        monkeypatch.setattr(api.service, "now", lambda: at)
        assert (stream.end(), stream.whole) == ([], True)


def test_streams_end_when_the_service_is_told_to_stop(api: Api) -> None:
    with listening(api) as first, listening(api, "type=server.deleted", 0) as second:
        api.create()
        first.take(1)
        api.service.end_streams()
        for stream in (first, second):
            stream.end()
            assert stream.whole


def test_a_stream_ends_when_its_client_goes(api: Api) -> None:
    with listening(api) as stream:
        api.create()
        stream.take(1)
        stream.leave()
        assert stream.end() == []


def test_a_bookmark_tells_how_much_of_the_past_was_looked_through(api: Api) -> None:
    everything(api)
    stranger = api.issue("member", MISSING)
    for query, token in (("actor=nobody", ""), (f"organization={HOME}", stranger), ("", stranger)):
        with listening(api, query, 0, token=token) as stream:
            stream.bookmark(api.position)


def test_head_answers_the_head_alone(api: Api) -> None:
    heads = []
    for method in ("HEAD", "GET"):
        stream = Listener(api, last=0, method=method)
        if method == "GET":
            stream.leave()
        stream.end()
        stream.headers.pop("x-request-id")
        heads.append((stream.status, stream.headers))
        assert (stream.raw == b"") == (method == "HEAD")
    assert heads[0] == heads[1]
    turned_away(api, (401, "caller.unknown"), token=None, method="HEAD")


def test_a_silent_stream_tells_that_it_is_there(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "SILENCE_S", 0.1)
    with listening(api) as stream:
        stream.comments(4)
    assert stream.raw.startswith(b": listening\n\n" + 3 * b":\n\n")
