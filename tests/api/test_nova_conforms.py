"""Every answer of the compute dialect is exactly what Nova's API promises at microversion 2.1."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.nova_schemas import conforms, fault
from tests.support import HOME, Api

IMAGE = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
NOVA = "/v2.1"


def make(api: Api, **fields: Any) -> str:
    """The id of a new server."""
    asked = {"name": "web", "imageRef": IMAGE, "flavorRef": "2", "networks": "auto"}
    answer = api.post(f"{NOVA}/servers", {"server": asked | fields})
    made: str = conforms("server created", answer)["server"]["id"]
    assert answer.headers["Location"].endswith(f"{NOVA}/servers/{made}")
    return made


def act(api: Api, made: str, body: dict[str, Any]) -> Any:
    return api.post(f"{NOVA}/servers/{made}/action", body)


def test_the_versions_are_told_to_anybody(api: Api) -> None:
    conforms("versions", api.get("/", token=None))
    for path in (NOVA, f"{NOVA}/"):
        conforms("version", api.get(path, token=None))


def test_a_server_conforms_however_it_came_to_be(api: Api) -> None:
    made = [
        make(api),
        make(api, metadata={"role": "web"}, key_name="admin-key", accessIPv4="192.0.2.1"),
        make(api, imageRef="", block_device_mapping_v2=[_boot_disk()]),
        api.create("bare")["id"],
        api.create("full", tags=["a"], volumes=[{"id": "v", "name": "data"}], flavor="odd")["id"],
        api.create("typed", commercial_type="VC1S", public_ip="ip-1", image="odd")["id"],
    ]
    api.act(made[-1], "poweron")
    for ref in made:
        server = conforms("server", api.get(f"{NOVA}/servers/{ref}"))["server"]
        assert (server["id"], server["tenant_id"]) == (ref, HOME)
    shown = conforms("servers detail", api.get(f"{NOVA}/servers/detail"))["servers"]
    assert [server["id"] for server in shown] == made[::-1]


def _boot_disk() -> dict[str, Any]:
    return {
        "uuid": IMAGE,
        "source_type": "image",
        "destination_type": "local",
        "boot_index": 0,
        "delete_on_termination": True,
    }


def test_lists_conform_and_say_where_they_go_on(api: Api) -> None:
    for path, name in (("servers", "servers"), ("servers/detail", "servers detail")):
        assert conforms(name, api.get(f"{NOVA}/{path}")) == {"servers": []}
    made = [make(api, name=f"web-{n}") for n in range(3)][::-1]
    for path, name in (("servers", "servers"), ("servers/detail", "servers detail")):
        answer = api.get(f"{NOVA}/{path}", params={"limit": 2})
        body = conforms(name, answer)
        assert "Link" not in answer.headers
        assert [server["id"] for server in body["servers"]] == made[:2]
        (further,) = body["servers_links"]
        body = conforms(name, api.get(further["href"]))
        assert [server["id"] for server in body["servers"]] == made[2:]
        assert "servers_links" not in body
        past = api.get(f"{NOVA}/{path}", params={"marker": made[-1]})
        assert conforms(name, past) == {"servers": []}


def test_a_create_conforms_with_a_reservation_id_too(api: Api) -> None:
    asked = {"name": "web", "imageRef": IMAGE, "flavorRef": "2", "min_count": 2}
    make(api, min_count=2)
    reserved = api.post(f"{NOVA}/servers", {"server": asked | {"return_reservation_id": True}})
    conforms("servers reserved", reserved)


def test_an_update_conforms(api: Api) -> None:
    made = make(api)
    answer = api.put(f"{NOVA}/servers/{made}", {"server": {"name": "db"}})
    assert conforms("server updated", answer)["server"]["name"] == "db"
    unchanged = api.put(f"{NOVA}/servers/{made}", {"server": {"name": "db"}})
    conforms("server updated", unchanged)


def test_actions_and_a_delete_answer_without_a_body(api: Api) -> None:
    made = make(api)
    for body in (
        {"os-stop": None},
        {"os-start": None},
        {"reboot": {"type": "SOFT"}},
        {"reboot": {"type": "HARD"}},
    ):
        conforms("action taken", act(api, made, body))
        conforms("server", api.get(f"{NOVA}/servers/{made}"))
    kept: tuple[dict[str, Any], ...] = (
        {"createImage": {"name": "golden"}},
        {"createBackup": {"name": "nightly", "backup_type": "daily", "rotation": 1}},
    )
    for asked in kept:
        answer = act(api, made, asked)
        conforms("action taken", answer)
        image = answer.headers["Location"].rpartition("/images/")[2]
        shown = conforms("image", api.get(f"{NOVA}/images/{image}"))["image"]
        assert (shown["id"], shown["server"]["id"]) == (image, made)
    conforms("server deleted", api.delete(f"{NOVA}/servers/{made}"))


def test_metadata_conforms(api: Api) -> None:
    path = f"{NOVA}/servers/{make(api)}/metadata"
    assert conforms("metadata", api.get(path)) == {"metadata": {}}
    conforms("metadata", api.put(path, {"metadata": {"role": "web"}}))
    conforms("metadata", api.post(path, {"metadata": {"stage": "live"}}))
    conforms("metadata item", api.put(f"{path}/role", {"meta": {"role": "db"}}))
    shown = conforms("metadata item", api.get(f"{path}/role"))
    assert shown == {"meta": {"role": "db"}}
    conforms("metadata item deleted", api.delete(f"{path}/role"))
    assert conforms("metadata", api.get(path)) == {"metadata": {"stage": "live"}}


def test_flavors_and_images_conform(api: Api) -> None:
    for kind in ("flavor", "image"):
        brief = conforms(f"{kind}s", api.get(f"{NOVA}/{kind}s"))[f"{kind}s"]
        whole = conforms(f"{kind}s detail", api.get(f"{NOVA}/{kind}s/detail"))[f"{kind}s"]
        assert [one["id"] for one in brief] == [one["id"] for one in whole]
        for one in whole:
            shown = conforms(kind, api.get(f"{NOVA}/{kind}s/{one['id']}"))
            assert shown == {kind: one}
    conforms("extra specs", api.get(f"{NOVA}/flavors/2/os-extra_specs"))


def test_what_was_done_conforms_also_when_the_server_is_gone(api: Api) -> None:
    made = make(api)
    act(api, made, {"os-stop": None})
    api.act(made, "backup", name="by the root")
    api.delete(f"{NOVA}/servers/{made}")
    path = f"{NOVA}/servers/{made}/os-instance-actions"
    actions = conforms("instance actions", api.get(path))["instanceActions"]
    assert {action["instance_uuid"] for action in actions} == {made}
    for action in actions:
        one = conforms("instance action", api.get(f"{path}/{action['request_id']}"))
        assert one["instanceAction"]["action"] == action["action"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("servers/{made}/action", {"os-start": None}, 409),
        ("servers/{made}/action", {"fly": None}, 400),
        ("servers/{made}/action", {"reboot": {"type": "WARM"}}, 400),
        ("servers/{made}/action", {}, 400),
        ("servers/web/action", {"os-stop": None}, 404),
        ("servers", {"server": {"name": "", "imageRef": IMAGE, "flavorRef": "2"}}, 400),
        ("servers", {"server": {"name": "a", "imageRef": IMAGE, "flavorRef": "odd"}}, 400),
        ("servers", {"server": {"name": "a", "imageRef": str(uuid4()), "flavorRef": "2"}}, 400),
        ("servers", {"server": {"name": "a", "imageRef": IMAGE}}, 400),
        ("servers", {"name": "a"}, 400),
        ("servers/{made}/metadata", {"metadata": {"a": 1}}, 400),
        ("flavors", {}, 405),
        ("no-such-path", {}, 404),
    ],
)
def test_a_refused_write_is_a_fault(api: Api, path: str, body: Any, status: int) -> None:
    made = make(api)
    assert fault(api.post(f"{NOVA}/{path.format(made=made)}", body), status)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("servers/web", 404),
        ("servers/00000000-0000-4000-8000-000000000000", 404),
        ("servers/{made}/metadata/none", 404),
        ("servers/{made}/os-instance-actions/none", 404),
        ("servers/detail?limit=-1", 400),
        ("servers?marker=none", 400),
        ("flavors/m1.small", 404),
        ("images/none", 404),
        ("no-such-path", 404),
    ],
)
def test_a_refused_read_is_a_fault(api: Api, path: str, status: int) -> None:
    made = make(api)
    assert fault(api.get(f"{NOVA}/{path.format(made=made)}"), status)


def test_who_may_not_is_told_by_a_fault(api: Api) -> None:
    made = make(api)
    path = f"{NOVA}/servers/{made}"
    for token in (None, str(uuid4())):
        answer = api.get(path, token=token)
        assert fault(answer, 401)
        assert "WWW-Authenticate" in answer.headers
    reader, elsewhere = api.issue("reader"), api.issue("member", str(uuid4()))
    assert fault(api.delete(path, token=reader), 403)
    assert fault(api.delete(path, token=elsewhere), 404)
    conforms("server", api.get(path, token=reader))


def test_a_body_that_cannot_be_read_is_a_fault(api: Api) -> None:
    path = f"{NOVA}/servers"
    json = {"Content-Type": "application/json"}
    assert fault(api.request("POST", path, content=b"{", headers=json), 400)
    assert fault(api.request("POST", path, content=b" " * 70_000, headers=json), 413)
    xml = {"Content-Type": "application/xml"}
    assert fault(api.request("POST", path, content=b"<server/>", headers=xml), 415)
