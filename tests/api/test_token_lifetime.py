"""How long a token is honoured: until it expires or is revoked, across restarts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from api.http import callers
from commands.tokens import issue_token, new_token, revoke_token
from domain.refusals import PrincipalNameTaken
from tests.api.expecting import problem, recorded, refuses
from tests.support import HOME, Api, running


def test_an_expired_token_is_not_honoured(api: Api) -> None:
    def issued(expires_in: dt.timedelta) -> str:
        token, at = new_token(), dt.datetime.now(dt.UTC) + expires_in
        run = api.service.store.writer.run
        run(lambda unit: issue_token(unit, token, new_token(), "member", (HOME,), at))
        return token

    assert api.get("/servers", token=issued(dt.timedelta(days=1))).status_code == 200
    expired = issued(-dt.timedelta(seconds=1))
    refuses(api, (401, "caller.unknown"), "GET", "/servers", token=expired)


def test_a_revoked_token_is_not_honoured(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "REMEMBERED_S", 0.0)
    token = api.issue("member", HOME, name="builder")
    assert api.get("/servers", token=token).status_code == 200
    run = api.service.store.writer.run
    _, left = recorded(api, lambda: run(lambda unit: revoke_token(unit, "builder")))
    assert left == ["token.revoked"]
    refuses(api, (401, "caller.unknown"), "GET", "/servers", token=token)
    assert api.get("/servers").status_code == 200


def test_of_one_name_there_is_one_principal_with_one_token(api: Api) -> None:
    token = api.issue("member", HOME, name="builder")
    with pytest.raises(PrincipalNameTaken):
        api.issue("admin", HOME, name="builder")
    api.service.store.writer.run(lambda unit: revoke_token(unit, "builder"))
    _, left = recorded(api, lambda: api.issue("reader", HOME, name="builder"))
    assert left == ["token.issued"]
    issued = [record for _, record in api.records() if record.metadata.command == "issue_token"]
    assert issued[-1].originator_id == issued[-2].originator_id
    assert token not in repr(issued)


def test_tokens_outlive_a_restart_and_so_do_revocations(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        kept, revoked = api.issue("reader", HOME), api.issue("reader", HOME, name="gone")
        api.service.store.writer.run(lambda unit: revoke_token(unit, "gone"))
    with running(tmp_path) as api:
        assert api.get("/servers", token=kept).status_code == 200
        problem(api.get("/servers", token=revoked), 401, "caller.unknown")
