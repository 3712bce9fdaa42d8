"""The `openstack` command that logs in: a principal's name, and its token for a password."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from tests.clients.openstack_command import Command, with_password
from tests.process import Process
from tests.program import issue

pytestmark = pytest.mark.clients


def test_who_logs_in_works_as_with_the_token(
    tmp_path: Path, service: Process, organization: str
) -> None:
    name = f"alice {organization}"
    password = issue(service.folder, "member", organization, name=name)
    openstack = with_password(tmp_path, service.base, name, password, OS_PROJECT_ID=organization)
    issued = openstack("token", "issue")
    assert issued["project_id"] == organization
    catalogue = {entry["Type"]: entry["Endpoints"] for entry in openstack("catalog", "list")}
    assert set(catalogue) == {"compute", "image", "identity"}
    for endpoints in catalogue.values():
        assert endpoints[0]["url"].startswith(f"{service.base}/")

    image = openstack("image", "list")[0]["Name"]
    made = openstack("server", "create", "--flavor", "m1.tiny", "--image", image, "web")
    openstack.done("server", "stop", "web")
    (listed,) = openstack("server", "list")
    assert (listed["ID"], listed["Status"]) == (made["id"], "SHUTOFF")
    assert openstack("server", "image", "create", "--name", "golden", "web")["status"] == "active"
    openstack.done("server", "delete", "--wait", "web")
    assert openstack("server", "list") == []

    with_issued = Command(
        tmp_path,
        OS_AUTH_TYPE="v3token",
        OS_AUTH_URL=f"{service.base}/identity/v3",
        OS_TOKEN=issued["id"],
        OS_PROJECT_ID=organization,
    )
    assert with_issued("server", "list") == []


def test_the_project_may_be_told_by_its_name(
    tmp_path: Path, service: Process, organization: str
) -> None:
    name = f"alice {organization}"
    password = issue(service.folder, "member", organization, name=name)
    for variables in (
        {"OS_PROJECT_NAME": organization, "OS_PROJECT_DOMAIN_ID": "default"},
        {"OS_PROJECT_NAME": organization, "OS_PROJECT_DOMAIN_NAME": "Default"},
    ):
        openstack = with_password(tmp_path, service.base, name, password, **variables)
        assert openstack("token", "issue")["project_id"] == organization


def test_who_cannot_log_in_is_told(tmp_path: Path, service: Process, organization: str) -> None:
    name = f"alice {organization}"
    password = issue(service.folder, "member", organization, name=name)
    for who, what, where in (
        (name, str(uuid4()), organization),
        ("nobody", password, organization),
        (name, password, str(uuid4())),
    ):
        stranger = with_password(tmp_path, service.base, who, what, OS_PROJECT_ID=where)
        assert "HTTP 401" in stranger.refused("token", "issue")
