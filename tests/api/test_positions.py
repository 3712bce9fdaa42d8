"""`X-Log-Position` on every write, and `X-Min-Position` on every read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from api.http import conditions
from tests.api.expecting import problem, refuses
from tests.support import HOME, SEED_A, SEED_B, Api

READS: Final = (
    "/servers",
    "/servers?limit=1",
    "/servers?page=1",
    "/servers/my_server",
    "/servers/my_server/action",
    "/flavors",
    "/flavors/1",
    "/images",
    "/products/servers",
    "/products/servers/availability",
    "/volumes",
)
POSITION_MAX: Final = 2**63 - 1
MALFORMED: Final = (
    "",
    "-1",
    "+1",
    "1.0",
    "x",
    "0x1",
    "1 2",
    "1,2",
    "٣".encode(),
    "9" * 19,
    str(2**63),
)
LONG: Final = ("0" * 20 + "1", "0" * 20 + "9" * 5_000, "9" * 5_000)


def test_every_write_answers_the_position_of_its_last_record(api: Api) -> None:
    several = {"server": SEED_B["server"] | {"max_count": 3}}
    reader = api.issue("reader", HOME)
    for method, path, json, token in (
        ("POST", "/servers", SEED_A, ""),
        ("POST", "/servers", SEED_B, ""),
        ("POST", "/servers", several, ""),
        ("PUT", "/servers/my_server", {"tags": ["a"]}, ""),
        ("PUT", "/servers/my_server", {}, ""),
        ("PATCH", "/servers/my_server", {"server": {"new_name": "x"}}, ""),
        ("POST", "/servers/x/action", {"action": "poweron"}, ""),
        ("POST", "/servers/x/action", {"action": "poweron"}, ""),
        ("POST", "/servers/x/action", {"action": "restore"}, ""),
        ("PUT", "/servers/none", {}, ""),
        ("DELETE", "/servers/x", None, reader),
        ("DELETE", "/servers/x", None, ""),
    ):
        before = api.position
        answer = api.request(method, path, json=json, token=token)
        assert api.position > before
        assert answer.headers["x-log-position"] == str(api.position)


def test_reading_ones_own_write_needs_no_header(api: Api) -> None:
    for n in range(20):
        name = api.create(f"s-{n}")["name"]
        assert api.get(f"/servers/{name}").status_code == 200
        assert api.get("/servers").json()["servers"][-1]["name"] == name


@pytest.mark.parametrize("path", READS)
def test_a_read_of_a_position_that_is_reached_is_answered(api: Api, path: str) -> None:
    api.create()
    for position in ("0", "1", str(api.position), "00" + str(api.position)):
        answer = api.get(path, headers={"X-Min-Position": position})
        assert answer.status_code == 200


@pytest.mark.parametrize("path", READS)
def test_a_read_of_a_position_that_is_not_reached_is_unavailable(
    api: Api, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.create()
    monkeypatch.setattr(conditions, "POSITION_WAIT_S", 0.01)
    for position in (api.position + 1, POSITION_MAX):
        headers = {"X-Min-Position": str(position)}
        answer = api.get(path, headers=headers)
        body = problem(answer, 503, "position.unreached")
        assert answer.headers["retry-after"] == "1"
        assert str(position) in body["detail"]


def test_a_position_is_waited_for_up_to_two_seconds() -> None:
    assert conditions.POSITION_WAIT_S == 2.0


@pytest.mark.parametrize("value", MALFORMED)
def test_a_malformed_position_is_refused(api: Api, value: Any) -> None:
    api.create()
    headers = {"X-Min-Position": value}
    for path in READS:
        refuses(api, (400, "header.malformed"), "GET", path, headers=headers)


@pytest.mark.parametrize("value", LONG)
def test_a_position_of_very_many_digits_is_malformed(api: Api, value: str) -> None:
    headers = {"X-Min-Position": value}
    refuses(api, (400, "header.malformed"), "GET", "/servers", headers=headers)


def test_a_read_waits_for_a_write_that_is_on_its_way(api: Api) -> None:
    wanted = api.position + 1
    with ThreadPoolExecutor(1) as executor:
        reading = executor.submit(
            lambda: api.get("/servers", headers={"X-Min-Position": str(wanted)})
        )
        created = api.create()
        answer = reading.result()
    assert (answer.status_code, answer.json()) == (200, {"servers": [created]})
    assert int(answer.headers["x-log-position"]) >= wanted


def test_a_task_is_read_at_its_position(api: Api) -> None:
    api.create()
    acted = api.act("my_server", "poweron")
    headers = {"X-Min-Position": acted.headers["x-log-position"]}
    assert api.get(acted.headers["location"], headers=headers).json() == acted.json()
