"""The first record of a log, and what a token is made of."""

from __future__ import annotations

import datetime as dt
import uuid

from commands.tokens import create_store, new_token
from domain.events import StoreCreated
from domain.records import Metadata, Record
from tests.commands.stores import START, Kept, nth
from tests.support import ELSEWHERE, HOME

EXPIRY = START + dt.timedelta(hours=1)
BOTH = (HOME, ELSEWHERE)


def test_a_store_is_created_once(store: Kept) -> None:
    for _ in range(2):
        store.store.writer.run(create_store)
    created = Metadata(
        received_at=START,
        organization="",
        request_id=nth(2),
        dialect="command_line",
        command="create_store",
        status=201,
    )
    assert store.records() == [
        (1, Record(nth(3), nth(1), 1, StoreCreated(at=START, store_id=nth(1)), created))
    ]


def test_a_new_token_is_a_random_uuid(store: Kept) -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {uuid.UUID(token).version for token in tokens} == {4}
    assert {len(token) for token in tokens} == {36}
