"""Whatever is sent, the service answers in its own words, records what it should, and goes on."""

from __future__ import annotations

import http
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.expecting import RECORDED, TYPES, WRITES, rebuilt
from tests.properties import fuzzing
from tests.properties.profile import times
from tests.properties.sending import Sent, send
from tests.support import Api, running

OPENSTACK = ("v2.1", "image", "identity")
"""The first segments of paths whose errors have OpenStack's forms."""


class Fuzzed:
    """One service for the whole battery, which must outlive it; and a server that is there."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.kept = api.create("kept")["id"]

    def keep(self) -> None:
        """Make another server where the kept one is gone."""
        if self.api.get(f"/servers/{self.kept}").status_code == 404:
            self.kept = self.api.create("kept")["id"]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with running(tmp_path_factory.mktemp("fuzz"), refusals_burst=1e9) as api:
        yield Fuzzed(api)


def ask(fuzzed: Fuzzed, method: str, path: str, *rest: Any) -> Sent:
    """Send a request and prove what holds of any: no 5xx, the form of errors, the records."""
    api = fuzzed.api
    before = api.position
    sent = send(api, method, path.replace(fuzzing.KEPT, fuzzed.kept), *rest)
    names = api.names(before)
    assert 200 <= sent.status < 500, (sent.status, sent.body)
    segment = path.split("/")[1]
    if sent.status >= 400:
        may_keep = sent.method in WRITES and sent.status in RECORDED
        if segment in OPENSTACK:
            # Its form tells no path that is not there from a server that is not.
            check_fault(sent)
            assert names in ([], ["request.refused"] if may_keep else [])
        else:
            kept = may_keep and problem_code(sent) != "route.unknown"
            assert names == (["request.refused"] if kept else [])
    elif sent.method in WRITES and segment != "identity":  # where logging in writes nothing
        assert names
        assert "request.refused" not in names
        assert sent.headers["x-log-position"] == str(before + len(names))
    else:
        assert names == []
    return sent


def check_fault(sent: Sent) -> None:
    """Prove the form of an OpenStack dialect's error."""
    ((_, told),) = orjson.loads(sent.body).items()
    assert sent.headers["content-type"] == "application/json"
    assert set(told) - {"title"} == {"code", "message"}
    assert told["code"] == sent.status
    assert told["message"]


def problem_code(sent: Sent) -> str:
    """The code of an error, once its form is proved."""
    told = orjson.loads(sent.body)
    assert sent.headers["content-type"] == "application/problem+json"
    known = {"type", "title", "status", "detail", "message", "code", "request_id"}
    fields = {"fields"} if told["message"] == "Validation Error" else set()
    assert set(told) == known | fields
    assert told["status"] == sent.status
    assert told["type"] == TYPES[sent.status]
    assert told["title"] == http.HTTPStatus(sent.status).phrase
    assert told["request_id"] == sent.headers["x-request-id"]
    assert told["detail"]
    if fields:
        assert told["fields"]
        assert all(told["fields"].values())
    code: str = told["code"]
    return code


@settings(max_examples=times(300, 20_000))
@given(
    target=fuzzing.targets(),
    query=st.just("") | st.just("") | fuzzing.queries,
    headers=st.just({}) | fuzzing.headers,
    body=fuzzing.bodies | fuzzing.spliced(),
)
def test_any_request_gets_an_answer_of_the_contract(
    fuzzed: Fuzzed, target: tuple[str, str], query: str, headers: dict[str, str], body: bytes
) -> None:
    ask(fuzzed, *target, query, headers, body)
    fuzzed.keep()
    answer = fuzzed.api.get("/servers?limit=1")
    assert (answer.status_code, len(answer.json()["servers"])) == (200, 1)


@settings(max_examples=times(300, 10_000))
@given(fuzzing.fitting())
def test_any_body_is_taken_or_refused_and_what_is_taken_can_be_read(
    fuzzed: Fuzzed, write: tuple[str, str, bytes]
) -> None:
    method, path, body = write
    sent = ask(fuzzed, method, path, "", {}, body)
    if sent.status < 300:
        shown = send(fuzzed.api, "GET", sent.headers.get("location", "/servers"), "", {}, b"")
        assert shown.status == 200, shown.body
    fuzzed.keep()


@settings(max_examples=times(100, 5_000))
@given(query=fuzzing.queries, path=st.sampled_from(["/servers", "/volumes", "/images", "/flavors"]))
def test_any_query_is_answered_or_refused_naming_what_is_wrong(
    fuzzed: Fuzzed, path: str, query: str
) -> None:
    assert ask(fuzzed, "GET", path, query, {}, b"").status in (200, 400)


@settings(max_examples=times(60, 5_000))
@given(token=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=80))
def test_any_token_but_the_right_one_is_unknown(fuzzed: Fuzzed, token: str) -> None:
    for headers in (
        {"x-auth-token": token},
        {"x-auth-token": "", "authorization": f"Bearer {token}"},
    ):
        assert ask(fuzzed, "POST", "/servers", "", headers, b"{}").status == 401


def test_after_all_of_it_every_row_is_what_the_log_says(fuzzed: Fuzzed) -> None:
    listed = fuzzed.api.get("/servers").content
    rebuilt(fuzzed.api)
    assert fuzzed.api.get("/servers").content == listed
