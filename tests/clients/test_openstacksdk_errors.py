"""openstacksdk: what it tells its caller of a refusal, and who may log in."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.clients.beside import Client, Program
from tests.clients.conftest import cloud_of
from tests.clients.test_openstacksdk import OF_DOCUMENT_A, make
from tests.process import Process
from tests.program import issue

pytestmark = pytest.mark.clients


def refused(
    http: httpx2.Client, client: Client, path: str, *given: Any, **named: Any
) -> tuple[str, int | None, int]:
    """The class and status that the client tells of a refusal, and how many records it left."""
    before = position(http)
    refusal = client.refused(path, *given, **named)
    assert refusal.words
    return refusal.kind, refusal.status, position(http) - before


def position(http: httpx2.Client) -> int:
    """How many records the log holds."""
    found: int = http.get("/readyz").json()["position"]
    return found


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 256},
        {"flavor_id": "no-such-flavor"},
        {"image_id": str(uuid4())},
        {"metadata": {"key": "x" * 256}},
        {"min_count": 3, "max_count": 2},
    ],
)
def test_a_server_that_cannot_be_is_not_made(
    http: httpx2.Client, cloud: Client, wrong: dict[str, Any]
) -> None:
    asked = {"name": "web", "image_id": OF_DOCUMENT_A, "flavor_id": "2", "networks": "auto"}
    told = refused(http, cloud, "compute.create_server", **(asked | wrong))
    assert told == ("BadRequestException", 400, 0)
    assert cloud("compute.servers") == []


def test_an_empty_name_is_refused(http: httpx2.Client, cloud: Client) -> None:
    made = make(cloud)
    told = refused(http, cloud, "compute.update_server", made, name="")
    assert told == ("BadRequestException", 400, 0)
    assert cloud("compute.get_server", made)["name"] == "web"


def test_what_the_state_of_a_server_forbids_is_a_conflict(
    http: httpx2.Client, cloud: Client
) -> None:
    conflict = ("ConflictException", 409, 1)
    made = make(cloud)
    assert refused(http, cloud, "compute.start_server", made) == conflict
    cloud("compute.stop_server", made)
    assert refused(http, cloud, "compute.stop_server", made) == conflict
    assert refused(http, cloud, "compute.reboot_server", made, "SOFT") == conflict
    assert cloud("compute.get_server", made)["status"] == "SHUTOFF"


def test_a_reboot_is_soft_or_hard(http: httpx2.Client, cloud: Client) -> None:
    told = refused(http, cloud, "compute.reboot_server", make(cloud), "LUKEWARM")
    assert told == ("BadRequestException", 400, 0)


@pytest.mark.parametrize("token", ["no-such-token", "0f6d3c2a-0000-4000-8000-000000000000"])
def test_an_unknown_token_is_told(
    http: httpx2.Client, openstacksdk: Program, service: Process, token: str
) -> None:
    stranger = cloud_of(openstacksdk, service, token)
    for call in ("compute.servers", "compute.flavors"):
        kind, status, recorded = refused(http, stranger, call)
        assert (kind, status, recorded) == ("HttpException", 401, 0)


def test_a_server_of_another_organization_is_not_there(
    http: httpx2.Client, cloud: Client, openstacksdk: Program, service: Process
) -> None:
    made = make(cloud)
    other = cloud_of(openstacksdk, service, issue(service.folder, "member", str(uuid4())))
    assert other("compute.servers") == []
    missing = ("NotFoundException", 404)
    assert refused(http, other, "compute.get_server", made) == (*missing, 0)
    assert refused(http, other, "compute.server_actions", made) == (*missing, 0)
    assert refused(http, other, "compute.stop_server", made) == (*missing, 1)
    assert refused(http, other, "compute.update_server", made, name="mine") == (*missing, 1)
    gone = refused(http, other, "compute.delete_server", made, ignore_missing=False)
    assert gone == (*missing, 1)
    assert cloud("compute.get_server", made)["status"] == "ACTIVE"


def test_a_reader_is_told_that_it_may_not(
    http: httpx2.Client, cloud: Client, openstacksdk: Program, service: Process, organization: str
) -> None:
    made = make(cloud)
    reader = cloud_of(openstacksdk, service, issue(service.folder, "reader", organization))
    assert [server["id"] for server in reader("compute.servers")] == [made]
    forbidden = ("ForbiddenException", 403, 1)
    assert refused(http, reader, "compute.stop_server", made) == forbidden
    assert refused(http, reader, "compute.update_server", made, name="mine") == forbidden
    assert refused(http, reader, "compute.delete_server", made) == forbidden
    asked = {"name": "web", "image_id": OF_DOCUMENT_A, "flavor_id": "2", "networks": "auto"}
    assert refused(http, reader, "compute.create_server", **asked) == forbidden
    assert cloud("compute.get_server", made)["status"] == "ACTIVE"


def login(service: Process, name: str, password: str, organization: str) -> dict[str, Any]:
    """What a login with a name and a password takes: the token is the password."""
    return {
        "auth": {
            "auth_url": f"{service.base}/identity/v3",
            "username": name,
            "password": password,
            "project_id": organization,
            "user_domain_id": "default",
        }
    }


def test_who_logs_in_finds_every_service_in_the_catalogue(
    openstacksdk: Program, service: Process, organization: str
) -> None:
    name = f"alice {organization}"
    password = issue(service.folder, "member", organization, name=name)
    alice = openstacksdk.connect(**login(service, name, password, organization))
    made = make(alice)
    assert [server["id"] for server in alice("compute.servers")] == [made]
    images = alice("image.images")
    assert OF_DOCUMENT_A in [image["id"] for image in images]
    assert alice("image.find_image", images[0]["name"])["id"] == images[0]["id"]
    golden = alice("compute.create_server_image", made, "golden")
    assert alice("image.find_image", "golden")["id"] == golden["id"]
    assert alice("image.get_image", golden["id"])["status"] == "active"
    alice("image.delete_image", golden["id"], ignore_missing=False)
    assert alice("image.find_image", "golden") is None
    catalogued = alice.refused("image.delete_image", OF_DOCUMENT_A)
    assert (catalogued.kind, catalogued.status) == ("ForbiddenException", 403)


def test_who_cannot_log_in_is_told(
    openstacksdk: Program, service: Process, organization: str
) -> None:
    name = f"alice {organization}"
    password = issue(service.folder, "member", organization, name=name)
    issue(service.folder, "member", organization, name=f"bob {organization}")
    for who, what, where in (
        (name, str(uuid4()), organization),
        (f"bob {organization}", password, organization),
        (name, password, str(uuid4())),
    ):
        stranger = openstacksdk.connect(**login(service, who, what, where))
        refusal = stranger.refused("compute.servers")
        assert (refusal.kind, refusal.status) == ("Unauthorized", 401)
