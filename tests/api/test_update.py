"""`PUT` and `PATCH /servers/{ref}`: the fields present are changed, the rest stays."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import recorded
from tests.support import Api

FORMS: Final = [(method, enveloped) for method in ("PUT", "PATCH") for enveloped in (False, True)]
form = pytest.mark.parametrize(("method", "enveloped"), FORMS)
OTHER: Final[dict[str, Any]] = {
    "image": "other-image",
    "flavor": "other-flavor",
    "keyname": "other-key",
    "network": "other-network",
    "commercial_type": "other-type",
    "tags": ["b", "a"],
    "volumes": [{"id": "v", "name": "root"}],
    "public_ip": {"id": "ip", "address": "192.0.2.1", "dynamic": True},
    "dynamic_public_ip": True,
}


def update(api: Api, method: str, enveloped: bool, fields: dict[str, Any]) -> Any:
    body = {"server": fields} if enveloped else fields
    return api.request(method, "/servers/my_server", json=body)


@form
@pytest.mark.parametrize("field", OTHER)
def test_one_field_changes_and_the_rest_stays(
    api: Api, method: str, enveloped: bool, field: str
) -> None:
    created = api.create()
    changed = {field: OTHER[field]}
    answer, left = recorded(api, lambda: update(api, method, enveloped, changed))
    assert (answer.status_code, left) == (200, ["server.updated"])
    server = answer.json()["server"]
    assert server["modification_date"] > created["modification_date"]
    assert server == created | changed | {
        "version": 2,
        "modification_date": server["modification_date"],
    }
    assert list(answer.json()) == ["server"]
    assert answer.headers["etag"] == f'"{created["id"]}:2"'
    assert answer.headers["x-log-position"] == str(api.position)
    assert api.get("/servers/my_server").json() == answer.json()


@form
def test_all_fields_change_in_one_record(api: Api, method: str, enveloped: bool) -> None:
    created = api.create()
    answer, left = recorded(api, lambda: update(api, method, enveloped, OTHER | {"name": "other"}))
    assert left == ["server.updated"]
    server = answer.json()["server"]
    assert server.items() >= (OTHER | {"name": "other", "version": 2}).items()
    assert server["id"] == created["id"]


@form
def test_the_name_alone_is_a_renaming(api: Api, method: str, enveloped: bool) -> None:
    api.create()
    fields = {"name": "other", "tags": [], "running": False}
    answer, left = recorded(api, lambda: update(api, method, enveloped, fields))
    assert (answer.json()["server"]["name"], left) == ("other", ["server.renamed"])


@form
@pytest.mark.parametrize("field", ["image", "flavor", "keyname", "network", "public_ip"])
def test_null_takes_a_field_away(api: Api, method: str, enveloped: bool, field: str) -> None:
    api.create(**{key: OTHER[key] for key in ("flavor", "keyname", "network", "public_ip")})
    answer = update(api, method, enveloped, {field: None})
    assert (answer.status_code, answer.json()["server"][field]) == (200, None)


@form
def test_sending_back_what_was_read_changes_nothing(api: Api, method: str, enveloped: bool) -> None:
    api.create(**OTHER)
    api.act("my_server", "poweron")
    read = api.get("/servers/my_server").json()
    answer, left = recorded(api, lambda: update(api, method, enveloped, read["server"]))
    assert (answer.status_code, left) == (200, ["request.unchanged"])
    assert answer.json() == read
    assert answer.headers["etag"] == f'"{read["server"]["id"]}:2"'
    assert answer.headers["x-log-position"] == str(api.position)


@form
def test_a_body_without_fields_changes_nothing(api: Api, method: str, enveloped: bool) -> None:
    created = api.create()
    answer, left = recorded(api, lambda: update(api, method, enveloped, {}))
    assert (answer.json(), left) == ({"server": created}, ["request.unchanged"])
    ((_, record),) = api.records(api.position - 1)
    assert (record.metadata.outcome, record.metadata.status) == ("no_effect", 200)


@form
def test_what_was_read_is_taken_with_one_field_changed(
    api: Api, method: str, enveloped: bool
) -> None:
    created = api.create()
    answer, left = recorded(
        api, lambda: update(api, method, enveloped, created | {"tags": ["new"]})
    )
    assert left == ["server.updated"]
    assert answer.json()["server"].items() >= {"tags": ["new"], "version": 2}.items()
