"""A history with everything in it that rows are derived from."""

from __future__ import annotations

from typing import Any

import pytest

from commands.tokens import create_store, issue_token, revoke_token
from domain.commands import (
    BackUpServer,
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    RestoreServer,
    RevertServer,
    UpdateServer,
)
from domain.refusals import Refusal
from domain.values import Changes, Volume
from tests.commands.batches import answers_together
from tests.commands.stores import MEMBER, Kept, creating
from tests.support import ELSEWHERE, HOME

VOLUMES = (Volume(id="v-1", name="root"), Volume(id="v-2"))


def live(store: Kept) -> None:
    """Let a store see every kind of record, of servers that stay and servers that go."""
    _issue_tokens(store)
    busy = store.create("busy", tags=("web", "old"), volumes=VOLUMES, image="i", flavor="f")
    gone = store.create("gone", ELSEWHERE, tags=("web",), volumes=VOLUMES)
    store.write(creating("several", count=3, tags=("web",)), idempotency_key="several")
    for command, action in (
        (PowerOnServer(), "poweron"),
        (PowerOnServer(), "poweron"),
        (BackUpServer(name="b"), "backup"),
        (ResetServer(hard=True), "resethard"),
        (UpdateServer(Changes(name="busier", tags=("db", "web"), volumes=VOLUMES[:1])), None),
        (PowerOffServer(), "poweroff"),
        (RestoreServer(backup="b"), "restore"),
        (UpdateServer(Changes(name="renamed")), None),
    ):
        store.clock.advance(1.5)
        store.write(command, busy, action=action)
    store.write(DeleteServer(), gone, idempotency_key="gone")
    store.write(DeleteServer(), "several-2", caller=MEMBER, action="terminate")
    store.write(creating("several", count=3, tags=("web",)), idempotency_key="several")
    for ref in (gone, "nobody"):
        with pytest.raises(Refusal):
            store.write(PowerOnServer(), ref, action="poweron", idempotency_key="refused")
    store.write(RevertServer(to_version=1), gone)
    store.write(DeleteServer(), gone)
    store.write(RevertServer(to_position=store.records()[-1][0] - 1), gone)
    store.write(RevertServer(to_version=2), busy)
    for _ in range(16):
        store.write(PowerOnServer(), busy, action="poweron")
        store.write(PowerOffServer(), busy, action="poweroff")
    store.create("last", tags=("db",))


def _issue_tokens(store: Kept) -> None:
    run = store.store.writer.run
    run(create_store)
    run(lambda unit: issue_token(unit, "token of a", "a", "member", (HOME,)))
    run(lambda unit: issue_token(unit, "token of b", "b", "reader", (HOME,)))
    run(lambda unit: issue_token(unit, "token of c", "c", "auditor", (HOME,)))
    run(lambda unit: revoke_token(unit, "b"))
    run(lambda unit: revoke_token(unit, "c"))
    run(lambda unit: issue_token(unit, "another of c", "c", "admin", (HOME, ELSEWHERE)))


def rebuilt(store: Kept) -> int:
    """Derive every row anew; the last position."""
    inner = store.store
    with inner.database.writing() as session:
        return inner.rebuilder.rebuild(session)


def batch(store: Kept, *jobs: Any) -> None:
    """Run jobs in one batch, and prove that deriving its rows anew changes none."""
    _, sizes = answers_together(store, *jobs)
    assert sizes == [len(jobs)]
    rows = store.rows()
    rebuilt(store)
    assert store.rows() == rows


def changing(store: Kept, ref: str, **named: Any) -> Any:
    return store.job(UpdateServer(Changes(**named)), ref=ref)


def counts(store: Kept) -> dict[str, int]:
    return dict(store.rows("server_counts")["server_counts"])
