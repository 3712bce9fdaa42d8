"""The rows of live servers: exact after any batch, however much of one server is in it."""

from __future__ import annotations

import orjson

from domain.commands import DeleteServer, PowerOnServer
from tests.commands.stores import START, Kept, creating
from tests.projections.histories import VOLUMES, batch, changing, counts
from tests.support import ELSEWHERE, HOME


def tags(store: Kept) -> list[tuple[str, int]]:
    """The tags that are borne, by the positions of their servers."""
    found = store.rows("server_tags")["server_tags"]
    return [(tag, position) for tag, position in found]


def test_a_row_holds_the_server_and_its_document(store: Kept) -> None:
    written = store.write(creating("a", image="i", flavor="f", volumes=VOLUMES, tags=("t",)))
    (server,) = written.servers
    ((*row, document, state, backups),) = store.rows("servers")["servers"]
    assert row == [1, server.id, HOME, "a", 0, "i", "f", "f", None, None, 1, 1]
    assert backups is None
    assert store.store.servers._registry.decode_state(state) == server
    at = START.isoformat(timespec="microseconds")
    assert orjson.loads(document) == {
        "id": server.id,
        "name": "a",
        "organization": HOME,
        "image": "i",
        "volumes": [{"id": "v-1", "name": "root"}, {"id": "v-2", "name": None}],
        "tags": ["t"],
        "running": False,
        "state": "stopped",
        "dynamic_public_ip": False,
        "public_ip": None,
        "private_ip": None,
        "flavor": "f",
        "keyname": None,
        "network": None,
        "commercial_type": None,
        "arch": "x86_64",
        "location": None,
        "reservation_id": None,
        "creation_date": at,
        "modification_date": at,
        "version": 1,
        "metadata": {},
    }


def test_many_events_of_one_server_in_a_batch_leave_its_last_state(store: Kept) -> None:
    server_id = store.create("a", tags=("old",))
    batch(
        store,
        store.job(PowerOnServer(), ref=server_id),
        changing(store, server_id, tags=("x", "y")),
        changing(store, server_id, name="b", tags=("y", "z")),
    )
    ((*row, _, _, _),) = store.rows("servers")["servers"]
    assert row == [1, server_id, HOME, "b", 1, None, None, None, None, None, 4, 4]
    assert tags(store) == [("y", 1), ("z", 1)]
    assert counts(store) == {HOME: 1}


def test_a_server_made_and_changed_in_one_batch_stands_at_its_creation(store: Kept) -> None:
    store.create("first")
    batch(
        store,
        store.job(creating("a", tags=("old",), volumes=VOLUMES)),
        store.job(creating("b")),
        changing(store, "a", tags=("new",)),
    )
    assert [(row[0], row[3], row[10]) for row in store.rows("servers")["servers"]] == [
        (1, "first", 1),
        (2, "a", 2),
        (3, "b", 1),
    ]
    assert tags(store) == [("new", 2)]
    assert [row[2:4] for row in store.rows("server_volumes")["server_volumes"]] == [(2, 0), (2, 1)]


def test_a_server_made_and_removed_in_one_batch_leaves_no_row(store: Kept) -> None:
    batch(
        store,
        store.job(creating("a", ELSEWHERE, tags=("t",), volumes=VOLUMES)),
        store.job(DeleteServer(), ref="a"),
    )
    names = ("servers", "server_tags", "server_volumes", "server_counts")
    assert store.rows(*names) == {name: [] for name in names}


def test_a_removed_server_takes_all_its_rows_along_and_no_others(store: Kept) -> None:
    store.create("a", tags=("t", "u"), volumes=VOLUMES)
    stays = store.create("b", tags=("t",), volumes=VOLUMES[:1])
    batch(store, changing(store, "a", tags=("v",)), store.job(DeleteServer(), ref="a"))
    assert [row[1] for row in store.rows("servers")["servers"]] == [stays]
    assert (tags(store), counts(store)) == ([("t", 2)], {HOME: 1})
    assert [row[2:4] for row in store.rows("server_volumes")["server_volumes"]] == [(2, 0)]


def test_a_name_is_free_again_within_the_batch_that_removed_its_bearer(store: Kept) -> None:
    store.create("a")
    batch(
        store,
        store.job(DeleteServer(), ref="a"),
        store.job(creating("a")),
        store.job(PowerOnServer(), ref="a"),
    )
    assert [(row[0], row[4]) for row in store.rows("servers")["servers"]] == [(3, 1)]


def test_a_tag_borne_twice_is_one_row(store: Kept) -> None:
    store.create("a", tags=("t", "t"))
    assert tags(store) == [("t", 1)]
