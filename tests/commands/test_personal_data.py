"""Personal data stands beside the log, never in it, and can be erased without touching it."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from commands.store.side_rows import hash_address, hide_body, principal_names
from commands.store.tables import events, origins, principals, secrets
from commands.tokens import issue_token, revoke_token, token_sha256
from domain.commands import PowerOffServer, PowerOnServer
from domain.refusals import ServerUnknown
from tests.commands.stores import TABLES, Kept, creating
from tests.support import HOME

NAME = "Grace Hopper"
ADDRESS = "203.0.113.77"
TOKEN = "9b2f0c1e-7a44-4a55-8f0e-1d2c3b4a5968"


@pytest.fixture
def used(store: Kept) -> Kept:
    """A store that somebody used from somewhere: accepted, repeated, unchanged and refused."""
    store.store.writer.run(lambda unit: issue_token(unit, TOKEN, NAME, "member", (HOME,)))
    for _ in range(2):
        store.write(creating("a"), source_address=ADDRESS, idempotency_key="k")
    for _ in range(2):
        store.write(PowerOnServer(), "a", source_address=ADDRESS)
    with pytest.raises(ServerUnknown):
        store.write(PowerOnServer(), "nobody", source_address=ADDRESS)
    store.store.writer.run(lambda unit: revoke_token(unit, NAME))
    return store


def test_no_stored_event_holds_a_name_an_address_or_a_token(used: Kept) -> None:
    stored = b"\n".join(row[4] for row in used.rows("events")["events"])
    assert len(used.records()) == 7
    for text in (NAME, ADDRESS, TOKEN):
        assert text.encode() not in stored
    assert token_sha256(TOKEN).encode() in stored


def test_no_table_but_the_side_rows_holds_a_name_an_address_or_a_token(used: Kept) -> None:
    rows = used.rows()
    found = {
        (table, text)
        for table in TABLES
        for text in (NAME, ADDRESS, TOKEN)
        if any(text in str(row) for row in rows[table])
    }
    assert found == {("principals", NAME), ("origins", ADDRESS)}


def test_side_rows_say_who_and_where_from(used: Kept) -> None:
    records = [record for _, record in used.records()]
    issued, *asked, revoked = records
    with used.store.database.reading() as session:
        assert principal_names(session) == {issued.originator_id: NAME}
        (salt,) = (row[0] for row in session.rows(sa.select(secrets.c.value)))
    assert revoked.originator_id == issued.originator_id
    source = hash_address(salt, ADDRESS)
    assert {record.metadata.source for record in asked} == {source}
    assert used.rows("origins") == {"origins": [(source, ADDRESS)]}


def test_another_stores_salt_hides_the_same_address_otherwise() -> None:
    assert hash_address(b"a" * 32, ADDRESS) != hash_address(b"b" * 32, ADDRESS)
    assert len(hash_address(b"a" * 32, ADDRESS)) == 32


@pytest.mark.parametrize("outcome", ["accepted", "no_effect", "repeated", "refused"])
def test_a_body_cannot_be_guessed_from_the_log(store: Kept, outcome: str) -> None:
    sha256 = hashlib.sha256(b'{"server":{"adminPass":"hunter2"}}').hexdigest()
    server_id = store.create()
    fields = {"body_sha256": sha256, "idempotency_key": "k"}
    for _ in range(2 if outcome == "repeated" else 1):
        if outcome == "refused":
            with pytest.raises(ServerUnknown):
                store.write(PowerOnServer(), "nobody", **fields)
        else:
            command = PowerOffServer() if outcome == "no_effect" else PowerOnServer()
            store.write(command, server_id, **fields)
    metadata = store.records()[-1][1].metadata
    (salt,) = (row[1] for row in store.rows("secrets")["secrets"])
    assert (metadata.outcome, metadata.body_hmac) == (outcome, hide_body(salt, sha256))
    assert all(sha256 not in str(rows) for rows in store.rows().values())


def test_erasing_the_side_rows_changes_no_byte_of_an_event(used: Kept) -> None:
    with used.store.database.reading() as session:
        before = session.rows(sa.select(events).order_by(events.c.position))
    with used.store.database.writing() as session:
        for table in (principals, origins):
            session.write(table.delete(), [{}])
    with used.store.database.reading() as session:
        assert session.rows(sa.select(events).order_by(events.c.position)) == before
    assert used.rows("principals", "origins") == {"principals": [], "origins": []}
    assert used.write(PowerOnServer(), "a").outcome == "no_effect"


def test_an_address_is_kept_once_however_often_it_comes(used: Kept) -> None:
    before = used.rows("origins")
    used.write(PowerOnServer(), "a", source_address=ADDRESS)
    assert used.rows("origins") == before
    used.write(PowerOnServer(), "a", source_address="203.0.113.78")
    assert len(used.rows("origins")["origins"]) == 2
