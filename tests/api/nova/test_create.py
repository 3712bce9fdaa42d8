"""Nova's create: what each field becomes, what is refused, several at once."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import recorded
from tests.api.nova.expecting import BASE, IMAGE, SERVERS, create, refused, show
from tests.nova_schemas import conforms
from tests.support import ELSEWHERE, HOME, Api

VOLUME: Final = "f56af4c9-d902-4a17-88d6-a0a03f2c28c0"
LEAST: Final = {"name": "web-1", "flavorRef": "2", "imageRef": IMAGE}


def ask(api: Api, server: dict[str, Any], **kwargs: Any) -> Any:
    return api.post(SERVERS, {"server": server}, **kwargs)


def of_root(api: Api, name: str = "web-1") -> dict[str, Any]:
    server: dict[str, Any] = api.get(f"/servers/{name}").json()["server"]
    return server


def test_a_new_server_runs_and_belongs_to_the_callers_home(api: Api) -> None:
    token = api.issue("member", ELSEWHERE, HOME)
    answer, left = recorded(api, lambda: ask(api, LEAST, token=token))
    made = conforms("server created", answer)["server"]
    assert left == ["server.created"]
    assert answer.headers["location"] == f"{BASE}{SERVERS}/{made['id']}"
    assert answer.headers["etag"] == f'"{made["id"]}:1"'
    assert answer.headers["x-log-position"] == str(api.position)
    shown = of_root(api)
    assert (shown["organization"], shown["state"], shown["version"]) == (ELSEWHERE, "running", 1)
    ((_, record),) = api.records(api.position - 1)
    assert (record.metadata.dialect, record.metadata.status) == ("nova", 202)


FIELDS: Final[list[tuple[dict[str, Any], str, Any]]] = [
    ({}, "flavor", "2"),
    ({"flavorRef": 3}, "flavor", "3"),
    ({"flavorRef": f"{BASE}/v2.1/flavors/4"}, "flavor", "4"),
    ({"flavorRef": f"{BASE}/flavors/4/"}, "flavor", "4"),
    ({}, "image", IMAGE),
    ({"imageRef": f"{BASE}/images/{IMAGE}"}, "image", IMAGE),
    ({"networks": "auto"}, "network", None),
    ({"networks": "none"}, "network", None),
    ({"networks": []}, "network", None),
    ({"networks": [{"uuid": "private"}]}, "network", "private"),
    ({"key_name": "admin-key"}, "keyname", "admin-key"),
    ({"metadata": {"b": "2", "a": "1"}}, "metadata", {"a": "1", "b": "2"}),
    ({"accessIPv4": ""}, "public_ip", None),
    (
        {"accessIPv4": "192.0.2.7"},
        "public_ip",
        {"id": "192.0.2.7", "address": "192.0.2.7", "dynamic": False},
    ),
    (
        {"block_device_mapping_v2": [{"source_type": "volume", "uuid": VOLUME, "boot_index": 0}]},
        "volumes",
        [{"id": VOLUME, "name": None}],
    ),
    (
        {
            "block_device_mapping_v2": [
                {
                    "source_type": "image",
                    "uuid": IMAGE,
                    "boot_index": 0,
                    "destination_type": "local",
                    "delete_on_termination": True,
                }
            ]
        },
        "volumes",
        [],
    ),
]


@pytest.mark.parametrize(("fields", "name", "value"), FIELDS)
def test_a_field_becomes_one_of_the_server(
    api: Api, fields: dict[str, Any], name: str, value: Any
) -> None:
    create(api, **fields)
    assert of_root(api)[name] == value


@pytest.mark.parametrize(
    "fields",
    [
        {"user_data": "IyEvYmluL3No"},
        {"personality": [{"path": "/etc/motd", "contents": "aGk="}]},
        {"config_drive": True},
        {"config_drive": "True"},
        {"availability_zone": "nova"},
        {"security_groups": [{"name": "web"}]},
        {"OS-DCF:diskConfig": "AUTO"},
        {"adminPass": "secret"},
        {"min_count": "1", "max_count": 1, "return_reservation_id": "false"},
        {"key_name": None, "user_data": None, "networks": None},
    ],
)
def test_what_there_is_no_such_thing_for_is_taken_and_changes_nothing(
    api: Api, fields: dict[str, Any]
) -> None:
    plain, other = show(api, create(api)), show(api, create(api, **fields))
    differing = {name for name in plain if plain[name] != other[name]}
    assert differing <= {"id", "links", "created", "updated"}


@pytest.mark.parametrize("name", ["os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"])
def test_hints_are_taken_beside_the_server(api: Api, name: str) -> None:
    body = {"server": LEAST, name: {"group": "x", "different_host": ["y"]}}
    conforms("server created", api.post(SERVERS, body))


def test_an_image_is_found_by_its_id_in_capitals_and_kept_as_it_is(api: Api) -> None:
    disk: dict[str, Any] = {
        "source_type": "image",
        "uuid": IMAGE.upper(),
        "destination_type": "local",
    }
    disk |= {"boot_index": 0}
    for fields in ({"imageRef": IMAGE.upper()}, {"block_device_mapping_v2": [disk]}):
        server_id = create(api, **fields)
        shown = show(api, server_id)["image"]
        assert shown["id"] == IMAGE


def test_an_image_may_be_named_as_the_disk_alone(api: Api) -> None:
    disk = {"source_type": "image", "uuid": IMAGE, "destination_type": "volume", "volume_size": 5}
    create(api, imageRef="", block_device_mapping_v2=[disk])
    shown = of_root(api)
    assert shown["image"] == IMAGE
    (volume,) = shown["volumes"]
    found = api.get(f"/volumes/{volume['id']}").json()["volume"]
    assert found["size"] == 5 * 1024**3


def test_a_server_may_boot_from_a_volume_alone(api: Api) -> None:
    disk = {"source_type": "volume", "uuid": VOLUME, "boot_index": "0"}
    server_id = create(api, imageRef="", block_device_mapping_v2=[disk])
    shown = show(api, server_id)
    assert shown["image"] == ""
    assert shown["os-extended-volumes:volumes_attached"] == [{"id": VOLUME}]


WRONG: Final[list[tuple[Any, tuple[str, ...]]]] = [
    (LEAST | {"name": ""}, ("name: ",)),
    (LEAST | {"name": "x" * 256}, ("name: ",)),
    *(
        (LEAST | {"name": name}, ("name: must not begin",))
        for name in (" ", " a", "a\n", "a\u3000")
    ),
    (LEAST | {"name": 5}, ("name: ",)),
    (LEAST | {"metadata": 5}, ("metadata: must be an object",)),
    (LEAST | {"accessIPv4": "x"}, ("accessIPv4: must be an IPv4 address",)),
    ({"name": "a", "imageRef": IMAGE}, ("flavorRef: required key not provided",)),
    ({"name": "a", "flavorRef": "2"}, ("Invalid imageRef provided.",)),
    (LEAST | {"flavorRef": "99"}, ("Invalid flavorRef provided.",)),
    (LEAST | {"flavorRef": "m1.small"}, ("Invalid flavorRef provided.",)),
    (LEAST | {"imageRef": VOLUME}, ("Invalid imageRef provided.",)),
    (LEAST | {"imageRef": "cirros-0.3.4-x86_64-uec"}, ("Invalid imageRef provided.",)),
    (LEAST | {"imageRef": VOLUME, "flavorRef": "99"}, ("flavorRef: ", "imageRef: ")),
    (LEAST | {"name": "", "zap": 1, "metadata": {"a": 1}}, ("name: ", "zap: ", "metadata: ")),
    (LEAST | {"organization": HOME}, ("organization: unknown field",)),
    (LEAST | {"tags": ["a"]}, ("tags: unknown field",)),
    (LEAST | {"networks": "some"}, ("networks: ",)),
    (LEAST | {"networks": [{"port": "p"}]}, ("networks: ",)),
    (LEAST | {"networks": [{"uuid": "a"}, {"uuid": "b"}]}, ("networks: ",)),
    (LEAST | {"accessIPv4": "300.1.1.1"}, ("accessIPv4: ",)),
    (LEAST | {"accessIPv6": "::1"}, ("accessIPv6: ",)),
    (LEAST | {"min_count": 3, "max_count": 2}, ("min_count: ",)),
    (LEAST | {"max_count": 101}, ("max_count: ",)),
    (LEAST | {"min_count": 0}, ("min_count: ",)),
    (LEAST | {"name": "x" * 254, "max_count": 2}, ("name: ",)),
    (LEAST | {"config_drive": "perhaps"}, ("config_drive: ",)),
    (LEAST | {"user_data": 5}, ("user_data: ",)),
    (LEAST | {"metadata": {"a": "x" * 256}}, ("metadata: ",)),
    (LEAST | {"metadata": {str(n): "" for n in range(129)}}, ("metadata: ",)),
    (LEAST | {"block_device_mapping_v2": [{"source_type": "snapshot"}]}, ("0.source_type",)),
    (LEAST | {"block_device_mapping_v2": [{"source_type": "volume"}]}, ("0.uuid",)),
    (LEAST | {"block_device_mapping_v2": [{"source_type": "blank"}]}, ("0.volume_size",)),
    (
        LEAST
        | {
            "block_device_mapping_v2": [
                {"source_type": "image", "uuid": IMAGE, "destination_type": "volume"}
            ]
        },
        ("0.volume_size",),
    ),
    (LEAST | {"min_count": "2\n"}, ("min_count",)),
    (
        LEAST | {"block_device_mapping_v2": [{"source_type": "image", "uuid": "other"}]},
        ("another image",),
    ),
    ([], ("server: ",)),
]


@pytest.mark.parametrize(("server", "words"), WRONG)
def test_every_bad_field_is_named_in_one_message(
    api: Api, server: Any, words: tuple[str, ...]
) -> None:
    message = refused(api, lambda: ask(api, server), 400)
    for word in words:
        assert word in message


@pytest.mark.parametrize("body", [{}, {"servers": LEAST}, {"server": LEAST, "more": 1}])
def test_the_envelope_holds_a_server_and_hints_alone(api: Api, body: Any) -> None:
    refused(api, lambda: api.post(SERVERS, body), 400)


def test_several_at_once_bear_numbers_and_one_reservation(api: Api) -> None:
    answer, left = recorded(api, lambda: ask(api, LEAST | {"min_count": 1, "max_count": 3}))
    made = conforms("server created", answer)["server"]
    assert left == ["server.created"] * 3
    found = api.get("/servers").json()["servers"]
    assert [server["name"] for server in found] == ["web-1-1", "web-1-2", "web-1-3"]
    assert made["id"] == found[0]["id"]
    assert len({server["reservation_id"] for server in found}) == 1


def test_a_reservation_alone_is_answered_where_it_is_asked_for(api: Api) -> None:
    asked = LEAST | {"min_count": "2", "return_reservation_id": True}
    answer = ask(api, asked)
    reservation = conforms("servers reserved", answer)["reservation_id"]
    assert "location" not in answer.headers
    found = api.get(f"/v2.1/servers?reservation_id={reservation}").json()["servers"]
    assert [server["name"] for server in found] == ["web-1-2", "web-1-1"]


def test_a_password_that_was_sent_is_told_and_another_is_always_the_same(api: Api) -> None:
    assert ask(api, LEAST | {"adminPass": "mine"}).json()["server"]["adminPass"] == "mine"
    first = ask(api, LEAST, headers={"Idempotency-Key": "k"})
    again = ask(api, LEAST, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert first.json()["server"]["adminPass"]
    assert first.json()["server"]["adminPass"] != ask(api, LEAST).json()["server"]["adminPass"]
    assert b"mine" not in api.service.openapi
    assert "adminPass" not in str([record for _, record in api.records()])


def test_who_may_only_read_makes_nothing(api: Api) -> None:
    token = api.issue("reader", HOME)
    refused(api, lambda: ask(api, LEAST, token=token), 403, "right.missing")


def test_an_image_of_another_organization_is_not_there(api: Api) -> None:
    made = api.post(f"{SERVERS}/{create(api)}/action", {"createImage": {"name": "golden"}})
    image = made.headers["location"].rpartition("/")[2]
    token = api.issue("member", ELSEWHERE)
    asked = LEAST | {"imageRef": image}
    assert "imageRef" in refused(api, lambda: ask(api, asked, token=token), 400)
    create(api, imageRef=image)
