"""Apache Libcloud's Scaleway driver: what it tells its caller of a refusal."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import ProviderError

from tests.clients.conftest import drive
from tests.clients.test_libcloud_nodes import OF_DOCUMENT_A, create
from tests.process import Process
from tests.program import issue

pytestmark = pytest.mark.clients


class Refused(NamedTuple):
    """What the client tells of a refusal, and how many records it left."""

    status: int
    words: str
    recorded: int


def refused(driver: Any, call: Any, *arguments: Any) -> Refused:
    before = position(driver)
    with pytest.raises(BaseHTTPError) as raised:
        call(*arguments)
    return Refused(raised.value.code, str(raised.value), position(driver) - before)


def position(driver: Any) -> int:
    """How many records the log holds."""
    found: int = driver.connection.request("/readyz").object["position"]
    return found


@pytest.mark.parametrize("token", ["", "no-such-token", "0f6d3c2a-0000-4000-8000-000000000000"])
def test_an_unknown_token_is_told(service: Process, organization: str, token: str) -> None:
    driver = drive(service, organization, token)
    words = "a valid token is required: X-Auth-Token, or Authorization: Bearer"
    for call in (driver.list_nodes, driver.list_images, driver.list_sizes, driver.list_volumes):
        assert refused(driver, call) == (401, words, 0)
    driver.connection.connection.session.close()


def test_an_unknown_node_is_told_and_so_is_one_of_another_organization(
    driver: Any, service: Process
) -> None:
    node = create(driver)
    elsewhere = str(uuid4())
    other = drive(service, elsewhere, issue(service.folder, "member", elsewhere))
    assert other.list_nodes() == []
    assert refused(other, other.destroy_node, node) == (404, f"no server '{node.id}'", 1)
    assert refused(other, other.reboot_node, node) == (404, f"no server '{node.id}'", 1)
    other.connection.connection.session.close()
    assert node.destroy() is True
    assert refused(driver, node.destroy) == (404, f"no server '{node.id}'", 1)


def test_an_unknown_image_is_told(driver: Any) -> None:
    missing = str(uuid4())
    assert refused(driver, driver.get_image, missing) == (404, f"no image '{missing}'", 0)


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_that_cannot_be_is_told(driver: Any, name: str) -> None:
    assert refused(driver, create, driver, name) == (400, "Validation Error", 0)
    assert driver.list_nodes() == []


def test_a_node_for_another_organization_is_refused(service: Process, token: str) -> None:
    elsewhere = str(uuid4())
    driver = drive(service, elsewhere, token)
    assert refused(driver, create, driver) == (
        403,
        f"the caller may not act in organization '{elsewhere}'",
        1,
    )
    assert driver.list_nodes() == []
    driver.connection.connection.session.close()


def test_a_reader_is_told_that_it_may_not(service: Process, driver: Any, organization: str) -> None:
    node = create(driver)
    reader = drive(service, organization, issue(service.folder, "reader", organization))
    assert [found.id for found in reader.list_nodes()] == [node.id]
    words = "the role 'reader' may not change servers"
    assert refused(reader, reader.destroy_node, node) == (403, words, 1)
    assert refused(reader, create, reader) == (403, words, 1)
    assert [found.id for found in driver.list_nodes()] == [node.id]
    reader.connection.connection.session.close()


def test_a_stopped_node_is_not_rebooted(driver: Any) -> None:
    node = create(driver)
    assert driver._action(node.id, "poweroff") is True
    assert refused(driver, node.reboot) == (
        409,
        "a stopped server cannot be restarted; start it first",
        1,
    )


def test_an_image_too_big_for_the_size_is_refused_by_the_client_itself(driver: Any) -> None:
    image = driver.get_image(OF_DOCUMENT_A)
    image.extra["size"] = 26
    (size,) = (found for found in driver.list_sizes() if found.name == "START1-XS")
    with pytest.raises(ProviderError):
        driver.create_node("web", size, image)
    assert driver.list_nodes() == []
