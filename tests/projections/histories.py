"""A history with everything in it that rows are derived from."""

from __future__ import annotations

from typing import Any

import pytest

from commands.tokens import create_store, issue_token, revoke_token
from domain.commands import (
    BackUpServer,
    CreateVolume,
    DeleteBackup,
    DeleteServer,
    DeleteVolume,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    RestoreServer,
    RevertServer,
    TakeBackup,
    UpdateBackup,
    UpdateServer,
    UpdateVolume,
)
from domain.refusals import Refusal
from domain.values import Changes, Volume, VolumeChanges
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
    _store(store)


def _store(store: Kept) -> None:
    """Volumes and restore points, of servers and volumes that stay and that go."""
    data, spare = (make_volume(store, name) for name in ("data", "spare"))
    web = store.create("web", volumes=(Volume(id=data), *VOLUMES))
    update = UpdateVolume(data, VolumeChanges(name="more", size_bytes=30))
    for key in ("grown", "grown", None):
        store.write(update, data, about="volume", idempotency_key=key)
    store.write(UpdateVolume("v-1", VolumeChanges(name="n")), "v-1", about="volume")
    store.write(BackUpServer(name="of all"), web)
    of_web, of_spare = (
        take(store, volume, kind) for volume, kind in ((data, "snapshot"), (spare, "backup"))
    )
    store.write(DeleteVolume(spare), spare, about="volume")
    for volume in (data, spare):
        with pytest.raises(Refusal, match=r"has the volume|no volume"):
            store.write(DeleteVolume(volume), volume, about="volume")
    store.write(DeleteServer(), web)
    store.create("again", volumes=VOLUMES)
    for source in (of_web, of_spare):
        made = take(store, source, "image", about="backed")
        command = UpdateBackup(made, name="renamed", tags=("kept",))
        for _ in range(2):
            store.write(command, made, about="image", idempotency_key=f"renamed {made}")
        store.write(DeleteBackup(source), source, about="snapshot")
    make_volume(store, "of an image", base=take(store, data), size_bytes=0)
    store.write(DeleteServer(), store.create("short"))


def make_volume(store: Kept, name: str, organization: str = HOME, **fields: Any) -> str:
    """The id of a new volume."""
    asked: dict[str, Any] = {"size_bytes": 20} | fields
    command = CreateVolume(organization=organization, name=name, **asked)
    written = store.write(command, asked.get("base"), about="base")
    return written.volumes[0].id


def take(store: Kept, of: str, kind: Any = "snapshot", **fields: Any) -> str:
    """The id of a new restore point, of a volume or of an earlier one."""
    asked = {"about": "backed_volume"} | fields
    (made,) = store.write(TakeBackup(of=of, name=f"of {of}", kind=kind), of, **asked).made
    return str(made.record.event.backup_id)  # type: ignore[attr-defined]


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
