"""Refusals and headers of the OpenStack dialects: every status in its form, on every path."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from api.app import SPOKEN
from api.http.dialects import Dialect
from api.openstack.dialects import GLANCE, KEYSTONE, NOVA
from domain.refusals import QueueFull
from tests.api.expecting import MISSING
from tests.api.nova.expecting import IMAGE, SERVERS, create, refused
from tests.nova_schemas import fault
from tests.support import ADMIN_TOKEN, HOME, Api, running

PATHS: Final = sorted(
    {(dialect, each.path) for dialect in (NOVA, GLANCE, KEYSTONE) for each in SPOKEN[dialect]},
    key=str,
)
MICROVERSION: Final = {
    "openstack-api-version": "compute 2.1",
    "x-openstack-nova-api-version": "2.1",
    "vary": "OpenStack-API-Version, X-OpenStack-Nova-API-Version",
}


def error(answer: Any, status: int) -> str:
    """The words of a refusal in Keystone's form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error"]
    assert sorted(body["error"]) == ["code", "message", "title"]
    assert body["error"]["code"] == status
    return str(body["error"]["message"])


def told(dialect: Dialect, answer: Any, status: int) -> None:
    fault(answer, status) if dialect is NOVA else error(answer, status)


def target(api: Api, path: str) -> str:
    kind = IMAGE if "/images/" in path else "2" if "/flavors/" in path else create(api)
    return path.replace("{ref}", kind).replace("{key}", "a").replace("{request_id}", "x")


@pytest.mark.parametrize(("dialect", "path"), PATHS)
def test_every_path_refuses_in_the_form_of_its_dialect(
    api: Api, dialect: Dialect, path: str
) -> None:
    methods = {each.method for each in SPOKEN[dialect] if each.path == path}
    allowed = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    place = target(api, path)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
        if method not in allowed:
            answer = api.request(method, f"{place}/")
            told(dialect, answer, 405)
            assert answer.headers["allow"] == ", ".join(sorted(allowed))
    answer = api.request("OPTIONS", place, token=None)
    assert (answer.status_code, answer.headers["allow"]) == (204, ", ".join(sorted(allowed)))
    for each in SPOKEN[dialect]:
        if each.path == path and not each.public:
            answer = api.request(each.method, place, token=MISSING)
            assert "www-authenticate" in answer.headers
            assert error(answer, 401)


@pytest.mark.parametrize(("dialect", "path"), PATHS)
def test_a_head_is_a_get_without_its_body(api: Api, dialect: Dialect, path: str) -> None:
    if "GET" not in {each.method for each in SPOKEN[dialect] if each.path == path}:
        return
    place, headers = target(api, path), {"X-Subject-Token": ADMIN_TOKEN, "X-Request-Id": "mine"}
    got, headed = (api.request(method, place, headers=headers) for method in ("GET", "HEAD"))
    assert (headed.status_code, headed.content) == (got.status_code, b"")
    assert headed.headers == got.headers


@pytest.mark.parametrize("dialect", [NOVA, GLANCE, KEYSTONE])
def test_what_is_not_served_is_told_in_the_form_too(api: Api, dialect: Dialect) -> None:
    for path in ("nowhere", "servers/a/b/c", "%FF", "v3/users"):
        for method in ("GET", "POST", "DELETE"):
            told(dialect, api.request(method, f"/{dialect.segment}/{path}"), 404)


