"""What the audit and the events tell of volumes: each field before and after."""

from __future__ import annotations

import csv
import io

import pytest

from api.history.shapes import changes_of
from projections.folding import Fold, Step
from tests.api.storing import GB, make_snapshot, make_volume
from tests.api.streams import live_through
from tests.api.telling import last, told
from tests.api.test_audit import entries
from tests.api.zones import ZONE
from tests.support import ADMIN_TOKEN, HOME, Api


@pytest.mark.parametrize("base", ["", ZONE])
def test_a_volume_is_told_from_its_making_to_its_end(api: Api, base: str) -> None:
    body = {"name": "data", "size": GB, "tags": ["t"], "organization": HOME}
    answer = api.post(f"{base}/volumes", body)
    assert answer.status_code == 201, answer.text
    volume = answer.json()["volume"]
    path, since = f"{base}/volumes/{volume['id']}", volume["creation_date"]
    assert told(api) == {
        "id": (None, volume["id"]),
        "name": (None, "data"),
        "organization": (None, HOME),
        "size": (None, GB),
        "volume_type": (None, "l_ssd"),
        "tags": (None, ["t"]),
    }
    assert last(api)["volume"] == {"id": volume["id"], "name": "data"}
    assert last(api)["server"] is None
    assert {"field": "creation_date", "before": None, "after": since} in last(api)["changes"]
    api.patch(path, {"name": "more", "size": 2 * GB, "tags": []})
    assert told(api) == {"name": ("data", "more"), "size": (GB, 2 * GB), "tags": (["t"], [])}
    assert last(api)["volume"] == {"id": volume["id"], "name": "data"}
    api.patch(path, {"name": "more"})
    assert (last(api)["outcome"], told(api)) == ("no_effect", {})
    assert last(api)["volume"] == {"id": volume["id"], "name": "more"}
    api.delete(path)
    assert told(api)["name"] == ("more", None)
    assert told(api)["size"] == (2 * GB, None)
    assert last(api)["volume"] == {"id": volume["id"], "name": "more"}


def test_a_repeated_and_a_refused_request_bind_the_volume_as_it_was(api: Api) -> None:
    volume = make_volume(api)["id"]
    for _ in range(2):
        api.patch(f"/volumes/{volume}", {"name": "n"}, headers={"Idempotency-Key": "k"})
    assert (last(api)["outcome"], last(api)["changes"]) == ("repeated", [])
    assert last(api)["volume"] == {"id": volume, "name": "data"}
    api.patch(f"/volumes/{volume}", {"size": 1})
    assert last(api)["outcome"] == "refused"
    assert last(api)["volume"] == {"id": volume, "name": "n"}
    table = api.get("/audit", headers={"Accept": "text/csv"}).text
    row = list(csv.DictReader(io.StringIO(table)))[-1]
    assert (row["volume.id"], row["volume.name"], row["server.id"]) == (volume, "n", "")


def test_the_size_of_a_server_s_volume_is_told_with_the_server(api: Api) -> None:
    server = api.create("db", volumes=["v-1"])
    api.patch("/volumes/v-1", {"size": GB})
    sized = {"name": None, "volume_type": "l_ssd"}
    assert told(api) == {"volumes/v-1": (sized | {"size": 0}, sized | {"size": GB})}
    assert (last(api)["server"]["id"], last(api)["volume"]) == (server["id"], None)


def test_a_log_by_itself_tells_the_same(api: Api) -> None:
    live_through(api, HOME, ADMIN_TOKEN, "s")
    volume = make_volume(api)["id"]
    api.patch(f"/volumes/{volume}", {"name": "n"}, headers={"Idempotency-Key": "k"})
    api.patch(f"/volumes/{volume}", {"name": "n"}, headers={"Idempotency-Key": "k"})
    make_snapshot(api, volume)
    api.patch(f"/volumes/{volume}", {"size": 1})
    api.create("db", volumes=["v-1"])
    api.patch("/volumes/v-1", {"size": GB})
    events = api.get("/events?limit=1000").json()["events"]
    steps = list(Fold().steps(api.records()))
    assert [changes_of(step.about) for step in steps] == [e["data"]["changes"] for e in events]
    bound = {entry["positions"][0]: entry["volume"] for entry in entries(api, "?limit=1000")}
    for step in steps:
        id_ = step.about.stored.volume and step.about.stored.volume[0]
        assert id_ == (bound[step.position] and bound[step.position]["id"])
    assert {field.partition("/")[0] for step in steps for field in fields_of(step)} >= {
        *("backups", "volumes", "size", "running"),
    }


def fields_of(step: Step) -> list[str]:
    """The fields that a step changed."""
    return [change["field"] for change in changes_of(step.about)]
