"""Limits of rate: on requests, if set, and on recorded refusals; past them 429, unrecorded."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from tests.api.expecting import problem, recorded
from tests.support import HOME, SEED_A, Api, running

SLOW: Final = 0.01
SPENT: Final = {"Idempotency-Key": "spent"}


def exceeded(answer: Any) -> None:
    problem(answer, 429, "rate.exceeded")
    wait_s = int(answer.headers["retry-after"])
    assert 0 < wait_s <= 100


def test_past_its_rate_a_caller_is_told_to_wait_and_nothing_is_recorded(tmp_path: Path) -> None:
    with running(tmp_path, rate_per_s=SLOW, rate_burst=3) as api:
        position = api.position
        assert api.get("/servers").status_code == 200
        assert api.post("/servers", SEED_A).status_code == 201
        assert api.get("/servers/none").status_code == 404
        for method, path in (
            ("GET", "/servers"),
            ("POST", "/servers"),
            ("DELETE", "/servers/my_server"),
            ("GET", "/flavors"),
        ):
            exceeded(api.request(method, path, json=SEED_A))
        assert api.names(position) == ["server.created"]


def test_each_caller_has_a_rate_of_its_own(tmp_path: Path) -> None:
    with running(tmp_path, rate_per_s=SLOW, rate_burst=1) as api:
        other = api.issue("reader", HOME)
        assert api.get("/servers").status_code == 200
        exceeded(api.get("/servers"))
        assert api.get("/servers", token=other).status_code == 200
        exceeded(api.get("/servers", token=other))


def test_what_needs_no_token_and_who_is_unknown_is_not_counted(tmp_path: Path) -> None:
    with running(tmp_path, rate_per_s=SLOW, rate_burst=1) as api:
        for _ in range(3):
            assert api.get("/healthz").status_code == 200
            assert api.request("OPTIONS", "/servers").status_code == 204
            assert api.get("/nowhere").status_code == 404
            assert api.get("/servers", token="wrong").status_code == 401
        assert api.get("/servers").status_code == 200
        exceeded(api.get("/servers"))


def test_the_rate_is_off_unless_set(api: Api) -> None:
    assert api.service.settings.rate_per_s == 0
    assert {api.get("/healthz").status_code for _ in range(200)} == {200}
    assert {api.get("/servers").status_code for _ in range(200)} == {200}


def test_refused_commands_are_bounded_whatever_refuses_them(tmp_path: Path) -> None:
    with running(tmp_path, refusals_per_s=SLOW, refusals_burst=5) as api:
        api.create()
        api.put("/servers/my_server", {}, headers=SPENT)
        reader = api.issue("reader", HOME)
        stale = {"If-Match": '"x:1"'}
        position = api.position
        refused: tuple[Any, ...] = (
            ("PUT", "/servers/none", {}, {}, 404),
            ("POST", "/servers/my_server/action", {"action": "restore"}, {}, 409),
            ("PUT", "/servers/my_server", {}, stale, 412),
            ("DELETE", "/servers/my_server", None, SPENT, 422),
        )
        for method, path, json, headers, status in refused:
            answer = api.request(method, path, json=json, headers=headers)
            assert answer.status_code == status
        assert api.delete("/servers/my_server", token=reader).status_code == 403
        assert api.delete("/servers/none").status_code == 404
        assert api.names(position) == ["request.refused"] * 6
        for method, path, json, headers, _ in refused:
            ask = partial(api.request, method, path, json=json, headers=headers)
            answer, left = recorded(api, ask)
            exceeded(answer)
            assert left == []


def test_what_is_not_recorded_is_not_counted_as_refused(tmp_path: Path) -> None:
    with running(tmp_path, refusals_per_s=SLOW, refusals_burst=1) as api:
        for _ in range(3):
            assert api.post("/servers", {}).status_code == 400
            assert api.get("/servers/none").status_code == 404
            assert api.post("/nowhere", {}).status_code == 404
            assert api.put("/servers/none", content=b"{").status_code == 400
        assert api.put("/servers/none", {}).status_code == 404
        exceeded(api.put("/servers/none", {}))


def test_past_the_bound_all_that_is_right_goes_on(tmp_path: Path) -> None:
    with running(tmp_path, refusals_per_s=SLOW, refusals_burst=1) as api:
        api.put("/servers/none", {})
        exceeded(api.put("/servers/none", {}))
        assert api.create()["version"] == 1
        assert api.put("/servers/my_server", {"tags": ["a"]}).status_code == 200
        assert api.get("/servers").status_code == 200


def test_each_caller_has_a_bucket_of_its_own(tmp_path: Path) -> None:
    with running(tmp_path, refusals_per_s=SLOW, refusals_burst=1) as api:
        other = api.issue("member", HOME)
        for token in ("", other):
            assert api.delete("/servers/none", token=token).status_code == 404
            exceeded(api.delete("/servers/none", token=token))


@pytest.mark.parametrize(
    ("setting", "default"), [("refusals_burst", 1_000), ("refusals_per_s", 20), ("rate_per_s", 0)]
)
def test_the_defaults_are_those_published(api: Api, setting: str, default: float) -> None:
    assert getattr(api.service.settings, setting) == default