def test_every_answer_bears_a_request_id_and_novas_the_microversion(api: Api) -> None:
    for path in (SERVERS, f"{SERVERS}/none", "/v2.1", "/v2.1/nowhere"):
        for token in ("", None):
            headers = api.get(path, token=token, headers={"X-Request-Id": MISSING}).headers
            assert headers["x-openstack-request-id"] == f"req-{MISSING}"
            assert {name: headers[name] for name in MICROVERSION} == MICROVERSION
    for path in ("/image/v2/images", "/identity/v3", "/image/none"):
        headers = api.get(path, headers={"X-Request-Id": MISSING}).headers
        assert headers["x-openstack-request-id"] == f"req-{MISSING}"
        assert "openstack-api-version" not in headers
    assert "x-openstack-request-id" not in api.get("/servers").headers


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("OpenStack-API-Version", "compute 2.1", 200),
        ("OpenStack-API-Version", "compute latest", 200),
        ("OpenStack-API-Version", "identity 3.14, compute 2.1", 200),
        ("OpenStack-API-Version", "volume 3.60", 200),
        ("OpenStack-API-Version", "compute 2.2", 406),
        ("OpenStack-API-Version", "compute 2.96", 406),
        ("OpenStack-API-Version", "compute 3.0", 406),
        ("OpenStack-API-Version", "compute 2.1, compute 2.90", 406),
        ("OpenStack-API-Version", "compute two", 400),
        ("OpenStack-API-Version", "compute 2.01", 400),
        ("OpenStack-API-Version", "compute", 400),
        ("X-OpenStack-Nova-API-Version", "2.1", 200),
        ("X-OpenStack-Nova-API-Version", "latest", 200),
        ("X-OpenStack-Nova-API-Version", "2.26", 406),
        ("X-OpenStack-Nova-API-Version", "x", 400),
    ],
)
def test_one_microversion_is_spoken(api: Api, name: str, value: str, status: int) -> None:
    answer = api.get(SERVERS, headers={name: value})
    assert answer.status_code == status, answer.text
    if status != 200:
        fault(answer, status)


def test_a_body_that_cannot_be_read_is_told_before_anything_of_it(api: Api) -> None:
    for content, type_, status in (
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"a":1,"a":2}', "application/json", 400),
        (b"{}", "application/xml", 415),
        (b" " * 70_000, "application/json", 413),
    ):
        sent = {"content": content, "headers": {"Content-Type": type_}}
        for path in (SERVERS, f"{SERVERS}/{MISSING}/action"):
            refused(api, lambda path=path, sent=sent: api.post(path, **sent), status)  # type: ignore[misc]
        error(api.post("/identity/v3/auth/tokens", token=None, **sent), status)


def test_too_many_requests_are_told_to_come_again(tmp_path: Path) -> None:
    with running(tmp_path, rate_per_s=0.1, rate_burst=1) as api:
        assert api.get(SERVERS).status_code == 200
        answer = api.get(SERVERS)
        fault(answer, 429)
        assert int(answer.headers["retry-after"]) >= 1
        error(api.get("/image/v2/images"), 429)


def test_what_cannot_be_served_just_now_is_told_to_be_asked_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: object) -> None:
        raise QueueFull("too much waits")

    monkeypatch.setattr(api.service.writer, "submit", full)
    answer = api.delete(f"{SERVERS}/{MISSING}")
    fault(answer, 503)
    assert answer.headers["retry-after"] == "1"


def test_what_is_broken_inside_is_told_without_its_words(api: Api) -> None:
    class Broken:
        def flavors(self) -> Any:
            raise RuntimeError("a secret of ours")

    api.service.catalogue = Broken()  # type: ignore[assignment]
    answer = api.get("/v2.1/flavors")
    fault(answer, 500)
    assert "secret" not in answer.text


def test_refusals_are_bounded_and_told_past_it(tmp_path: Path) -> None:
    with running(tmp_path, refusals_burst=1, refusals_per_s=0.01) as api:
        token = api.issue("member", HOME)
        fault(api.delete(f"{SERVERS}/{MISSING}", token=token), 404)
        fault(api.delete(f"{SERVERS}/{MISSING}", token=token), 429)


def test_a_host_that_is_none_is_refused(api: Api) -> None:
    for host in ("a b", "evil.example/x", "user@host", "a:b:c", "x" * 300):
        answer = api.get(SERVERS, headers={"Host": host})
        assert answer.status_code == 400
    assert "Host" in fault(api.get(SERVERS, headers={"Host": "a/b"}), 400)
