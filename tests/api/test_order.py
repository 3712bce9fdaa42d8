"""The order of refusals: a request that is wrong in two ways is told the earlier one.

Path, caller, body, key, reference, right, If-Match, fields, rules: each pair of neighbours.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.api.expecting import MISSING, refuses
from tests.support import ELSEWHERE, HOME, SEED_A, Api

STALE = {"If-Match": f'"{MISSING}:7"'}
BROKEN = b'{"name": '
KEY = {"Idempotency-Key": "spent"}


@pytest.fixture
def ask(api: Api) -> Any:
    """A request of a store with `my_server`, two servers named `twin`, and a spent key."""
    api.create()
    api.create("twin")
    api.create("twin")
    assert api.post("/servers", SEED_A | {"name": "keyed"}, headers=KEY).status_code == 201

    return partial(refuses, api)


def test_the_path_comes_before_the_caller(ask: Any) -> None:
    ask((404, "route.unknown"), "GET", "/nowhere", token="no such token")
    ask((404, "route.unknown"), "POST", "/nowhere", token=None, content=BROKEN)
    ask((405, "method.unsupported"), "DELETE", "/servers", token=None)
    ask((405, "method.unsupported"), "POST", "/servers/my_server", token="x", content=BROKEN)


def test_the_caller_comes_before_the_body(ask: Any) -> None:
    ask((401, "caller.unknown"), "POST", "/servers", token=None, content=BROKEN)
    ask((401, "caller.unknown"), "PUT", "/servers/my_server", token="x", content=b" " * 70_000)
    xml = {"Content-Type": "application/xml"}
    ask((401, "caller.unknown"), "PATCH", "/servers/none", token="x", content=b"{}", headers=xml)


def test_the_bodys_size_comes_before_its_kind_and_its_kind_before_its_json(ask: Any) -> None:
    xml = {"Content-Type": "application/xml"}
    ask((413, "body.too_large"), "POST", "/servers", content=b"<" * 65_537, headers=xml)
    ask((415, "body.unsupported"), "POST", "/servers", content=BROKEN, headers=xml)


def test_the_body_comes_before_the_key(ask: Any) -> None:
    xml = KEY | {"Content-Type": "application/xml"}
    ask((400, "body.malformed"), "POST", "/servers", content=BROKEN, headers=KEY)
    ask((415, "body.unsupported"), "POST", "/servers", content=b"{}", headers=xml)
    ask((413, "body.too_large"), "POST", "/servers", content=b" " * 65_537, headers=KEY)


def test_the_key_comes_before_the_reference(ask: Any) -> None:
    ask((422, "key.reused"), "DELETE", "/servers/none", headers=KEY)
    ask((422, "key.reused"), "PUT", "/servers/twin", json={}, headers=KEY)


def test_a_keys_first_answer_comes_before_everything_that_would_refuse_now(api: Api) -> None:
    api.create()
    once = {"Idempotency-Key": "once"}
    first = api.delete("/servers/my_server", headers=once)
    again = api.delete("/servers/my_server", headers=once | STALE)
    assert (first.status_code, again.status_code) == (204, 204)


def test_the_reference_comes_before_the_right(api: Api, ask: Any) -> None:
    reader = api.issue("reader", HOME)
    ask((404, "server.unknown"), "DELETE", "/servers/none", token=reader)
    ask((409, "server.ambiguous"), "PUT", "/servers/twin", token=reader, json={})
    ask((403, "right.missing"), "DELETE", "/servers/my_server", token=reader)


def test_the_right_comes_before_if_match(api: Api, ask: Any) -> None:
    reader, member = api.issue("reader", HOME), api.issue("member", HOME)
    ask((403, "right.missing"), "DELETE", "/servers/my_server", token=reader, headers=STALE)
    foreign = SEED_A | {"organization": ELSEWHERE}
    ask(
        (403, "organization.foreign"), "POST", "/servers", token=member, json=foreign, headers=STALE
    )


def test_the_right_comes_before_the_fields(api: Api, ask: Any) -> None:
    reader, member = api.issue("reader", HOME), api.issue("member", HOME)
    ask((403, "right.missing"), "POST", "/servers", token=reader, json={"name": ""})
    ask((403, "right.missing"), "PUT", "/servers/my_server", token=reader, json={"name": ""})
    foreign = {"organization": ELSEWHERE, "name": "", "unknown": 1}
    ask((403, "organization.foreign"), "POST", "/servers", token=member, json=foreign)


def test_if_match_comes_before_the_fields(ask: Any) -> None:
    ask((412, "version.stale"), "PUT", "/servers/my_server", json={"name": ""}, headers=STALE)
    ask((412, "version.stale"), "POST", "/servers", json={}, headers=STALE)
    zap = {"action": "zap"}
    ask((412, "version.stale"), "POST", "/servers/my_server/action", json=zap, headers=STALE)


def test_if_match_comes_before_the_rules(ask: Any) -> None:
    soft = {"action": "resetsoft"}
    ask((412, "version.stale"), "POST", "/servers/my_server/action", json=soft, headers=STALE)


def test_the_fields_come_before_the_rules(ask: Any) -> None:
    path = "/servers/my_server/action"
    wrong = {"action": "restore", "backup": 5}
    ask((400, "request.invalid"), "POST", path, json=wrong, fields=("backup",))
    both = {"action": "restore", "backup": "none", "version": 1}
    ask((400, "request.invalid"), "POST", path, json=both, fields=("backup", "version"))
    ask((409, "backup.unknown"), "POST", path, json={"action": "restore"})
