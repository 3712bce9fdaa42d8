"""scaleway-sdk 1.15.0: what it tells its caller of a refusal, and what it does on its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from scaleway.apis import ComputeAPI
from slumber.exceptions import HttpClientError, HttpNotFoundError

from tests.clients.test_scaleway_sdk import create
from tests.process import Process

pytestmark = pytest.mark.clients


class Refusal:
    """How a call was refused: the client's class, and what it holds of the answer."""

    def __init__(self, raised: HttpClientError) -> None:
        self.type = type(raised)
        self.problem = raised.response.json()
        self.status = raised.response.status_code
        assert raised.content == raised.response.content
        assert self.problem["status"] == self.status


@contextmanager
def refused(compute: Any, recorded: int) -> Iterator[list[Refusal]]:
    """Expect a refusal that leaves so many records."""
    found: list[Refusal] = []
    before = compute.readyz.get()["position"]
    with pytest.raises(HttpClientError) as raised:
        yield found
    found.append(Refusal(raised.value))
    assert compute.readyz.get()["position"] - before == recorded


def test_an_unknown_server_is_a_class_of_its_own(compute: Any) -> None:
    missing = compute.servers(str(uuid4()))
    with refused(compute, 0) as reading:
        missing.get()
    with refused(compute, 1) as updating:
        missing.put({"name": "x"})
    with refused(compute, 1) as acting:
        missing.action.post({"action": "poweron"})
    with refused(compute, 1) as deleting:
        missing.delete()
    for (refusal,) in (reading, updating, acting, deleting):
        assert (refusal.type, refusal.status) == (HttpNotFoundError, 404)
        assert refusal.problem["type"] == "unknown_resource"
        assert refusal.problem["code"] == "server.unknown"


def test_an_unknown_path_is_json_too(compute: Any) -> None:
    with refused(compute, 0) as found:
        compute.nothing.here.get()
    (refusal,) = found
    assert (refusal.type, refusal.problem["code"]) == (HttpNotFoundError, "route.unknown")


@pytest.mark.parametrize("token", [None, "no-such-token"])
def test_an_unknown_token_is_told(service: Process, token: str | None) -> None:
    compute = ComputeAPI(auth_token=token, base_url=f"{service.base}/").query()
    with refused(compute, 0) as found:
        compute.servers.get()
    (refusal,) = found
    assert (refusal.type, refusal.status) == (HttpClientError, 401)
    assert refusal.problem["type"] == "invalid_auth"
    compute._store["session"].close()


def test_every_bad_field_is_named(compute: Any, organization: str) -> None:
    with refused(compute, 0) as found:
        create(compute, organization, "", tags="www", nmae="x")
    (refusal,) = found
    assert (refusal.type, refusal.status) == (HttpClientError, 400)
    assert refusal.problem["message"] == "Validation Error"
    assert set(refusal.problem["fields"]) == {"name", "tags", "nmae"}
    assert compute.servers.get() == {"servers": []}


def test_an_unknown_action_is_told_with_those_there_are(compute: Any, organization: str) -> None:
    made = create(compute, organization)
    with refused(compute, 0) as found:
        compute.servers(made["id"]).action.post({"action": "explode"})
    (refusal,) = found
    words = "must be one of poweron, poweroff, resetsoft, resethard, backup, restore"
    assert refusal.problem["fields"] == {"action": [words]}
    assert compute.servers(made["id"]).get() == {"server": made}


def test_a_name_that_two_servers_bear_is_ambiguous(compute: Any, organization: str) -> None:
    made = [create(compute, organization, "twin") for _ in range(2)]
    with refused(compute, 1) as found:
        compute.servers("twin").delete()
    (refusal,) = found
    assert (refusal.type, refusal.status) == (HttpClientError, 409)
    assert all(server["id"] in refusal.problem["detail"] for server in made)
    assert compute.servers.get() == {"servers": made}


def test_no_answer_is_a_redirect(service: Process, compute: Any, organization: str) -> None:
    create(compute, organization)
    whole = ComputeAPI(auth_token=compute._store["session"].headers["X-Auth-Token"].decode())
    whole.base_url = f"{service.base}/"
    asked = whole.query(serialize=False)
    for resource in (asked.servers, asked.servers("my_server"), asked.servers("my_server").action):
        answer = resource.get()
        assert (answer.status_code, answer.history) == (200, [])
        assert answer.request.path_url.endswith("/")
    asked._store["session"].close()
