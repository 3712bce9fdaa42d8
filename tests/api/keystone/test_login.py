"""Logging in with Keystone's requests: an API token as a password, a token or a secret."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pytest

from commands.tokens import issue_token, new_token
from tests.api.expecting import MISSING
from tests.api.nova.expecting import BASE
from tests.api.nova.test_refusals import error
from tests.support import ADMIN_TOKEN, ELSEWHERE, HOME, Api

IMAGE: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
TOKENS: Final = "/identity/v3/auth/tokens"
DEFAULT: Final = {"id": "default"}


def login(api: Api, identity: dict[str, Any], scope: Any = None, **kwargs: Any) -> Any:
    auth: dict[str, Any] = {"identity": identity}
    if scope is not None:
        auth["scope"] = scope
    return api.post(TOKENS, {"auth": auth}, token=kwargs.pop("token", None), **kwargs)


def password(token: str, **user: Any) -> dict[str, Any]:
    return {"methods": ["password"], "password": {"user": {"password": token, **user}}}


def principal_of(api: Api, token: str) -> str:
    answer = login(api, {"methods": ["token"], "token": {"id": token}})
    return str(answer.json()["token"]["user"]["id"])


def test_a_password_is_the_api_token_of_whom_it_names(api: Api) -> None:
    token = api.issue("member", HOME, ELSEWHERE, name="alice")
    principal = principal_of(api, token)
    for user in (
        {"name": "alice", "domain": DEFAULT},
        {"name": "alice", "domain": {"name": "Default"}},
        {"name": "alice"},
        {"id": principal},
        {"name": principal, "domain": DEFAULT},
    ):
        position = api.position
        answer = login(api, password(token, **user))
        assert (answer.status_code, answer.headers["x-subject-token"]) == (201, token)
        told = answer.json()["token"]
        assert told["methods"] == ["password"]
        assert (told["user"]["id"], told["user"]["name"]) == (principal, "alice")
        assert (told["project"]["id"], told["project"]["name"]) == (HOME, HOME)
        assert [role["name"] for role in told["roles"]] == ["member"]
        assert api.position == position


@pytest.mark.parametrize("behind", ["\nx", "\r\n\r\n", ":\nx", ":\r\nx: y", "\x01\x7f", ":", "é"])
def test_what_cannot_stand_in_a_header_is_no_token(api: Api, behind: str) -> None:
    position = api.position
    for identity in (
        password(f"{ADMIN_TOKEN}{behind}", name="admin"),
        {"methods": ["token"], "token": {"id": f"{ADMIN_TOKEN}{behind}"}},
    ):
        answer = login(api, identity)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 401)
    assert api.position == position


def test_a_project_has_as_many_characters_as_an_organization(api: Api) -> None:
    admin = password(ADMIN_TOKEN, name="admin")
    assert login(api, admin, {"project": {"id": "o" * 255}}).status_code == 201
    assert login(api, admin, {"project": {"id": "o" * 256}}).status_code == 400


def test_the_catalogue_leads_to_every_service(api: Api) -> None:
    told = login(api, password(ADMIN_TOKEN, name="admin")).json()["token"]
    found = {
        (service["type"], endpoint["interface"]): endpoint["url"]
        for service in told["catalog"]
        for endpoint in service["endpoints"]
    }
    for interface in ("public", "internal", "admin"):
        assert found["compute", interface] == f"{BASE}/v2.1"
        assert found["image", interface] == f"{BASE}/image"
        assert found["identity", interface] == f"{BASE}/identity/v3"
    regions = {e["region"] for service in told["catalog"] for e in service["endpoints"]}
    assert regions == {"RegionOne"}
    bare = api.post(
        f"{TOKENS}?nocatalog", {"auth": {"identity": password(ADMIN_TOKEN, name="admin")}}
    )
    assert "catalog" not in bare.json()["token"]
    named_so = api.post(
        f"{TOKENS}?nocatalogue=1", {"auth": {"identity": password(ADMIN_TOKEN, name="admin")}}
    )
    assert "catalog" in named_so.json()["token"]


@pytest.mark.parametrize(
    "identity",
    [
        {"methods": ["token"], "token": {"id": ADMIN_TOKEN}},
        {
            "methods": ["application_credential"],
            "application_credential": {"id": "any", "secret": ADMIN_TOKEN},
        },
        {
            "methods": ["application_credential"],
            "application_credential": {
                "name": "any",
                "secret": ADMIN_TOKEN,
                "user": {"name": "admin", "domain": DEFAULT},
            },
        },
    ],
)
def test_other_methods_take_the_api_token_too(api: Api, identity: dict[str, Any]) -> None:
    answer = login(api, identity, token=ADMIN_TOKEN)
    assert (answer.status_code, answer.headers["x-subject-token"]) == (201, ADMIN_TOKEN)
    assert answer.json()["token"]["methods"] == identity["methods"]


def test_a_project_is_an_organization_that_the_caller_may_act_in(api: Api) -> None:
    token = api.issue("member", HOME, ELSEWHERE, name="alice")
    for project in ({"id": ELSEWHERE}, {"name": ELSEWHERE, "domain": DEFAULT}):
        answer = login(api, password(token, name="alice"), {"project": project})
        assert answer.json()["token"]["project"]["id"] == ELSEWHERE
        assert answer.headers["x-subject-token"] == f"{token}:{ELSEWHERE}"
    foreign = {"project": {"id": MISSING}}
    error(login(api, password(token, name="alice"), foreign), 401)
    assert login(api, password(ADMIN_TOKEN, name="admin"), foreign).status_code == 201


def test_who_logs_in_to_a_project_makes_and_sees_servers_there_alone(api: Api) -> None:
    token = api.issue("member", HOME, ELSEWHERE, name="alice")
    at_home = api.create("at home")
    scope = {"project": {"id": ELSEWHERE}}
    there = login(api, password(token, name="alice"), scope).headers["x-subject-token"]
    asked = {"server": {"name": "there", "flavorRef": "2", "imageRef": IMAGE}}
    made = api.post("/v2.1/servers", asked, token=there).json()["server"]["id"]
    assert api.get(f"/servers/{made}").json()["server"]["organization"] == ELSEWHERE
    listed = api.get("/v2.1/servers", token=there).json()["servers"]
    assert [server["id"] for server in listed] == [made]
    assert api.get(f"/v2.1/servers/{at_home['id']}", token=there).status_code == 404
    assert api.get(f"/v2.1/servers/{at_home['id']}", token=token).status_code == 200
    entry = api.get(f"/servers/{made}/audit").json()["entries"][0]
    assert (entry["actor"]["name"], entry["organization"]) == ("alice", ELSEWHERE)


def test_an_admin_goes_from_one_project_to_another_with_the_token_given(api: Api) -> None:
    given = ADMIN_TOKEN
    for project in (ELSEWHERE, MISSING, HOME, HOME, ELSEWHERE):
        identity = {"methods": ["token"], "token": {"id": given}}
        given = login(api, identity, {"project": {"id": project}}).headers["x-subject-token"]
        assert given == f"{ADMIN_TOKEN}:{project}"
        assert api.get("/v2.1/servers", token=given).status_code == 200


def test_a_token_for_an_organization_where_its_bearer_may_not_act_is_none(api: Api) -> None:
    token = api.issue("member", HOME, name="alice")
    for wrong in (f"{token}:{ELSEWHERE}", f"{token}:", f"{token}:{HOME}:{HOME}", f":{HOME}", ":"):
        error(api.get("/v2.1/servers", token=wrong), 401)
    assert api.get("/v2.1/servers", token=f"{token}:{HOME}").status_code == 200


@pytest.mark.parametrize("scope", ["unscoped", {"unscoped": {}}])
def test_what_is_good_for_nothing_yet_has_no_project_and_no_catalogue(api: Api, scope: Any) -> None:
    told = login(api, password(ADMIN_TOKEN, name="admin"), scope).json()["token"]
    assert not {"project", "roles", "catalog"} & set(told)


def test_times_are_in_the_future_and_no_later_than_the_tokens_end(api: Api) -> None:
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    short = new_token()
    api.service.store.writer.run(
        lambda unit: issue_token(unit, short, "short", "reader", (HOME,), ends)
    )
    for token, latest in ((short, ends), (ADMIN_TOKEN, None)):
        told = login(api, {"methods": ["token"], "token": {"id": token}}).json()["token"]
        expires = dt.datetime.strptime(told["expires_at"], "%Y-%m-%dT%H:%M:%S.%f%z")
        assert expires > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=50)
        if latest is not None:
            assert expires == latest


BY_TOKEN: Final = {"methods": ["token"], "token": {"id": ADMIN_TOKEN}}
WRONG: Final[list[tuple[dict[str, Any], Any]]] = [
    (password(MISSING, name="admin"), None),
    (password("x", name="admin"), None),
    (password("é" * 3, name="admin"), None),
    (password(ADMIN_TOKEN, name="alice"), None),
    (password(ADMIN_TOKEN, id=MISSING), None),
    (password(ADMIN_TOKEN, name="admin", domain={"id": "other"}), None),
    (password(ADMIN_TOKEN, name="admin", domain={"name": "Other"}), None),
    (password(ADMIN_TOKEN, name="admin"), {"project": {"name": HOME, "domain": {"id": "x"}}}),
    (password(ADMIN_TOKEN, name="admin"), {"domain": {"id": "default"}}),
    (password(ADMIN_TOKEN, name="admin"), {"system": {"all": True}}),
    ({"methods": ["token"], "token": {"id": MISSING}}, None),
]


@pytest.mark.parametrize(("identity", "scope"), WRONG)
def test_whatever_is_wrong_is_told_in_the_same_words(
    api: Api, identity: dict[str, Any], scope: Any
) -> None:
    position = api.position
    answer = login(api, identity, scope)
    assert error(answer, 401) == "The request you have made requires authentication."
    assert "x-subject-token" not in answer.headers
    assert ADMIN_TOKEN not in answer.text
    assert api.position == position


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"auth": {}},
        {"auth": {"identity": {"methods": []}}},
        {"auth": {"identity": {"methods": ["totp"]}}},
        {"auth": {"identity": {"methods": ["password", "token"]}}},
        {"auth": {"identity": {"methods": ["password"]}}},
        {"auth": {"identity": {"methods": ["token"], "token": {}}}},
        {"auth": {"identity": password(ADMIN_TOKEN)}},
        {"auth": {"identity": password(ADMIN_TOKEN, name="admin"), "scope": {"project": {}}}},
        {"auth": {"identity": {"methods": ["token"], "token": {"id": 5}}}},
        {"auth": {"identity": BY_TOKEN | {"password": {"user": {"password": "x"}}}}},
    ],
)
def test_what_is_no_login_is_told_what_it_lacks(api: Api, body: Any) -> None:
    answer = api.post(TOKENS, body, token=None)
    error(answer, 400)
    assert ADMIN_TOKEN not in answer.text


def test_a_token_can_be_asked_about(api: Api) -> None:
    token = api.issue("auditor", ELSEWHERE, name="bob")
    for method in ("GET", "HEAD"):
        answer = api.request(method, TOKENS, headers={"X-Subject-Token": token})
        assert (answer.status_code, answer.headers["x-subject-token"]) == (200, token)
    told = api.get(TOKENS, headers={"X-Subject-Token": token}).json()["token"]
    assert (told["user"]["name"], told["project"]["id"]) == ("bob", ELSEWHERE)
    assert [role["name"] for role in told["roles"]] == ["reader", "auditor"]
    for headers in ({}, {"X-Subject-Token": MISSING}, {"X-Subject-Token": ""}):
        error(api.get(TOKENS, headers=headers), 404)
    error(api.get(TOKENS, token=None, headers={"X-Subject-Token": token}), 401)


def test_a_token_that_was_revoked_logs_nobody_in(api: Api) -> None:
    from commands.tokens import revoke_token

    token = api.issue("member", HOME, name="carol")
    api.service.store.writer.run(lambda unit: revoke_token(unit, "carol"))
    error(login(api, password(token, name="carol")), 401)


def test_what_was_given_works_everywhere(api: Api) -> None:
    given = login(api, password(ADMIN_TOKEN, name="admin")).headers["x-subject-token"]
    for path in ("/v2.1/servers", "/image/v2/images", "/servers"):
        assert api.get(path, token=given).status_code == 200
