"""The `openstack` command with a token and endpoints: a server's life, command by command."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.clients.openstack_command import Command, with_token
from tests.process import Process
from tests.program import issue

pytestmark = pytest.mark.clients


@pytest.fixture
def openstack(tmp_path: Path, service: Process, token: str) -> Command:
    """The command of a member of the test's organization."""
    return with_token(tmp_path, service.base, token)


def root(http: httpx2.Client, made: str) -> Any:
    """The server as the root dialect shows it."""
    return http.get(f"/servers/{made}").json()["server"]


def test_a_server_is_made_shown_changed_and_deleted(
    openstack: Command, http: httpx2.Client, organization: str
) -> None:
    assert openstack("server", "list") == []
    asked = ("--flavor", "m1.small", "--image", "cirros-0.3.4-x86_64-uec", "--property", "a=b")
    made = openstack("server", "create", *asked, "--wait", "web")
    assert (made["name"], made["status"], made["project_id"]) == ("web", "ACTIVE", organization)
    (listed,) = openstack("server", "list")
    assert listed == {
        "ID": made["id"],
        "Name": "web",
        "Status": "ACTIVE",
        "Networks": {},
        "Image": "cirros-0.3.4-x86_64-uec",
        "Flavor": "m1.small",
    }

    openstack.done("server", "set", "--name", "db", "--property", "role=db", "web")
    openstack.done("server", "unset", "--property", "a", "db")
    shown = openstack("server", "show", "db")
    assert (shown["id"], shown["properties"]) == (made["id"], {"role": "db"})
    assert (root(http, made["id"])["name"], root(http, made["id"])["metadata"]) == (
        "db",
        {"role": "db"},
    )

    openstack.done("server", "delete", "--wait", "db")
    assert openstack("server", "list") == []
    assert http.get(f"/servers/{made['id']}").status_code == 404
    assert openstack.refused("server", "show", "db") == "No Server found for db"
    events = openstack("server", "event", "list", made["id"])
    assert (events[0]["Action"], events[-1]["Action"]) == ("delete", "create")


def test_a_server_is_acted_on(openstack: Command, http: httpx2.Client) -> None:
    asked = ("--flavor", "1", "--image", "cirros-0.3.4-x86_64-uec")
    made = openstack("server", "create", *asked, "web")["id"]
    states = []
    for words in (("stop",), ("start",), ("reboot", "--soft"), ("reboot", "--hard", "--wait")):
        openstack.done("server", *words, "web")
        states.append((root(http, made)["state"], root(http, made)["version"]))
    assert states == [("stopped", 2), ("running", 3), ("running", 4), ("running", 5)]
    assert "409" in openstack.refused("server", "start", "web")

    golden = openstack("server", "image", "create", "--name", "golden", "--wait", "web")
    assert (golden["name"], golden["status"]) == ("golden", "active")
    backup = openstack("server", "backup", "create", "--name", "nightly", "--type", "daily", "web")
    images = openstack("image", "list")
    assert {golden["id"], backup["id"]} <= {image["ID"] for image in images}
    assert openstack("image", "show", "golden")["id"] == golden["id"]
    again = openstack("server", "create", "--flavor", "1", "--image", "golden", "again")
    assert root(http, again["id"])["image"] == golden["id"]

    events = openstack("server", "event", "list", "web")
    told = ["createBackup", "createImage", "reboot", "reboot", "start", "stop", "create"]
    assert [event["Action"] for event in events] == told
    shown = openstack("server", "event", "show", "web", events[-2]["Request ID"])
    assert (shown["action"], shown["events"][0]["result"]) == ("stop", "Success")


def test_a_long_list_is_shown_whole_or_in_part(openstack: Command, http: httpx2.Client) -> None:
    asked = {"name": "web", "flavor": "m1.tiny", "image": "x", "max_count": 100}
    http.post("/servers", json={"server": asked})
    http.post("/servers", json={"server": asked | {"name": "db", "max_count": 3}})
    listed = openstack("server", "list", "--no-name-lookup")
    shown = http.get("/servers").json()["servers"]
    assert [server["ID"] for server in listed] == [server["id"] for server in reversed(shown)]
    some = openstack("server", "list", "--limit", "2", "--name", "^db", "--long")
    assert [server["Name"] for server in some] == ["db-3", "db-2"]
    further = openstack("server", "list", "--name", "^db", "--marker", some[-1]["ID"])
    assert [server["Name"] for server in further] == ["db-1"]


def test_flavors_and_images_are_those_of_the_root(openstack: Command, http: httpx2.Client) -> None:
    flavors = http.get("/flavors").json()["flavors"]
    listed = openstack("flavor", "list")
    assert [(flavor["ID"], flavor["Name"], flavor["RAM"]) for flavor in listed] == [
        (flavor["id"], flavor["name"], flavor["ram"]) for flavor in flavors
    ]
    assert openstack("flavor", "show", "m1.small")["ram"] == 2048
    images = http.get("/images").json()["images"]
    assert {image["ID"] for image in openstack("image", "list")} == {i["id"] for i in images}


def test_a_refusal_is_told(
    openstack: Command, tmp_path: Path, service: Process, organization: str
) -> None:
    asked = ("--flavor", "1", "--image", "cirros-0.3.4-x86_64-uec")
    made = openstack("server", "create", *asked, "web")["id"]
    assert "400" in openstack.refused("server", "set", "--name", "x" * 256, made)
    reader = issue(service.folder, "reader", organization)
    assert "403" in with_token(tmp_path, service.base, reader).refused("server", "stop", made)
    stranger = with_token(tmp_path, service.base, str(uuid4()))
    assert "401" in stranger.refused("server", "list")
    assert openstack("server", "show", made)["status"] == "ACTIVE"
