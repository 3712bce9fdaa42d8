"""What runs the service asks of it: `/healthz`, `/readyz`, `/metrics`, `/docs`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.expecting import RECORDED, problem
from tests.support import Api, running


def metrics_from(api: Api, address: str) -> Any:
    """`/metrics` as a peer at that address gets it."""
    client = TestClient(api.client.app, client=(address, 5_000))
    return client.get("/metrics")


def figure(api: Api, name: str) -> float:
    text = metrics_from(api, "127.0.0.1").text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found is not None, text
    return float(found[1])


def test_health_is_answered_as_long_as_the_process_answers(api: Api) -> None:
    answer = api.get("/healthz", token=None)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_tells_the_position(api: Api) -> None:
    api.create()
    answer = api.get("/readyz", token=None)
    assert answer.status_code == 200
    told = answer.json()
    assert set(told.pop("check")) == {"state", "position", "rounds", "unsound"}
    assert set(told["history"]) == {"state", "position"}
    assert told.pop("history")["state"] == "following"
    assert told == {"status": "ready", "position": api.position}
    assert answer.headers["x-log-position"] == str(api.position)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1"])
def test_metrics_are_open_on_loopback(api: Api, address: str) -> None:
    answer = metrics_from(api, address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "::ffff:10.0.0.1", "testclient"])
def test_metrics_are_closed_beyond_loopback_whatever_token(api: Api, address: str) -> None:
    position = api.position
    problem(metrics_from(api, address), 403, "loopback.only")
    client = TestClient(api.client.app, client=(address, 5_000))
    for headers in ({"X-Auth-Token": api.token}, {"X-Forwarded-For": "127.0.0.1"}):
        problem(client.get("/metrics", headers=headers), 403, "loopback.only")
    assert (api.names(position), 403 in RECORDED) == ([], True)


def test_metrics_are_open_where_configured(tmp_path: Path) -> None:
    with running(tmp_path, open_metrics=True) as api:
        assert metrics_from(api, "192.0.2.1").status_code == 200


def test_metrics_count_requests_by_method_route_and_status(api: Api) -> None:
    server = api.create()
    for ref in ("my_server", server["id"], "none"):
        api.get(f"/servers/{ref}")
    api.get("/nowhere/at-all")
    labels = 'method="GET",route="/servers/{ref}",status="200"'
    assert figure(api, f"rackledger_requests_total{{{labels}}}") == 2
    labels = 'method="GET",route="/servers/{ref}",status="404"'
    assert figure(api, f"rackledger_requests_total{{{labels}}}") == 1
    text = metrics_from(api, "127.0.0.1").text
    assert "my_server" not in text
    assert "nowhere" not in text


def test_metrics_count_what_is_broken_inside(api: Api) -> None:
    del api.service.openapi
    assert api.get("/openapi.json").status_code == 500
    labels = 'method="GET",route="/openapi.json",status="500"'
    assert figure(api, f"rackledger_requests_total{{{labels}}}") == 1


def test_metrics_tell_the_logs_position_and_the_queue(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        api.create()
        assert figure(api, "rackledger_log_position") == api.position == 3
        assert figure(api, "rackledger_commands_waiting") == 0
        assert figure(api, "rackledger_commit_jobs_count") == 2
    with running(tmp_path) as api:
        assert figure(api, "rackledger_log_position") == 3


def test_an_unlimited_number_of_methods_and_paths_makes_no_more_figures(api: Api) -> None:
    for n in range(50):
        api.request(f"BREW{n}", f"/nowhere-{n}")
        api.request(f"BREW{n}", "/servers")
    text = metrics_from(api, "127.0.0.1").text
    assert len(text.splitlines()) < 200
    assert "BREW" not in text


def test_the_docs_page_and_its_parts_are_served_locally(api: Api) -> None:
    page = api.get("/docs", token=None)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "http://" not in page.text
    assert "https://" not in page.text
    parts = set(re.findall(r'(?:src|href)="\.?/?(?:docs/)?([\w.-]+)"', page.text))
    assert parts
    for part in parts:
        answer = api.get(f"/docs/{part}", token=None)
        assert answer.status_code == 200, part
        assert "cache-control" in answer.headers


@pytest.mark.parametrize(
    "name", ["none", "page.py", "__init__.py", "%2E%2E%2Fpage.py", "LICENSE%00"]
)
def test_no_other_file_is_served(api: Api, name: str) -> None:
    answer = api.get(f"/docs/{name}", token=None)
    problem(answer, 400 if "%00" in name else 404, answer.json()["code"])
