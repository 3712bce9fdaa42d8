"""Volumes, snapshots and images over organizations: who may do what, what is not there for whom."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import pytest

from domain.access import ROLES, Role
from domain.events import RequestRefused
from tests.api.expecting import MISSING, recorded, refuses
from tests.api.storing import PUBLIC_IMAGE, back_up, ids, make_image, make_snapshot, make_volume
from tests.api.test_roles import THIRD
from tests.support import ELSEWHERE, HOME, Api

WRITERS: Final = ("member", "admin")
LISTS: Final = ("/volumes", "/snapshots", "/images")
OPERATIONS: Final[tuple[tuple[str, str, Any, int], ...]] = (
    ("GET", "/volumes/VOLUME", None, 200),
    ("GET", "/snapshots/SNAPSHOT", None, 200),
    ("GET", "/images/IMAGE", None, 200),
    ("POST", "/snapshots", {"name": "s", "volume_id": "VOLUME"}, 201),
    ("POST", "/images", {"name": "i", "root_volume": "VOLUME"}, 201),
    ("POST", "/images", {"name": "i", "root_volume": "SNAPSHOT"}, 201),
    ("POST", "/volumes", {"name": "v", "base_snapshot": "SNAPSHOT"}, 201),
    ("PATCH", "/volumes/VOLUME", {"name": "n"}, 200),
    ("PATCH", "/snapshots/SNAPSHOT", {"name": "n"}, 200),
    ("PATCH", "/images/IMAGE", {"name": "n"}, 200),
    ("DELETE", "/images/IMAGE", None, 204),
    ("DELETE", "/snapshots/SNAPSHOT", None, 204),
    ("DELETE", "/volumes/VOLUME", None, 204),
)


def stored(api: Api, organization: str) -> dict[str, str]:
    """A volume, a snapshot and an image of an organization."""
    volume = make_volume(api, organization=organization)["id"]
    snapshot, image = make_snapshot(api, volume), make_image(api, volume)
    return {"VOLUME": volume, "SNAPSHOT": snapshot["id"], "IMAGE": image["id"]}


def filled(value: Any, meant: dict[str, str]) -> Any:
    """A path or a body with ids in their places."""
    if isinstance(value, dict):
        return {name: filled(member, meant) for name, member in value.items()}
    for name, id_ in meant.items():
        value = value.replace(name, id_) if isinstance(value, str) else value
    return value


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path", "body", "status"), OPERATIONS)
def test_in_its_organizations_a_role_does_what_it_may(
    api: Api, role: Role, method: str, path: str, body: Any, status: int
) -> None:
    token = api.issue(role, HOME, ELSEWHERE)
    for organization in (HOME, ELSEWHERE):
        meant = stored(api, organization)
        asked = {"json": filled(body, meant), "token": token}
        if method == "GET" or role in WRITERS:
            answer, left = recorded(api, partial(api.request, method, filled(path, meant), **asked))
            assert answer.status_code == status, answer.text
            assert len(left) == (method != "GET")
        else:
            refuses(api, (403, "right.missing"), method, filled(path, meant), **asked)


@pytest.mark.parametrize(("method", "path", "body", "status"), OPERATIONS)
def test_what_is_foreign_is_told_as_what_is_missing(
    api: Api, method: str, path: str, body: Any, status: int
) -> None:
    token, meant = api.issue("member", HOME, ELSEWHERE), stored(api, THIRD)
    bodies = []
    for there in (meant, dict.fromkeys(meant, MISSING)):
        kind = path.split("/")[1][:-1]
        if method == "POST":
            kind = "volume" if "volume_id" in body else "snapshot"
        told = refuses(
            api,
            (404, f"{kind}.unknown"),
            method,
            filled(path, there),
            json=filled(body, there),
            token=token,
        )
        del told["request_id"]
        words = str(told)
        for id_ in there.values():
            words = words.replace(id_, "X")
        bodies.append(words)
        if method != "GET":
            ((_, record),) = api.records(api.position - 1)
            assert isinstance(record.event, RequestRefused)
            assert (record.event.server_id, record.event.volume_id) == (None, None)
            assert record.metadata.organization == HOME
    assert bodies[0] == bodies[1]


def test_lists_hold_the_callers_organizations_alone(api: Api) -> None:
    found = {place: stored(api, place) for place in (HOME, ELSEWHERE, THIRD)}
    token = api.issue("reader", ELSEWHERE, THIRD)
    for path, name in zip(LISTS, ("VOLUME", "SNAPSHOT", "IMAGE"), strict=True):
        theirs = [found[place][name] for place in (ELSEWHERE, THIRD)]
        assert ids(api, path, token=token) == theirs
        assert ids(api, f"{path}?organization={THIRD}", token=token) == theirs[1:]
        assert ids(api, f"{path}?project={HOME}", token=token) == []
        assert ids(api, path) == [found[place][name] for place in (HOME, ELSEWHERE, THIRD)]
        assert ids(api, f"{path}?organization={HOME}") == [found[HOME][name]]


def test_a_foreign_organization_is_refused_on_every_create(api: Api) -> None:
    token, meant = api.issue("member", HOME), stored(api, HOME)
    for path, body in (
        ("/volumes", {"name": "v", "size": 1}),
        ("/volumes", {"name": "", "size": 0}),
        ("/snapshots", {"name": "s", "volume_id": "VOLUME"}),
        ("/images", {"name": "i", "root_volume": "SNAPSHOT"}),
    ):
        for owner in ("organization", "project"):
            refuses(
                api,
                (403, "organization.foreign"),
                "POST",
                path,
                json=filled(body, meant) | {owner: THIRD},
                token=token,
            )


def test_a_foreign_server_s_volume_of_the_same_id_is_another(api: Api) -> None:
    api.create("theirs", organization=THIRD, volumes=["v-1"])
    token = api.issue("member", HOME)
    body = {"name": "s", "volume_id": "v-1"}
    refuses(api, (404, "volume.unknown"), "POST", "/snapshots", json=body, token=token)
    server = api.create("mine", volumes=["v-1"])
    image = make_image(api, "v-1")
    assert image["from_server"] != server["id"]  # of all that an administrator sees, the first
    answer = api.post("/images", {"name": "i", "root_volume": "v-1"}, token=token)
    assert answer.json()["image"]["from_server"] == server["id"]


def test_a_deleted_server_s_backups_are_its_organization_s_alone(api: Api) -> None:
    api.create("theirs", organization=THIRD)
    id_ = back_up(api, "theirs")
    api.delete("/servers/theirs")
    token = api.issue("member", HOME)
    refuses(api, (404, "snapshot.unknown"), "DELETE", f"/snapshots/{id_}", token=token)
    assert api.delete(f"/snapshots/{id_}", token=api.issue("member", THIRD)).status_code == 204


def test_everybody_sees_the_catalogue_s_images_and_a_reader_is_told_of_its_role(api: Api) -> None:
    token = api.issue("reader", THIRD)
    path = f"/images/{PUBLIC_IMAGE}"
    assert api.get(path, token=token).status_code == 200
    refuses(api, (403, "right.missing"), "DELETE", path, token=token)


@pytest.mark.parametrize("path", LISTS)
def test_a_token_is_needed(api: Api, path: str) -> None:
    for method, target in (("GET", path), ("POST", path), ("DELETE", f"{path}/x")):
        refuses(api, (401, "caller.unknown"), method, target, token=None)
