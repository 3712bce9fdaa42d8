"""The first start of an empty log: its first record, and its first admin token."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from api.app import Service
from api.serve import first_start
from api.settings import ConfigurationError, Settings
from domain.events import StoreCreated, TokenIssued
from projections.tokens import find_caller
from tests.databases import database_url
from tests.support import ADMIN_TOKEN, ELSEWHERE, HOME, running

UUID_4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_a_configured_token_becomes_the_first_admins(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        (_, created), (_, issued) = api.records()
        assert isinstance(created.event, StoreCreated)
        assert isinstance(issued.event, TokenIssued)
        assert (issued.event.role, issued.event.organization) == ("admin", HOME)
        assert issued.event.token_sha256 == hashlib.sha256(ADMIN_TOKEN.encode()).hexdigest()
        assert api.get("/servers", token=ADMIN_TOKEN).status_code == 200


def test_the_first_admins_home_is_configured(tmp_path: Path) -> None:
    with running(tmp_path, organization=ELSEWHERE) as api:
        enveloped = {"server": {"name": "x", "flavor": "1", "image": "y"}}
        assert api.post("/servers", enveloped).json()["server"]["organization"] == ELSEWHERE


def test_without_one_a_token_is_made_and_told_once(tmp_path: Path) -> None:
    with running(tmp_path / "..", token="", database=database_url(tmp_path, "x")) as api:
        assert first_start(api.service.store, api.service.settings) is None
    service = Service(Settings(database=database_url(tmp_path, "y"), request_log=False))
    try:
        made = first_start(service.store, service.settings)
        assert made is not None
        assert re.fullmatch(UUID_4, made)
        assert first_start(service.store, service.settings) is None
        with service.database.reading() as session:
            found = find_caller(session, hashlib.sha256(made.encode()).hexdigest())
        assert found is not None
        assert found.role == "admin"
    finally:
        service.store.close()


def test_a_log_that_has_begun_takes_no_other_first_token(tmp_path: Path) -> None:
    other = "another-token-of-thirty-two-characters"
    with running(tmp_path):
        pass
    with running(tmp_path, token=other) as api:
        assert api.names() == ["store.created", "token.issued"]
        assert api.get("/servers", token=other).status_code == 401
        assert api.get("/servers", token=ADMIN_TOKEN).status_code == 200


@pytest.mark.parametrize("token", ["short", "x" * 31, "é" * 32, "x" * 31 + "\n"])
def test_a_token_that_is_short_or_not_visible_ascii_is_refused(token: str) -> None:
    with pytest.raises(ConfigurationError, match="RACKLEDGER_TOKEN"):
        Settings(token=token)


def test_a_token_of_32_characters_is_taken() -> None:
    assert Settings(token="x" * 32).token == "x" * 32


def test_the_home_organization_has_a_default() -> None:
    assert Settings().organization == "f030e920-9743-4f28-8164-964ba8555fa5"
