"""Bodies as every write takes them: their kind, their size, and strict JSON."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.expecting import refused, refuses
from tests.support import HOME, Api

WRITES = (
    ("POST", "/servers"),
    ("PUT", "/servers/my_server"),
    ("PATCH", "/servers/my_server"),
    ("POST", "/servers/my_server/action"),
)
KINDS = (
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON;charset=UTF-8",
    "application/vnd.api+json",
    "application/merge-patch+json",
    "text/plain",
    "text/plain;charset=UTF-8",
    "TEXT/PLAIN",
)
OTHER_KINDS = (
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "application/jsonx",
    "application/+xml",
    "multipart/form-data; boundary=x",
    "text/html",
    "text/json",
    "json",
    "",
    "*/*",
)
MALFORMED = {
    "nothing": b"",
    "blanks": b" \r\n\t",
    "broken": b'{"name": "x"',
    "trailing comma": b'{"name": "x",}',
    "two values": b"{}{}",
    "single quotes": b"{'name': 'x'}",
    "a comment": b'{"name": "x"} // y',
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"1",
    "true": b"true",
    "duplicate keys": b'{"name": "x", "name": "x"}',
    "duplicate keys by escape": b'{"name": "x", "n\\u0061me": "x"}',
    "duplicate keys within": b'{"server": {"name": "x", "name": "y"}}',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": Infinity}',
    "-Infinity": b'{"name": -Infinity}',
    "a number past all floats": b'{"name": 1e999}',
    "an integer of 5,000 digits": b'{"name": ' + b"9" * 5_000 + b"}",
    "a lone high surrogate": b'{"name": "\\ud800"}',
    "a lone low surrogate": b'{"name": "\\udc00"}',
    "a lone surrogate in a key": b'{"\\ud800": "x"}',
    "NUL in a text": b'{"name": "a\\u0000b"}',
    "NUL in a key": b'{"a\\u0000b": "x"}',
    "NUL as a byte": b'{"name": "a\x00b"}',
    "not UTF-8": b'{"name": "\xff"}',
    "surrogates in UTF-8": b'{"name": "\xed\xa0\x80"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "33 levels": b'{"name":' + b"[" * 32 + b"]" * 32 + b"}",
    "33 levels of objects": b'{"name":' * 33 + b"1" + b"}" * 33,
    "20,000 levels": b'{"name":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
}
CREATE = b'{"name":"x","organization":"%b","image":"y"}' % HOME.encode()
UPDATE = b'{"name":"x"}'
BODY_MAX_BYTES = 65_536


def ask(api: Api, write: tuple[str, str], body: bytes, kind: str | None = None) -> Any:
    """The write, with a body of that kind; with none, its header is absent."""
    headers = {} if kind is None else {"Content-Type": kind}
    answer = api.request(*write, content=body, headers=headers)
    assert answer.request.headers.get("content-type") == kind
    return answer


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_json_of_any_of_these_kinds_is_read(api: Api, kind: str | None) -> None:
    assert ask(api, ("POST", "/servers"), CREATE, kind).status_code == 201
    assert ask(api, ("PUT", "/servers/x"), b'{"name":"y"}', kind).status_code == 200
    assert ask(api, ("PATCH", "/servers/y"), b'{"name":"x"}', kind).status_code == 200
    assert ask(api, ("POST", "/servers/x/action"), b'{"action":"poweron"}', kind).status_code == 202


@pytest.mark.parametrize("kind", OTHER_KINDS)
@pytest.mark.parametrize("write", WRITES)
def test_a_body_of_another_kind_is_unsupported(api: Api, write: tuple[str, str], kind: str) -> None:
    api.create()
    refused(api, lambda: ask(api, write, UPDATE, kind), 415, "body.unsupported")


@pytest.mark.parametrize("case", MALFORMED)
def test_a_body_that_is_not_one_strict_json_object_is_malformed(api: Api, case: str) -> None:
    api.create()
    for method, path in WRITES:
        refuses(api, (400, "body.malformed"), method, path, content=MALFORMED[case])


@pytest.mark.parametrize("write", WRITES)
def test_a_body_past_the_limit_is_too_large(api: Api, write: tuple[str, str]) -> None:
    api.create()
    for body in (UPDATE.ljust(BODY_MAX_BYTES + 1), b"x" * (BODY_MAX_BYTES + 1), b"[" * 1_000_000):
        refuses(api, (413, "body.too_large"), *write, content=body)


def test_a_body_past_the_limit_is_too_large_unannounced_too(api: Api) -> None:
    def stream() -> Any:
        yield from [b" " * 1_024] * 65

    def chunked() -> Any:
        answer = api.request("POST", "/servers", content=stream())
        assert "content-length" not in answer.request.headers
        return answer

    refused(api, chunked, 413, "body.too_large")


def test_a_body_of_exactly_the_limit_is_read(api: Api) -> None:
    assert ask(api, ("POST", "/servers"), CREATE.ljust(BODY_MAX_BYTES)).status_code == 201
    assert ask(api, ("PUT", "/servers/x"), UPDATE.ljust(BODY_MAX_BYTES)).status_code == 200


def test_32_levels_are_read(api: Api) -> None:
    api.create()
    body = b'{"action":"poweron","x":' + b"[" * 31 + b"]" * 31 + b"}"
    assert ask(api, ("POST", "/servers/my_server/action"), body).status_code == 202


@pytest.mark.parametrize("body", [b"{}", b"{", b"\xff\x00", b" " * (BODY_MAX_BYTES + 1)])
@pytest.mark.parametrize("kind", [None, "application/json", "application/xml"])
def test_a_body_on_get_head_or_delete_is_ignored(api: Api, body: bytes, kind: str | None) -> None:
    api.create()
    for path in ("/servers", "/servers/my_server", "/servers/my_server/action", "/flavors"):
        assert ask(api, ("GET", path), body, kind).status_code == 200
        assert ask(api, ("HEAD", path), body, kind).status_code == 200
    assert ask(api, ("DELETE", "/servers/my_server"), body, kind).status_code == 204
