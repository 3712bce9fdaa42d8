"""Document B, operation by operation, with the bodies that it prints."""

from __future__ import annotations

from tests.support import HOME, Api

RAW_EDITOR = {"Content-Type": "text/plain;charset=UTF-8"}


B_CREATE = b"""{
    "server": {
        "name": "demo_instance_final",
        "flavor": "m1.small",
        "image": "cirros-0.3.4-x86_64-uec",
        "keyname": "admin-key",
        "network": "private"
    }
}\x20

"""


B_UPDATE = b"""{
    "server": {
        "new_name": "demo_instance_update"
    }
}\x20

"""


def test_document_b_creates_updates_and_deletes_with_the_bodies_it_prints(api: Api) -> None:
    created = api.post("/servers", content=B_CREATE, headers=RAW_EDITOR)
    assert created.status_code == 200
    server = created.json()["server"]
    assert created.headers["location"] == f"/servers/{server['id']}"
    assert (
        server.items()
        >= {
            "name": "demo_instance_final",
            "flavor": "m1.small",
            "image": "cirros-0.3.4-x86_64-uec",
            "keyname": "admin-key",
            "network": "private",
            "organization": HOME,
        }.items()
    )
    assert api.get("/servers").json() == {"servers": [server]}
    assert api.get(f"/servers/{server['id']}").json() == {"server": server}

    updated = api.patch("/servers/demo_instance_final", content=B_UPDATE, headers=RAW_EDITOR)
    assert updated.status_code == 200
    assert updated.json()["server"].items() >= {"id": server["id"], "version": 2}.items()
    assert updated.json()["server"]["name"] == "demo_instance_update"

    assert api.delete("/servers/demo_instance_final").status_code == 404
    assert api.delete("/servers/demo_instance_update").status_code == 204
    assert api.get(f"/servers/{server['id']}").status_code == 404
