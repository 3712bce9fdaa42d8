"""Requests about volumes and restore points in the log: repeated, told, proved, moved, replayed."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import rebuilt, recorded, refuses
from tests.api.keyed import same
from tests.api.storing import back_up, make_image, make_snapshot, make_volume
from tests.api.streams import live_through
from tests.support import ADMIN_TOKEN, ELSEWHERE, HOME, Api

WRITES: Final[dict[str, tuple[str, str, Any, int]]] = {
    "create a volume": ("POST", "/volumes", {"name": "v", "size": 1}, 201),
    "create one of a snapshot": ("POST", "/volumes", {"name": "v", "base_snapshot": "S"}, 201),
    "update a volume": ("PATCH", "/volumes/V", {"name": "n"}, 200),
    "update one without effect": ("PATCH", "/volumes/V", {"name": "data"}, 200),
    "update an attached one": ("PATCH", "/volumes/A", {"name": "n"}, 200),
    "update a server's": ("PATCH", "/volumes/v-1", {"name": "n"}, 200),
    "delete a volume": ("DELETE", "/volumes/V", None, 204),
    "snapshot a volume": ("POST", "/snapshots", {"name": "s", "volume_id": "V"}, 201),
    "snapshot a server's": ("POST", "/snapshots", {"name": "s", "volume_id": "v-1"}, 201),
    "update a snapshot": ("PATCH", "/snapshots/S", {"name": "n", "tags": ["t"]}, 200),
    "delete a snapshot": ("DELETE", "/snapshots/S", None, 204),
    "image a volume": ("POST", "/images", {"name": "i", "root_volume": "V"}, 201),
    "image a snapshot": ("POST", "/images", {"name": "i", "root_volume": "S"}, 201),
    "image a backup": ("POST", "/images", {"name": "i", "root_volume": "B"}, 201),
    "image a deleted server's": ("POST", "/images", {"name": "i", "root_volume": "D"}, 201),
    "update an image": ("PATCH", "/images/B", {"tags": ["t"]}, 200),
    "update a deleted server's": ("PATCH", "/images/D", {"name": "n"}, 200),
    "delete an image": ("DELETE", "/images/I", None, 204),
    "delete a deleted server's": ("DELETE", "/images/D", None, 204),
}


def prepare(api: Api) -> dict[str, str]:
    """What the writes are about, by the letters that stand for it."""
    volume, attached = make_volume(api), make_volume(api)
    api.create("db", volumes=["v-1", attached["id"]])
    api.create("gone")
    snapshot, image = make_snapshot(api, volume["id"]), make_image(api, volume["id"])
    found = {"V": volume["id"], "A": attached["id"], "S": snapshot["id"], "I": image["id"]}
    found |= {"B": back_up(api, "db", name="b"), "D": back_up(api, "gone", name="d")}
    api.delete("/servers/gone")
    return found


def disturb(api: Api, meant: dict[str, str]) -> None:
    """Change or remove whatever there is, so that an answer made anew would be another one."""
    for letter, path in (("V", "volumes"), ("A", "volumes")):
        api.patch(f"/volumes/{meant[letter]}", {"name": "later"})
        api.delete(f"/{path}/{meant[letter]}")
    api.delete("/servers/db")
    for path in ("snapshots", "images", "volumes"):
        for each in api.get(f"/{path}").json()[path]:
            api.patch(f"/{path}/{each['id']}", {"name": "later still"})
            api.delete(f"/{path}/{each['id']}")


@pytest.mark.parametrize("case", WRITES)
def test_the_same_request_gives_the_first_answer_again(api: Api, case: str) -> None:
    meant = prepare(api)
    method, path, body, status = WRITES[case]
    collection, _, id_ = path[1:].partition("/")
    target = f"/{collection}/{meant.get(id_, id_)}" if id_ else path
    sent = None if body is None else {
        name: meant.get(value, value) if isinstance(value, str) else value
        for name, value in body.items()
    }  # fmt: skip

    def ask() -> Any:
        return api.request(method, target, json=sent, headers={"Idempotency-Key": "k"})

    first, left = recorded(api, ask)
    assert first.status_code == status, first.text
    assert len(left) == 1
    for step in (lambda: disturb(api, meant), lambda: rebuilt(api)):
        step()
        again, left = recorded(api, ask)
        same(first, again)
        assert left == ["request.repeated"]
    other = {"json": {"name": "another"}, "headers": {"Idempotency-Key": "k"}}
    refuses(api, (422, "key.reused"), "POST", "/volumes", **other)


def test_events_are_told_with_the_volume_as_their_subject(api: Api) -> None:
    volume = make_volume(api)["id"]
    api.patch(f"/volumes/{volume}", {"name": "data"})
    api.create("db", volumes=[volume])
    api.delete(f"/volumes/{volume}")
    make_snapshot(api, volume)
    api.delete("/servers/db")
    api.delete(f"/volumes/{volume}")
    found = api.get("/events?after_position=2").json()["events"]
    assert [(event["type"], event["subject"] == volume) for event in found] == [
        ("volume.created", True),
        ("request.unchanged", True),
        ("server.created", False),
        ("request.refused", True),
        ("server.backed_up", False),
        ("server.deleted", False),
        ("volume.deleted", True),
    ]
    assert [event["data"]["version"] for event in found] == [1, None, 1, None, 2, 3, 2]
    assert api.get(f"/events/{found[0]['data']['position']}").json() == found[0]


def test_a_member_is_told_of_them_and_of_no_request(api: Api) -> None:
    live_through(api, HOME, ADMIN_TOKEN, "s")
    live_through(api, ELSEWHERE, ADMIN_TOKEN, "t")
    token = api.issue("member", HOME)
    told = api.get("/events?limit=100", token=token).json()["events"]
    mine = [
        record
        for _, record in api.records()
        if record.metadata.organization == HOME and record.metadata.outcome == "accepted"
    ]
    wanted = [record.id for record in mine if record.metadata.command != "issue_token"]
    assert [event["id"] for event in told] == wanted
    assert {"volume.deleted", "server.backup_deleted"} <= {event["type"] for event in told}


def test_what_is_done_to_a_deleted_server_s_backup_is_among_its_events(api: Api) -> None:
    server = api.create("db")["id"]
    id_ = back_up(api, "db")
    api.delete("/servers/db")
    api.patch(f"/images/{id_}", {"name": "n"})
    api.delete(f"/images/{id_}")
    found = api.get(f"/servers/{server}/events").json()["events"]
    assert [(event["type"], event["data"]["version"]) for event in found] == [
        ("server.created", 1),
        ("server.backed_up", 2),
        ("server.deleted", 3),
        ("server.backup_updated", 4),
        ("server.backup_deleted", 5),
    ]
    entries = api.get(f"/servers/{server}/audit").json()["entries"]
    assert [entry["action"] for entry in entries][-2:] == ["update_backup", "delete_backup"]
    assert entries[-1]["server"] == {"id": server, "name": "db"}
    assert [change["field"] for change in entries[-1]["changes"]] == [f"backups/{id_}"]
    memento = api.get(f"/servers/{server}?at_version=2")
    assert memento.status_code == 200
    assert api.get(f"/servers/{server}?at_version=4").status_code == 404
    assert api.get(f"/servers/{server}/diff?from=1").json()["to"] == {"version": 2}
    assert api.get(f"/servers/{server}/timemap").status_code == 200


def test_the_audit_tells_whom_a_request_about_a_volume_was_about(api: Api) -> None:
    volume = make_volume(api)["id"]
    server = api.create("db", volumes=[volume, "v-1"])["id"]
    for id_ in (volume, "v-1"):
        api.delete(f"/volumes/{id_}")
    entries = api.get("/audit?order=newest&limit=2").json()["entries"]
    assert [(entry["server"], entry["ref"], entry["outcome"]) for entry in entries] == [
        ({"id": server, "name": "db"}, "v-1", "refused"),
        (None, volume, "refused"),
    ]
    assert [entry["volume"] for entry in entries] == [None, {"id": volume, "name": "data"}]
    assert [entry["status"] for entry in entries] == [409, 409]


def test_a_rebuild_leaves_everything_as_it_was(api: Api) -> None:
    for number, organization in enumerate((HOME, ELSEWHERE)):
        live_through(api, organization, ADMIN_TOKEN, f"s{number}")
    prepare(api)
    before = [api.get(path).content for path in ("/volumes", "/snapshots", "/images")]
    rebuilt(api)
    assert [api.get(path).content for path in ("/volumes", "/snapshots", "/images")] == before
