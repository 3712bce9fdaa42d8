"""Idempotency keys outlive a restart, a crash, a rebuild and a move to another store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from tests.api.expecting import rebuilt, recorded, refuses
from tests.api.keyed import WRITES, perform, prepare, same
from tests.databases import copy_database
from tests.support import SEED_A, Api, running

NAMES: Final = ("restart", "crash", "rebuild", "elsewhere")


def asked(api: Api) -> dict[str, Any]:
    """The first answers to one write of every kind."""
    for case in WRITES:
        prepare(api, case)
    return {case: perform(api, case) for case in WRITES}


@contextmanager
def after(how: str, folder: Path) -> Iterator[tuple[Api, dict[str, Any]]]:
    """The service once that has happened to it, and its first answers before."""
    image = folder / "image"
    with running(folder) as api:
        first = asked(api)
        if how == "rebuild":
            rebuilt(api)
            yield api, first
            return
        if how != "restart":
            copy_database(folder, image)  # as a killed process leaves it
    with running(folder if how == "restart" else image) as api:
        if how == "elsewhere":
            rebuilt(api)
        yield api, first


@pytest.mark.parametrize("how", NAMES)
def test_every_first_answer_is_given_again(how: str, tmp_path: Path) -> None:
    with after(how, tmp_path) as (api, first):
        servers = api.get("/servers").content
        for case, answer in first.items():
            again, left = recorded(api, partial(perform, api, case))
            same(answer, again)
            assert left == ["request.repeated"]
        assert api.get("/servers").content == servers


@pytest.mark.parametrize("how", NAMES)
def test_another_request_under_a_spent_key_is_still_refused(how: str, tmp_path: Path) -> None:
    with after(how, tmp_path) as (api, _):
        headers = {"Idempotency-Key": "key-of-delete"}
        refuses(api, (422, "key.reused"), "POST", "/servers", json=SEED_A, headers=headers)


def test_the_key_is_kept_with_the_event(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        headers = {"Idempotency-Key": "k"}
        position = api.position
        api.post("/servers", SEED_A, headers=headers)
        api.post("/servers", SEED_A, headers=headers)
        (_, created), (_, repeated) = api.records(position)
        assert created.metadata.idempotency_key == "k"
        assert repeated.metadata.idempotency_key == "k"
        assert repeated.event.first_position == position + 1  # type: ignore[attr-defined]
        assert (repeated.metadata.outcome, repeated.metadata.status) == ("repeated", 201)
