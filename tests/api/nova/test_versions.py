"""Version documents, and where links lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from api.settings import ConfigurationError, Settings
from tests.api.nova.expecting import BASE, SERVERS, act, create
from tests.nova_schemas import conforms
from tests.support import Api, running

PUBLIC: Final = "https://cloud.example/compute"


def self_of(version: dict[str, Any]) -> str:
    (link,) = version["links"]
    assert link["rel"] == "self"
    return str(link["href"])


def test_the_versions_of_each_service_are_told_without_a_token(api: Api) -> None:
    (listed,) = conforms("versions", api.get("/", token=None))["versions"]
    assert self_of(listed) == f"{BASE}/v2.1/"
    for path in ("/v2.1", "/v2.1/"):
        one = conforms("version", api.get(path, token=None))["version"]
        assert one.items() >= listed.items()
    for path in ("/image", "/image/", "/image/v2", "/image/v2/"):
        answer = api.get(path, token=None)
        (image,) = answer.json()["versions"]
        assert (answer.status_code, self_of(image)) == (200, f"{BASE}/image/v2/")
    (identity,) = api.get("/identity", token=None).json()["versions"]["values"]
    assert api.get("/identity/", token=None).json() == {"versions": {"values": [identity]}}
    assert self_of(identity) == f"{BASE}/identity/v3/"
    for path in ("/identity/v3", "/identity/v3/"):
        assert api.get(path, token=None).json() == {"version": identity}
    assert (identity["id"], identity["status"]) == ("v3.14", "stable")


def test_links_lead_to_where_the_service_is_said_to_be(tmp_path: Path) -> None:
    with running(tmp_path, public_url=PUBLIC) as api:
        server_id = create(api)
        create(api)
        image = act(api, server_id, "createImage", {"name": "i"}).headers["location"]
        assert image.startswith(f"{PUBLIC}/image/v2/images/")
        ((link),) = api.get(f"{SERVERS}?limit=1").json()["servers_links"]
        assert link["href"].startswith(f"{PUBLIC}/v2.1/servers?limit=1&marker=")
        (version,) = api.get("/").json()["versions"]
        assert self_of(version) == f"{PUBLIC}/v2.1/"
        assert PUBLIC in api.get(f"{SERVERS}/{server_id}").text
        assert BASE not in api.get(f"{SERVERS}/{server_id}").text


@pytest.mark.parametrize("url", ["cloud.example", "ftp://x", "http://x/", "http://a b", "https://"])
def test_what_is_no_url_is_no_setting(url: str) -> None:
    with pytest.raises(ConfigurationError, match="RACKLEDGER_PUBLIC_URL"):
        Settings(public_url=url)
