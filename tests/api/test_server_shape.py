"""The server as shown at the root: every field, in order, of the right type."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from tests.api.expecting import UUID
from tests.support import HOME, SEED_A, SEED_B, Api

OPTIONAL: Final = (str, type(None))
FIELDS: Final[dict[str, Any]] = {
    "id": str,
    "name": str,
    "organization": str,
    "image": OPTIONAL,
    "volumes": list,
    "tags": list,
    "running": bool,
    "state": str,
    "dynamic_public_ip": bool,
    "public_ip": (dict, type(None)),
    "private_ip": OPTIONAL,
    "flavor": OPTIONAL,
    "keyname": OPTIONAL,
    "network": OPTIONAL,
    "commercial_type": OPTIONAL,
    "arch": str,
    "location": (dict, type(None)),
    "reservation_id": OPTIONAL,
    "creation_date": str,
    "modification_date": str,
    "version": int,
    "metadata": dict,
}
DATE: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"
FULL: Final = SEED_A | {
    "volumes": [{"id": "v-1", "name": "root"}, "v-2"],
    "tags": ["test", "www"],
    "public_ip": {"id": "ip-1", "address": "192.0.2.1", "dynamic": True},
    "dynamic_public_ip": True,
    "commercial_type": "VC1S",
    "flavor": "m1.small",
    "keyname": "admin-key",
    "network": "private",
    "metadata": {"owner": "ops", "role": ""},
}


def check_shape(server: dict[str, Any]) -> None:
    """All fields and no other, in the published order, each of its type."""
    assert list(server) == list(FIELDS)
    for name, kind in FIELDS.items():
        assert isinstance(server[name], kind), name
    assert re.fullmatch(UUID, server["id"])
    assert re.fullmatch(DATE, server["creation_date"])
    assert re.fullmatch(DATE, server["modification_date"])
    assert (server["state"] == "running") == server["running"]
    assert server["state"] in ("running", "stopped")


def test_a_server_of_the_least_fields_has_nothing_made_up(api: Api) -> None:
    server = api.post("/servers", SEED_A).json()["server"]
    check_shape(server)
    made = {name: server.pop(name) for name in ("id", "creation_date", "modification_date")}
    assert made["creation_date"] == made["modification_date"]
    assert server == {
        "name": "my_server",
        "organization": HOME,
        "image": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
        "volumes": [],
        "tags": [],
        "running": False,
        "state": "stopped",
        "dynamic_public_ip": False,
        "public_ip": None,
        "private_ip": None,
        "flavor": None,
        "keyname": None,
        "network": None,
        "commercial_type": None,
        "arch": "x86_64",
        "location": None,
        "reservation_id": None,
        "version": 1,
        "metadata": {},
    }


def test_a_server_of_all_fields_shows_what_was_sent(api: Api) -> None:
    server = api.post("/servers", FULL).json()["server"]
    check_shape(server)
    assert (
        server.items()
        >= {
            **FULL,
            "volumes": [{"id": "v-1", "name": "root"}, {"id": "v-2", "name": None}],
        }.items()
    )


def test_an_enveloped_server_has_the_same_shape(api: Api) -> None:
    server = api.post("/servers", SEED_B).json()["server"]
    check_shape(server)
    assert server.items() >= SEED_B["server"].items()


def test_every_answer_shows_the_same_server_in_the_same_shape(api: Api) -> None:
    created = api.post("/servers", FULL).json()
    assert api.get("/servers/my_server").json() == created
    assert api.get("/servers").json() == {"servers": [created["server"]]}
    assert api.get("/servers?limit=1").json() == {"servers": [created["server"]]}
    assert api.get("/servers?page=1").json() == {"servers": [created["server"]]}
    assert api.put("/servers/my_server", {}).json() == created
    assert list(api.get("/servers/my_server").json()["server"]) == list(FIELDS)


def test_references_are_kept_as_sent_known_to_the_catalogue_or_not(api: Api) -> None:
    sent = {"image": "no-such-image", "flavor": "no-such-flavor", "commercial_type": "NONE"}
    assert api.create("x", **sent).items() >= sent.items()
    assert api.create("y", image="2", flavor="2").items() >= {"image": "2", "flavor": "2"}.items()


def test_running_and_state_say_the_same(api: Api) -> None:
    api.create("x")
    for action, running in (("poweron", True), ("poweroff", False), ("resethard", True)):
        api.act("x", action)
        server = api.get("/servers/x").json()["server"]
        check_shape(server)
        assert (server["running"], server["version"] > 1) == (running, True)


def test_the_dates_are_of_the_first_and_of_the_last_event(api: Api) -> None:
    created = api.create("x")
    before = dt.datetime.fromisoformat(created["modification_date"])
    server = api.put("/servers/x", {"tags": ["a"]}).json()["server"]
    assert server["creation_date"] == created["creation_date"]
    assert dt.datetime.fromisoformat(server["modification_date"]) >= before
    (*_, (_, record)) = api.records()
    assert record.event.at == dt.datetime.fromisoformat(server["modification_date"])
