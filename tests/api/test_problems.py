"""Errors: one body for every status and code, and one table from code to status."""

from __future__ import annotations

import http
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from api.http import refusals as refusals_of_the_edge
from api.http.problems import STATUSES, problem_answer, problem_body
from domain import refusals as refusals_of_the_domain
from domain.refusals import InvalidRequest, Refusal
from tests.api.expecting import RECORDED, TYPES, problem
from tests.support import Api

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "errors.md"
ROW: Final = re.compile(r"\| `([a-z_.]+)` \| (\d+) \| `([a-z_]+)` \| (.+) \|")
REFUSALS: Final[list[type[Refusal]]] = [
    member
    for module in (refusals_of_the_domain, refusals_of_the_edge)
    for member in vars(module).values()
    if isinstance(member, type) and issubclass(member, Refusal) and member is not Refusal
]
# Statuses that only the connection itself answers.
CONNECTION: Final = {408: "invalid_request_error", 431: "invalid_request_error"}


def all_refusals(of: type[Refusal] = Refusal) -> set[type[Refusal]]:
    below = set(of.__subclasses__())
    return below.union(*map(all_refusals, below))


def documented() -> dict[str, tuple[int, str, str]]:
    """The rows of the document: status, type and meaning by code."""
    rows = [
        found.groups()
        for line in DOCUMENT.read_text().splitlines()
        if (found := ROW.fullmatch(line))
    ]
    assert len({row[0] for row in rows}) == len(rows), "a code is there twice"
    return {code: (int(status), type_, meaning) for code, status, type_, meaning in rows}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_a_code_with_a_status_and_a_row_in_the_document(
    refusal: type[Refusal],
) -> None:
    assert refusal.code in STATUSES
    assert refusal.code in documented()


def test_refusals_stand_in_one_of_two_modules_and_none_shares_a_code() -> None:
    assert set(REFUSALS) == all_refusals()
    codes = [vars(refusal)["code"] for refusal in REFUSALS]
    assert len(set(codes)) == len(codes)


def test_the_document_tells_every_code_as_it_is_answered() -> None:
    rows = documented()
    assert list(rows) == sorted(STATUSES), "in the order of the alphabet"
    types = TYPES | CONNECTION
    assert {code: row[:2] for code, row in rows.items()} == {
        code: (status, types[status]) for code, status in STATUSES.items()
    }
    assert all(meaning.endswith(".") for _, _, meaning in rows.values())


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_what_is_recorded_follows_from_the_status(refusal: type[Refusal]) -> None:
    # A path, a method, a read or a command of the command line is not a command of a caller's.
    never = ("route", "task", "event", "catalogue", "loopback", "principal", "subject")
    expected = STATUSES[refusal.code] in RECORDED and not refusal.code.startswith(never)
    assert refusal.recorded == expected


@pytest.mark.parametrize("code", STATUSES)
def test_every_code_is_rendered_in_the_one_shape(code: str) -> None:
    status = STATUSES[code]
    body = json.loads(problem_body(status, code, "why", "mine"))
    types = TYPES | CONNECTION
    assert body == {
        "type": types[status],
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": "why",
        "message": "why",
        "code": code,
        "request_id": "mine",
    }


def test_bad_fields_are_all_named_and_the_first_is_the_detail() -> None:
    refusal = InvalidRequest({"name": ("too long", "odd"), "tags": ("not a list",)})
    body = json.loads(problem_answer(refusal, "mine", 400).body)
    assert body == {
        "type": "invalid_request_error",
        "title": "Bad Request",
        "status": 400,
        "detail": "name: too long",
        "message": "Validation Error",
        "fields": {"name": ["too long", "odd"], "tags": ["not a list"]},
        "code": "request.invalid",
        "request_id": "mine",
    }


def test_the_example_of_a_missing_name_is_answered_as_published(api: Api) -> None:
    sent = {"organization": "x", "image": "y"}
    body = problem(
        api.post("/servers", sent, headers={"X-Request-Id": "0193"}),
        400,
        "request.invalid",
        {"name": ["required key not provided"]},
    )
    assert body["detail"] == "name: required key not provided"
    assert body["request_id"] == "0193"


def test_what_is_broken_inside_is_told_in_json_without_its_words(api: Api) -> None:
    class Broken:
        def flavors(self) -> Any:
            raise RuntimeError("a secret of ours")

    api.service.catalogue = Broken()  # type: ignore[assignment]
    for headers in ({}, {"X-Request-Id": "mine"}):
        answer = api.get("/flavors", headers=headers)
        body = problem(answer, 500, "internal")
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert body["request_id"] == headers.get("X-Request-Id", body["request_id"])
    assert api.get("/servers").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_no_answer_from_400_on_is_without_its_body(api: Api, method: str) -> None:
    for path in ("/", "/nowhere", "/servers", "/servers/none", "/servers/none/action", "/docs"):
        for token in ("", None):
            answer = api.request(method, path, token=token, content=b"{")
            if answer.status_code >= 400:
                problem(answer, answer.status_code, answer.json()["code"])
