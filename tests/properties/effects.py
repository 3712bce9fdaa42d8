"""What an accepted create, update or delete does to the model, and must be answered."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, Final

from tests.properties.model import CHOSEN, Ask, Held, Model

Log = Callable[[int], Any]
"""The record at a position."""
NEW: Final = "a new id"


def create(model: Model, ask: Ask, answer: Any, at: str, log: Log) -> None:
    """One server, or several, all stopped."""
    body = ask.body or {}
    enveloped = "server" in body
    sent = body["server"] if enveloped else body
    count = (sent.get("max_count") or sent.get("min_count", 1)) if enveloped else 1
    alone = sent.get("return_reservation_id", False)
    told = answer.json()
    assert answer.status_code == (200 if enveloped else 201), told
    reservation_id = told["reservation_id"] if alone or count > 1 else None
    assert reservation_id is None or re.fullmatch("r-[a-z0-9]{8}", reservation_id)
    made = []
    for number in range(1, count + 1):
        model.records.append("server.created")
        record = log(len(model.records))
        choice = settle(chosen(sent), [v.id for v in record.event.configuration.volumes])
        if count > 1:
            choice["name"] += f"-{number}"
        held = Held(blank(record.originator_id, at) | choice)
        home = model.callers[ask.caller].home
        held.shown["organization"] = home if enveloped else sent["organization"]
        held.shown["reservation_id"] = reservation_id
        held.remember()
        assert held.shown["id"] not in model.servers
        model.servers[held.shown["id"]] = held
        made.append(held)
    assert answer.headers["location"] == f"/servers/{made[0].shown['id']}"
    if alone:
        assert told == {"reservation_id": reservation_id}
    elif count > 1:
        shown = [held.shown for held in made]
        assert told == {"server": shown[0], "servers": shown, "reservation_id": reservation_id}
    else:
        assert told == {"server": made[0].shown}
        assert answer.headers["etag"] == made[0].etag


def blank(id_: str, at: str) -> dict[str, Any]:
    """A new server of which nothing was chosen."""
    unset = dict.fromkeys(("private_ip", "location", "reservation_id"))
    power = {"running": False, "state": "stopped"}
    dates = {"creation_date": at, "modification_date": at}
    return {"id": id_, "arch": "x86_64", "version": 1} | CHOSEN | unset | power | dates


def update(model: Model, ask: Ask, answer: Any, at: str, held: Held) -> None:
    """The fields that are named are set; the rest, and all of it where nothing differs, stays."""
    body = ask.body or {}
    enveloped = "server" in body
    sent = body["server"] if enveloped else body
    choice = chosen(sent)
    if enveloped and "new_name" in sent:
        choice["name"] = sent["new_name"]
    told = answer.json()
    assert answer.status_code == 200, told
    choice = settle(choice, [volume["id"] for volume in told["server"]["volumes"]])
    changes = {name: value for name, value in choice.items() if value != held.shown[name]}
    if changes:
        held.change(at, **changes)
        model.records.append("server.renamed" if set(changes) == {"name"} else "server.updated")
    else:
        model.records.append("request.unchanged")
    assert told == {"server": held.shown}
    assert answer.headers["etag"] == held.etag


def delete(model: Model, ask: Ask, answer: Any, at: str, held: Held) -> None:
    """The server is gone."""
    assert (answer.status_code, answer.content) == (204, b"")
    held.change(at)
    held.deleted = True
    model.records.append("server.deleted")


def chosen(sent: dict[str, Any]) -> dict[str, Any]:
    """What a body chooses, as it will be shown. Volumes that are new have the id `NEW`."""
    found = {name: sent[name] for name in ("name", *CHOSEN) if name in sent}
    if "volumes" in found:
        given = found["volumes"]
        if isinstance(given, dict):
            given = [given[key] for key in sorted(given, key=int)]
        whole = [{"id": each} if isinstance(each, str) else each for each in given]
        named: dict[Any, dict[str, Any]] = {}  # each once, as named first; new ones are all others
        for number, v in enumerate(whole):
            id_ = v.get("id") or NEW
            named.setdefault(number if id_ == NEW else id_, {"id": id_, "name": v.get("name")})
        found["volumes"] = list(named.values())
    if "tags" in found:
        found["tags"] = list(dict.fromkeys(found["tags"]))
    if isinstance(found.get("public_ip"), str):
        found["public_ip"] = {"id": found["public_ip"]}
    if found.get("public_ip") is not None:
        found["public_ip"] = {"address": None, "dynamic": False} | found["public_ip"]
    return found


def settle(choice: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    """A choice with the ids that its new volumes were given."""
    if "volumes" not in choice:
        return choice
    volumes = [
        volume | {"id": str(uuid.UUID(id_))} if volume["id"] == NEW else volume
        for volume, id_ in zip(choice["volumes"], ids, strict=True)
    ]
    return choice | {"volumes": volumes}
