"""What must hold of the service at any time, and of any answer about one server or task."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from domain.registry import REGISTRY
from tests.properties.driving import Driven
from tests.properties.model import Model

_DATES: Final = ("creation_date", "modification_date")


def listed(driven: Driven, model: Model) -> None:
    """The whole list is what the model holds, in order of creation, for whoever sees it."""
    for caller in ("root", "bob"):
        answer = driven.get(model.callers[caller], "/servers")
        assert answer.status_code == 200
        assert answer.json() == {"servers": [held.shown for held in model.visible(caller)]}
        assert answer.headers["x-log-position"] == str(len(model.records))


def log(driven: Driven, model: Model) -> None:
    """The records are those that the model counted, without gaps; each stream is dense."""
    found = driven.records(1, len(model.records) + 10)
    assert [REGISTRY.name_of(record.event) for _, record in found] == model.records
    assert [position for position, _ in found] == list(range(1, len(found) + 1))
    streams: dict[str, list[int]] = {}
    for _, record in found:
        streams.setdefault(record.originator_id, []).append(record.originator_version)
    for versions in streams.values():
        assert versions == list(range(1, len(versions) + 1))
    assert len({record.id for _, record in found}) == len(found)
    for id_, held in model.servers.items():
        assert len(streams[id_]) == held.shown["version"]


def everything(driven: Driven, model: Model) -> None:
    """All that can be read is what the model holds."""
    listed(driven, model)
    log(driven, model)
    for id_ in model.servers:
        detail(driven, model, "root", id_)
        _states(driven, model, id_)
    volumes(driven, model)
    for task_id in model.tasks:
        task(driven, model, "root", task_id)


def volumes(driven: Driven, model: Model) -> None:
    """The volumes of live servers, in each organization each once, as the oldest has it now."""
    for caller in ("root", "ann", "bob"):
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for held in model.visible(caller):
            for volume in held.shown["volumes"]:
                key = volume["id"], held.shown["organization"]
                found.setdefault(key, _volume(held.shown, volume))
        expected = list(found.values())
        answer = driven.get(model.callers[caller], "/volumes?per_page=100")
        assert answer.json() == {"volumes": expected[:100]}
        assert answer.headers["x-total-count"] == str(len(expected))


def _volume(server: dict[str, Any], volume: dict[str, Any]) -> dict[str, Any]:
    """A volume that came with a server, of which nothing was told but id and name."""
    return (
        volume
        | {name: server[name] for name in ("organization", *_DATES)}
        | {"project": server["organization"], "size": 0, "volume_type": "l_ssd"}
        | {"state": "available", "tags": [], "export_uri": None, "zone": None}
        | {"server": {name: server[name] for name in ("id", "name")}}
    )


def _states(driven: Driven, model: Model, id_: str) -> None:
    """The state at rest is the replay of its events, and every version replays."""
    held = model.servers[id_]
    with driven.service.database.reading() as session:
        state = driven.service.servers.get_state(session, id_)
        now = driven.service.log.replay(session, id_, held.shown["version"])
        for version, past in enumerate(held.past, 1):
            replayed = driven.service.log.replay(session, id_, version)
            assert replayed is not None
            assert (replayed.name, replayed.running) == (past["name"], past["running"])
    assert now is not None
    assert now.deleted is held.deleted
    assert state == (None if held.deleted else now)


def detail(driven: Driven, model: Model, caller: str, ref: str) -> None:
    """One server by a reference, its ETag, and what comes of having it already."""
    who, found, path = model.callers[caller], model.resolve(caller, ref), _path(ref)
    answer = driven.get(who, path)
    actions = driven.get(who, f"{path}/action")
    if len(found) != 1:
        refused = (409, "server.ambiguous") if found else (404, "server.unknown")
        assert (answer.status_code, answer.json()["code"]) == refused
        assert (actions.status_code, actions.json()["code"]) == refused
        return
    (held,) = found
    assert (answer.status_code, answer.json()) == (200, {"server": held.shown})
    assert answer.headers["etag"] == held.etag
    assert driven.get(who, path, **{"If-None-Match": held.etag}).status_code == 304
    assert driven.get(who, path, **{"If-None-Match": '"other"'}).status_code == 200
    words = ["poweron", "poweroff", "resetsoft", "resethard", "backup", "restore"]
    assert actions.json() == {"actions": words}


def _path(ref: str) -> str:
    return f"/servers/{quote(ref, safe='')}"


def task(driven: Driven, model: Model, caller: str, task_id: str) -> None:
    """A task, as it was told first, to whoever sees its organization."""
    who = model.callers[caller]
    answer = driven.get(who, f"/tasks/{task_id}")
    organization, told = model.tasks.get(task_id, ("", {}))
    if told and who.may_see(organization):
        assert (answer.status_code, answer.json()) == (200, {"task": told})
    else:
        assert (answer.status_code, answer.json()["code"]) == (404, "task.unknown")
